/** Settings of a timer: lengths of its phases, and the sound of this browser. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Timer } from "../../core/types";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { isSoundOn, setSound } from "./phase-sound";
import { nextPlan, type Plan } from "./timer";
import { changeTimer, type TimerPlace } from "./timer-change";

const MINUTE = 60;
/** Minutes of focus and of breaks on offer. */
const PRESETS = [
  { focus: 25, shortBreak: 5, longBreak: 15 },
  { focus: 50, shortBreak: 10, longBreak: 20 },
] as const;
const LENGTHS = [
  { name: "focus", label: "timer.focusMinutes", max: 240 },
  { name: "shortBreak", label: "timer.shortBreakMinutes", max: 120 },
  { name: "longBreak", label: "timer.longBreakMinutes", max: 120 },
] as const;
const FIELDS = [...LENGTHS.map(({ name }) => name), "rounds"];

interface TimerSettingsProps {
  place: TimerPlace;
  /** True for users who may not change the timer: they see only what is theirs. */
  isReadOnly: boolean;
  onClose(): void;
}

export function TimerSettings({ place, isReadOnly, onClose }: TimerSettingsProps): JSX.Element | null {
  const timer = place.timer.known.value;
  return (
    <Dialog title={t("timer.settings")} onClose={onClose}>
      {timer && !isReadOnly && <PlanForm place={place} timer={timer} onClose={onClose} />}
      <div class="action">
        <label class="tick">
          <input type="checkbox" checked={isSoundOn()} onChange={(event) => setSound(event.currentTarget.checked)} />
          <span>
            {t("timer.sound")}
            <br />
            <span class="hint">{t("timer.soundHint")}</span>
          </span>
        </label>
      </div>
    </Dialog>
  );
}

const minutesOf = (seconds: number): number => Math.max(1, Math.round(seconds / MINUTE));

/** The plan of the fields. A length that is shown as it was stays to the second. */
export function planOf(values: Readonly<Record<string, string>>, before: Plan): Plan {
  const seconds = (name: "focus" | "shortBreak" | "longBreak"): number => {
    const minutes = Number(values[name]);
    return minutes === minutesOf(before[name]) ? before[name] : minutes * MINUTE;
  };
  return {
    focus: seconds("focus"),
    shortBreak: seconds("shortBreak"),
    longBreak: seconds("longBreak"),
    rounds: Number(values.rounds),
  };
}

function PlanForm({ place, timer, onClose }: { place: TimerPlace; timer: Timer; onClose(): void }) {
  const plan = nextPlan(timer);
  const at = useRef<HTMLFormElement>(null);
  const { busy, problem, submit } = useForm(async (values) => {
    await changeTimer(place, { action: "configure", plan: planOf(values, plan), autoContinue: Boolean(values.autoContinue) });
    onClose();
  });
  const fill = (preset: (typeof PRESETS)[number]) => () => {
    for (const { name } of LENGTHS) {
      const field = at.current?.elements.namedItem(name);
      if (field instanceof HTMLInputElement) field.value = String(preset[name]);
    }
  };
  return (
    <form ref={at} onSubmit={submit} novalidate>
      <ErrorMessage problem={problem} fields={FIELDS} />
      <div class="choices timer-presets" role="group" aria-label={t("timer.presets")}>
        <span class="hint" aria-hidden="true">
          {t("timer.presets")}
        </span>
        {PRESETS.map((preset) => (
          <button type="button" class="button" key={preset.focus} onClick={fill(preset)}>
            {t("timer.preset", { focus: preset.focus, pause: preset.shortBreak })}
          </button>
        ))}
      </div>
      <div class="timer-lengths">
        {LENGTHS.map(({ name, label, max }) => (
          <NumberField key={name} name={name} label={t(label)} max={max} value={minutesOf(plan[name])} problem={problem} />
        ))}
        <NumberField name="rounds" label={t("timer.rounds")} max={12} value={plan.rounds} problem={problem} />
      </div>
      <label class="tick">
        <input type="checkbox" name="autoContinue" defaultChecked={timer.autoContinue} />
        <span>
          {t("timer.autoContinue")}
          <br />
          <span class="hint">{t("timer.autoContinueHint")}</span>
        </span>
      </label>
      {timer.phase && <p class="hint">{t("timer.fromNextPhase")}</p>}
      <div class="choices">
        <Submit busy={busy} busyLabel={t("rooms.saving")} class="primary">
          {t("rooms.save")}
        </Submit>
      </div>
    </form>
  );
}

interface NumberFieldProps extends Pick<Parameters<typeof Field>[0], "name" | "label" | "problem"> {
  max: number;
  value: number;
}

const NumberField = ({ value, ...field }: NumberFieldProps) => (
  <Field type="number" inputmode="numeric" required min={1} defaultValue={value} {...field} />
);
