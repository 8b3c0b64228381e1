/** Studying on Home, without a room: the user's own study time, their own timer, and what they did today. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { FocusCard } from "./focus-card";
import { followMyTimer, myTimer, myTimerPlace } from "./my-timer";
import { TimerCard } from "./timer-card";
import { Today } from "./today";

export function HomeStudy(): JSX.Element {
  useEffect(() => followMyTimer(), []);
  const isOpen = useSignal(false);
  const isStarted = myTimer.isStarted.value;
  const set = (isShown: boolean) => () => {
    isOpen.value = isShown;
  };
  return (
    <div class="home-study">
      <FocusCard
        roomId={null}
        tools={
          !isStarted && (
            <button type="button" class="button quiet" onClick={set(true)}>
              <Icon name="clock" />
              {t("timer.mine")}
            </button>
          )
        }
      >
        <Today />
      </FocusCard>
      {isStarted && <TimerCard place={myTimerPlace} />}
      {isOpen.value && (
        <Dialog title={t("timer.mine")} class="study-dialog" onClose={set(false)}>
          <TimerCard place={myTimerPlace} />
        </Dialog>
      )}
    </div>
  );
}
