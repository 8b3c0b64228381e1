/** Fields of a form for the plan of a timer. */

import type { JSX, TargetedMouseEvent } from "preact";
import type { ApiError } from "../../core/http";
import { t } from "../../core/words";
import { Field } from "../../ui/form";
import type { Plan } from "./timer";

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
export const PLAN_FIELDS: readonly string[] = [...LENGTHS.map(({ name }) => name), "rounds"];

export const minutesOf = (seconds: number): number => Math.max(1, Math.round(seconds / MINUTE));

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

export function PlanFields({ plan, problem }: { plan: Plan; problem: ApiError | null }): JSX.Element {
  const fill =
    (preset: (typeof PRESETS)[number]) =>
    ({ currentTarget: { form } }: TargetedMouseEvent<HTMLButtonElement>) => {
      for (const { name } of LENGTHS) {
        const field = form?.elements.namedItem(name);
        if (field instanceof HTMLInputElement) field.value = String(preset[name]);
      }
    };
  return (
    <>
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
    </>
  );
}

interface NumberFieldProps extends Pick<Parameters<typeof Field>[0], "name" | "label" | "problem"> {
  max: number;
  value: number;
}

const NumberField = ({ value, ...field }: NumberFieldProps) => (
  <Field type="number" inputmode="numeric" required min={1} defaultValue={value} {...field} />
);
