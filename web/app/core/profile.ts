/** The user's own profile, if it is changed elsewhere: another name or language, a role that was taken away. */

import { me } from "./api";
import { on } from "./connection";
import { publishName } from "./names";
import { updateUser, user } from "./session";

let isLoading = false;
let isStale = false;

/** Load the profile, and once more if it was changed meanwhile. */
async function refreshProfile(): Promise<void> {
  isStale = true;
  if (isLoading) return;
  isLoading = true;
  while (isStale && user.peek()) {
    isStale = false;
    const found = await me.get().catch(() => null);
    if (found && found.id === user.peek()?.id && JSON.stringify(found) !== JSON.stringify(user.peek())) updateUser(found);
  }
  isLoading = false;
}

/** Start to follow changes of users. */
export function startProfile(): void {
  on("listening", refreshProfile); // it may have changed while this browser had no connection
  on("user-updated", ({ user: changed }) => {
    publishName(changed);
    if (changed.id === user.peek()?.id) void refreshProfile();
  });
}
