/** The present, for times that are shown in relation to it. */

import { signal } from "@preact/signals";

const INTERVAL = 60_000;
const minute = signal(0);

/** Milliseconds since 1970. A view that reads this is drawn again each minute, so that no "yesterday" outlives its day. */
export function now(): number {
  minute.value; // a subscription
  return Date.now();
}

/** Start the clock. A hidden tab catches up when it is visible again. */
export function startClock(): void {
  const tick = () => {
    if (document.visibilityState === "visible") minute.value = Date.now();
  };
  setInterval(tick, INTERVAL);
  document.addEventListener("visibilitychange", tick);
}
