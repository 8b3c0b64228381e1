/** Countdowns. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { t } from "../core/words";

const INTERVAL = 250;

const secondsUntil = (end: number) => Math.max(0, Math.ceil((end - Date.now()) / 1000));

/** The seconds until a moment in milliseconds since 1970. */
export function Countdown({ until }: { until: number }) {
  const left = useSignal(secondsUntil(until));
  useLayoutEffect(() => {
    const tick = () => {
      left.value = secondsUntil(until);
    };
    tick();
    const timer = setInterval(tick, INTERVAL);
    return () => clearInterval(timer);
  }, [until]);
  return (
    <span class="figures" role="timer" aria-live="off">
      {t("ui.seconds", { count: left.value })}
    </span>
  );
}
