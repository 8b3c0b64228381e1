/** Reports of the user's input, on any view: the server counts it in each room in which the user is present. */

import { leadingThrottle, onInput } from "./activity";
import { connection, sendEvent } from "./connection";

/** Milliseconds between two reports, unless the user would be away before. */
const INTERVAL = 60_000;
/** Reports within the time after which the server takes a user for away. */
const REPORTS_UNTIL_AWAY = 2;

let interval = INTERVAL;

/** Take over the seconds after which the server takes a user for away, from the ack of `join-room`. */
export function setAwayAfter(seconds: number): void {
  interval = Math.min(INTERVAL, (seconds * 1000) / REPORTS_UNTIL_AWAY);
}

/** Start to report input. */
export function startInputReports(): void {
  const report = leadingThrottle(
    () => {
      sendEvent("user-active", {}).catch(() => {});
    },
    () => interval,
  );
  onInput(() => {
    if (connection.peek() === "online") report();
  });
}
