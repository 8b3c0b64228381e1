// @ts-nocheck
/** The present, for what is shown in relation to it. */

import { signal } from "@preact/signals";

const EVERY = 60_000;
const minute = signal(0);

/** Milliseconds since 1970. A view that reads this is drawn again each minute, so that no "yesterday" outlives its day. */
export const now = () => (minute.value, Date.now());

/** Start counting; call once. A hidden tab catches up when it is looked at. */
export function startClock() {
  const tick = () => document.visibilityState === "visible" && (minute.value = Date.now());
  setInterval(tick, EVERY);
  document.addEventListener("visibilitychange", tick);
}
