/** A timer with its controls. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Timer } from "../../core/types";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Icon } from "../../ui/icon";
import { lazy, Nothing } from "../../ui/lazy";
import { isSoundOn, setSound } from "./phase-sound";
import { clockText, secondsOf, type TimerNow } from "./timer";
import { type TimerChange, type TimerPlace, useTimerChange } from "./timer-change";
import { factsText, headingText, leftText, minutesText } from "./timer-words";
import { useTimerNow } from "./use-timer";

const TimerSettings = lazy(() => import("./timer-settings"), "TimerSettings", Nothing);

/** Seconds by which a button extends a phase. */
const EXTENSION = 300;

export function TimerCard({ place }: { place: TimerPlace }): JSX.Element | null {
  const timer = place.timer.known.value;
  return timer && <KnownTimer place={place} timer={timer} />;
}

function KnownTimer({ place, timer }: { place: TimerPlace; timer: Timer }) {
  const now = useTimerNow(timer);
  const id = useId();
  const isSetUp = useSignal(false);
  const denied = place.denied();
  const set = (isOpen: boolean) => () => {
    isSetUp.value = isOpen;
  };
  return (
    <section class={`timer ${now.state} ${now.phase ?? ""}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{headingText(now)}</h2>
        <SoundButton />
        <button
          type="button"
          class="icon-button"
          aria-label={t("timer.settings")}
          title={t("timer.settings")}
          onClick={set(true)}
        >
          <Icon name="settings" />
        </button>
      </header>
      <TimeLeft now={now} />
      <TimerLine now={now} />
      {now.phase && <p class="timer-facts">{factsText(now)}</p>}
      {denied ? (
        <p class="hint">{t(denied === "muted" ? "timer.muted" : "timer.onlyModerators")}</p>
      ) : (
        <Controls place={place} now={now} />
      )}
      {isSetUp.value && <TimerSettings place={place} isReadOnly={denied !== null} onClose={set(false)} />}
    </section>
  );
}

/** The time left. It is read aloud when a screen reader asks for it, not each second. */
export const TimeLeft = ({ now }: { now: TimerNow }) => (
  <p class="timer-left" role="timer" aria-live="off">
    <span aria-hidden="true">{clockText(secondsOf(now.left))}</span>
    <span class="hidden">{leftText(now.left)}</span>
  </p>
);

/** How much of the phase is over. */
export const TimerLine = ({ now }: { now: TimerNow }) => (
  <span class="timer-line" aria-hidden="true">
    <span style={{ scale: `${now.phase ? Math.min(1, 1 - now.left / now.length) : 0} 1` }} />
  </span>
);

function SoundButton() {
  const isOn = isSoundOn();
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={t("timer.sound")}
      aria-pressed={isOn}
      title={t(isOn ? "timer.soundIsOn" : "timer.soundIsOff")}
      onClick={() => setSound(!isOn)}
    >
      <Icon name={isOn ? "bell" : "bell-off"} />
    </button>
  );
}

interface ControlsProps {
  place: TimerPlace;
  now: TimerNow;
}

function Controls({ place, now }: ControlsProps) {
  const { change, problem } = useTimerChange(place);
  const skip = t(now.phase === "focus" ? "timer.skipToBreak" : "timer.skipToFocus");
  return (
    <>
      <div class="timer-controls">
        <MainControl now={now} change={change} />
        {now.phase && (
          <>
            <IconControl name={skip} icon="skip" onClick={() => change({ action: "skip" })} />
            <IconControl name={t("timer.stop")} icon="stop" onClick={() => change({ action: "stop" })} />
          </>
        )}
      </div>
      {now.phase && (
        <button type="button" class="button quiet extend" onClick={() => change({ action: "extend", seconds: EXTENSION })}>
          {t("timer.extend")}
        </button>
      )}
      <ErrorMessage problem={problem} />
    </>
  );
}

const IconControl = ({ name, icon, onClick }: { name: string; icon: "skip" | "stop"; onClick(): void }) => (
  <button type="button" class="icon-button framed" aria-label={name} title={name} onClick={onClick}>
    <Icon name={icon} />
  </button>
);

interface MainControlProps {
  now: TimerNow;
  change(change: TimerChange): unknown;
  /** True to show no lengths, for a narrow place. */
  isBrief?: boolean;
}

/** The button that is used most: start, pause or resume. */
export function MainControl({ now, change, isBrief = false }: MainControlProps) {
  const { words, action } = mainControl(now, isBrief);
  return (
    <button type="button" class="button main-control" onClick={() => change({ action })}>
      <Icon name={action === "pause" ? "pause" : "play"} class="small" />
      {words}
    </button>
  );
}

function mainControl({ state, phase, left, length }: TimerNow, isBrief: boolean) {
  const time = minutesText(length / 1000);
  if (state === "running") return { words: t("timer.pause"), action: "pause" } as const;
  const action = state === "idle" ? "start" : "resume";
  if (isBrief || left < length) return { words: t(left < length ? "timer.resume" : "timer.start"), action } as const;
  const words = phase === "focus" || !phase ? t("timer.startFocus", { time }) : t("timer.startBreak", { time });
  return { words, action } as const;
}
