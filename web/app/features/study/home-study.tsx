/** Studying on Home: today against the goal, the streak, the user's own study time, and their own timer. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { now } from "../../core/now";
import type { FocusToday } from "../../core/types";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { FocusCard } from "./focus-card";
import { followMyTimer, myTimer, myTimerPlace } from "./my-timer";
import { ProgressBar } from "./progress-bar";
import { secondsAt, studyText } from "./study-time";
import { TimerCard } from "./timer-card";

export interface HomeStudyProps {
  focusToday: FocusToday;
  streak: number;
  /** Time of the answer by the clock of this browser, in milliseconds. */
  at: number;
}

export function HomeStudy(props: HomeStudyProps): JSX.Element | null {
  useEffect(() => followMyTimer(), []);
  const isOpen = useSignal(false);
  const isStarted = myTimer.isStarted.value;
  const set = (isShown: boolean) => () => {
    isOpen.value = isShown;
  };
  return (
    <FocusCard roomId={null} tools={<Tools onTimer={isStarted ? null : set(true)} />} lead={<Amounts {...props} />}>
      {isStarted && <TimerCard place={myTimerPlace} />}
      {isOpen.value && (
        <Dialog title={t("timer.mine")} class="study-dialog" onClose={set(false)}>
          <TimerCard place={myTimerPlace} />
        </Dialog>
      )}
    </FocusCard>
  );
}

const Tools = ({ onTimer }: { onTimer: (() => void) | null }) => (
  <div class="focus-tools">
    {onTimer && (
      <button type="button" class="button quiet" onClick={onTimer}>
        <Icon name="clock" />
        {t("timer.mine")}
      </button>
    )}
    <a class="button quiet" href="/progress">
      {t("progress.title")}
    </a>
  </div>
);

function Amounts({ focusToday, streak, at }: HomeStudyProps) {
  const ahead = Date.parse(focusToday.serverTime) - at;
  const seconds = secondsAt(focusToday, now() + ahead);
  const goal = focusToday.goal * 60;
  return (
    <div class="focus-amounts">
      <p>
        <span>{t("study.today", { time: studyText(seconds), goal: studyText(goal) })}</span>{" "}
        {streak > 0 && <span class="hint">{t("study.streak", { count: streak })}</span>}
      </p>
      <ProgressBar value={seconds} most={goal} goal={goal} />
    </div>
  );
}
