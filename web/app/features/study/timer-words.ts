/** A timer in words. */

import { time } from "../../core/format";
import { t } from "../../core/words";
import { type Phase, secondsOf, type TimerNow } from "./timer";

const PHASES = { focus: "timer.focus", shortBreak: "timer.shortBreak", longBreak: "timer.longBreak" } as const;
const MINUTE = 60;

export const phaseText = (phase: Phase): string => t(PHASES[phase]);

/** A number of seconds in minutes: "25 min". */
export const minutesText = (seconds: number): string =>
  t("timer.minutes", { minutes: Math.round((seconds / MINUTE) * 10) / 10 });

/** Time left for screen readers, which would read "24:59" as a time of day. */
export function leftText(left: number): string {
  const seconds = secondsOf(left);
  if (seconds < MINUTE) return t("timer.secondsLeft", { count: seconds });
  return t("timer.minutesLeft", { count: Math.ceil(seconds / MINUTE) });
}

/** Heading of a timer. */
export function headingText({ state, phase }: TimerNow): string {
  if (!phase) return t("timer.title");
  return state === "paused" ? t("timer.paused", { phase: phaseText(phase) }) : phaseText(phase);
}

/** Facts below a timer that was started. */
export function factsText({ phase, round, plan, endsAt }: TimerNow): string {
  if (!phase) return "";
  const inRound = t("timer.round", { round: Math.min(round, plan.rounds), rounds: plan.rounds });
  return endsAt === null ? inRound : t("timer.facts", { round: inRound, time: time(endsAt) });
}

/** The phase that began, with its length. */
export function beganText({ phase, round, plan, length }: TimerNow): string {
  const minutes = minutesText(length / 1000);
  if (phase === "focus")
    return t("timer.beganFocus", { time: minutes, round: Math.min(round, plan.rounds), rounds: plan.rounds });
  return t(phase === "longBreak" ? "timer.beganLongBreak" : "timer.beganShortBreak", { time: minutes });
}

/** A change of a timer by a user, or null if nothing is to be told. `name` is quoted. */
export function changeText(before: TimerNow, now: TimerNow, name: string): string | null {
  if (now.state === "idle") return t("timer.changedStopped", { name });
  if (before.state === "idle") return t("timer.changedStarted", { name });
  if (before.phase !== now.phase || before.round !== now.round) return t("timer.changedSkipped", { name });
  if (before.state !== now.state) return t(now.state === "paused" ? "timer.changedPaused" : "timer.changedResumed", { name });
  return now.length > before.length ? t("timer.changedExtended", { name }) : null;
}
