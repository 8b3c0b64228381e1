/** One's own profile, when it was changed elsewhere: another name, a role that was taken away. */

import { me } from "./api";
import { on } from "./connection";
import { publishName } from "./names";
import { updateUser, user } from "./session";

let isAsking = false;
let isOld = false;

/** Ask for the profile, and once more if it was changed since the asking. */
export async function refreshProfile() {
  isOld = true;
  if (isAsking) return;
  isAsking = true;
  while (isOld && user.peek()) {
    isOld = false;
    const found = await me.show().catch(() => null);
    if (found && found.id === user.peek()?.id && JSON.stringify(found) !== JSON.stringify(user.peek())) updateUser(found);
  }
  isAsking = false;
}

on("user-updated", (event) => publishName(event.user));
on("user-updated", (event) => event.user.id === user.peek()?.id && refreshProfile());
