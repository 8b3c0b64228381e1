/** Study time: totals that may still grow, and durations in words. */

import { locale } from "../../core/words";

/** Seconds of study. While a session runs, the time since `runningSince` comes on top of `seconds`. */
export interface StudyTime {
  readonly seconds: number;
  readonly runningSince: string | null;
}

/** The seconds of a total at a moment, which is in milliseconds by the clock of the server. */
export const secondsAt = ({ seconds, runningSince }: StudyTime, at: number): number =>
  seconds + (runningSince ? Math.max(0, Math.floor((at - Date.parse(runningSince)) / 1000)) : 0);

/** A duration in hours and minutes: "1 hr 25 min". A minute that has begun does not count. */
export function studyText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const part = (value: number, unit: "hour" | "minute") =>
    new Intl.NumberFormat(locale.value, { style: "unit", unit, unitDisplay: "short" }).format(value);
  if (!hours) return part(minutes, "minute");
  return minutes % 60 ? `${part(hours, "hour")} ${part(minutes % 60, "minute")}` : part(hours, "hour");
}
