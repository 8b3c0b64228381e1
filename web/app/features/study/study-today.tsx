/** Study time of today against the goal, and the streak, on the first view of a user. */

import { now } from "../../core/now";
import type { FocusToday } from "../../core/types";
import { t } from "../../core/words";
import { ProgressBar } from "./progress-bar";
import { secondsAt, studyText } from "./study-time";

interface StudyTodayProps {
  focusToday: FocusToday;
  streak: number;
  /** Time of the answer by the clock of this browser, in milliseconds. */
  at: number;
}

export function StudyToday({ focusToday, streak, at }: StudyTodayProps) {
  const ahead = Date.parse(focusToday.serverTime) - at;
  const seconds = secondsAt(focusToday, now() + ahead);
  const goal = focusToday.goal * 60;
  return (
    <a class="study-today" href="/progress">
      <span>
        <strong>{t("study.today", { time: studyText(seconds), goal: studyText(goal) })}</strong>{" "}
        {streak > 0 && <span class="hint">{t("study.streak", { count: streak })}</span>}
      </span>
      <ProgressBar value={seconds} most={goal} goal={goal} />
    </a>
  );
}
