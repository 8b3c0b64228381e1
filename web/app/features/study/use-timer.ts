/** A timer as state of a component. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { serverClock } from "../../core/server-clock";
import type { Timer } from "../../core/types";
import { type TimerNow, timerAt, untilNextSecond } from "./timer";

/** The timer at this moment. The component is drawn again when another second is shown. */
export function useTimerNow(timer: Timer): TimerNow {
  const ticks = useSignal(0);
  ticks.value; // a subscription
  const now = timerAt(timer, serverClock.now());
  const isRunning = now.state === "running";
  useEffect(() => {
    if (!isRunning) return;
    let timeout: ReturnType<typeof setTimeout>;
    // by the time that is left, not each 1000 ms: delays would add up, and all people would not see the same second
    const plan = () => {
      timeout = setTimeout(tick, untilNextSecond(timerAt(timer, serverClock.now()).left));
    };
    const tick = () => {
      ticks.value++;
      plan();
    };
    const catchUp = () => {
      clearTimeout(timeout);
      tick();
    };
    plan();
    document.addEventListener("visibilitychange", catchUp);
    return () => {
      clearTimeout(timeout);
      document.removeEventListener("visibilitychange", catchUp);
    };
  }, [timer, isRunning]);
  return now;
}
