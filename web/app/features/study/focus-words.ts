/** Study time in words. */

import { t } from "../../core/words";

const MINUTE = 60;
const HOUR = 3600;

/** A study time in whole minutes: "38 min", from an hour on "1 h 20 min". */
export function studyText(seconds: number): string {
  const hours = Math.floor(seconds / HOUR);
  const minutes = Math.floor((seconds % HOUR) / MINUTE);
  if (!hours) return t("focus.minutes", { minutes });
  return minutes ? t("focus.hoursMinutes", { hours, minutes }) : t("focus.hours", { hours });
}
