/** The timer of a room on narrow screens: a bar below the head of the room while the timer is started. */

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Timer } from "../../core/types";
import { t } from "../../core/words";
import { Icon } from "../../ui/icon";
import type { RoomSession } from "../room/room-session";
import { MainControl, TimeLeft, TimerLine } from "./timer-card";
import { timerOf, useTimerChange } from "./timer-change";
import { headingText } from "./timer-words";
import { useTimerNow } from "./use-timer";

interface TimerBarProps {
  room: RoomSession;
  /** Show the whole timer. */
  onOpen(): void;
}

export function TimerBar({ room, onOpen }: TimerBarProps): JSX.Element | null {
  const timer = room.timer.known.value;
  return timer && <Bar room={room} timer={timer} onOpen={onOpen} />;
}

function Bar({ room, timer, onOpen }: TimerBarProps & { timer: Timer }) {
  const now = useTimerNow(timer);
  const place = useMemo(() => timerOf(room), [room]);
  const { change } = useTimerChange(place);
  return (
    <section class={`timer-bar ${now.state} ${now.phase ?? ""}`} aria-label={t("timer.title")}>
      <button type="button" class="timer-open" aria-label={t("timer.open")} onClick={onOpen}>
        <Icon name="down" class="small" />
      </button>
      <span class="timer-phase">{headingText(now)}</span>
      <TimeLeft now={now} />
      {!place.denied() && <MainControl now={now} change={change} isBrief />}
      <TimerLine now={now} />
    </section>
  );
}
