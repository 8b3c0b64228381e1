/** The time zone of the account: that of this browser, until its user has chosen one. */

import { effect } from "@preact/signals";
import { me } from "./api";
import { browserZone } from "./days";
import { locked, updateUser, user } from "./session";

/** Store the time zone of this browser with an account of earlier versions, or of another client, that has none. */
export function startTimeZone(): void {
  let tried = "";
  effect(() => {
    const timeZone = browserZone();
    const { value } = user;
    if (!timeZone || value?.timeZone !== null || value.pending || locked.value || value.id === tried) return;
    tried = value.id;
    me.change({ timeZone }).then(updateUser, () => {}); // days are those of UTC until the next visit
  });
}
