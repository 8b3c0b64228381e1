/** Study time: totals that may still grow, and durations in words. */

import { t } from "../../core/words";

/** Seconds of study. While a session runs, the time since `runningSince` comes on top of `seconds`. */
export interface StudyTime {
  readonly seconds: number;
  readonly runningSince: string | null;
}

/** The seconds of a total at a moment, which is in milliseconds by the clock of the server. */
export const secondsAt = ({ seconds, runningSince }: StudyTime, at: number): number =>
  seconds + (runningSince ? Math.max(0, Math.floor((at - Date.parse(runningSince)) / 1000)) : 0);

/** A study time in whole minutes: "38 min", from an hour on "1 h 20 min". A minute that has begun does not count. */
export function studyText(seconds: number): string {
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  if (!hours) return t("focus.minutes", { minutes });
  return minutes ? t("focus.hoursMinutes", { hours, minutes }) : t("focus.hours", { hours });
}
