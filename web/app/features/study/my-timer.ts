/** The timer of the user alone, the same in all tabs and on all devices. */

import { focus as api } from "../../core/api";
import { on } from "../../core/connection";
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
  const timer = await api.timer();
  if (user.peek()?.id === id) myTimer.reset(timer);
}

/** Load the timer, and follow it; returns a function that ends that. */
export function followMyTimer(): () => void {
  void load().catch(() => {});
  const stops = [
    on("listening", () => void load().catch(() => {})), // events before it may have been missed
    on("timer-updated", ({ roomId, timer }) => {
      if (roomId === null) myTimer.take(timer);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
