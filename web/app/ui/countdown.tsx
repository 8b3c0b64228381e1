// @ts-nocheck
/** Countdowns. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { count } from "../core/format";

/** The seconds until a moment in ms since 1970, counted down. */
export function Countdown({ until }) {
  const end = useRef(until);
  const left = useSignal(0);
  useLayoutEffect(() => {
    end.current = until;
    const tick = () => (left.value = Math.max(0, Math.ceil((end.current - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [until]);
  return (
    <span class="figures" role="timer" aria-live="off">
      {count(left.value, "second")}
    </span>
  );
}
