/** The timer of the user alone, the same in all tabs and on all devices. */

import { effect } from "@preact/signals";
import { focus as api } from "../../core/api";
import { on } from "../../core/connection";
import { serverClock } from "../../core/server-clock";
import { user } from "../../core/session";
import { LiveTimer } from "./live-timer";
import type { TimerPlace } from "./timer-change";

export const myTimer = new LiveTimer();

export const myTimerPlace: TimerPlace = {
  timer: myTimer,
  send: (change) => api.changeTimer(change),
  denied: () => null,
};

async function load(): Promise<void> {
  const id = user.peek()?.id;
  const arrived = serverClock.measure();
  const timer = await api.timer();
  arrived(timer.serverTime);
  if (user.peek()?.id === id) myTimer.reset(timer);
}

let isFollowed = false;

/** Load the timer, and follow it from now on, on all views. */
export function followMyTimer(): void {
  if (isFollowed) return;
  isFollowed = true;
  let id: string | undefined;
  effect(() => {
    if (id === user.value?.id) return;
    id = user.value?.id;
    myTimer.known.value = null;
    if (id) void load().catch(() => {});
  });
  on("listening", () => void load().catch(() => {})); // events before it may have been missed
  on("timer-updated", ({ roomId, timer }) => {
    if (roomId === null) myTimer.adopt(timer);
  });
}
