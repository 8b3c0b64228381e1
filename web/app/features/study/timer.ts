/**
 * A timer at a moment. The server sends its state at each change and at each phase boundary; between two of them, and while the
 * connection is lost, the page calculates the rest by the server's rules (domain/study/timer_phases.py).
 */

import type { Timer } from "../../core/types";

export type Phase = NonNullable<Timer["phase"]>;
export type Plan = Timer["plan"];

/** A timer at a moment. Durations are in milliseconds, moments in milliseconds since 1970 by the server's clock. */
export interface TimerNow {
  readonly state: Timer["state"];
  readonly phase: Phase | null;
  readonly round: number;
  /** The version that a change at this moment has to name: it counts phase boundaries, too. */
  readonly version: number;
  /** End of the phase; null unless it runs. */
  readonly endsAt: number | null;
  /** Time left in the phase; of an idle timer the length of the first one. */
  readonly left: number;
  /** Length of the phase, extensions included. */
  readonly length: number;
  readonly plan: Plan;
}

/** A phase of a round. A break has the round of the focus phase before it. */
type InRound = { readonly phase: Phase; readonly round: number };

const lengthOf = (plan: Plan, phase: Phase): number => plan[phase] * 1000;

/** The phase after this one: the break of the last round is the long one, then round 1 follows. */
export function following({ rounds }: Plan, { phase, round }: InRound): InRound {
  if (phase === "focus") return { phase: round < rounds ? "shortBreak" : "longBreak", round };
  return { phase: "focus", round: phase === "shortBreak" && round < rounds ? round + 1 : 1 };
}

const cycleOf = (plan: Plan): number =>
  plan.rounds * lengthOf(plan, "focus") + (plan.rounds - 1) * lengthOf(plan, "shortBreak") + lengthOf(plan, "longBreak");

/** The plan that holds from the next phase. */
export const nextPlan = (timer: Timer): Plan => timer.nextPlan ?? timer.plan;

/**
 * The timer at a moment.
 *
 * @param timer its last known state.
 * @param now the moment, in ms since 1970 by the server's clock.
 */
export function timerAt(timer: Timer, now: number): TimerNow {
  const { state, phase, round, version, plan } = timer;
  if (state === "idle" || !phase) {
    const length = lengthOf(nextPlan(timer), "focus");
    return { state: "idle", phase: null, round: 0, version, endsAt: null, left: length, length, plan: nextPlan(timer) };
  }
  const length = (timer.duration ?? plan[phase]) * 1000;
  if (state === "paused" || !timer.endsAt) {
    const left = (timer.remaining ?? 0) * 1000;
    return { state: "paused", phase, round, version, endsAt: null, left, length, plan };
  }
  const endsAt = Date.parse(timer.endsAt);
  // a clock that is behind the server's shows no more than the whole phase
  if (now < endsAt) return { state, phase, round, version, endsAt, left: Math.min(endsAt - now, length), length, plan };
  return afterEnd(timer, { phase, round }, endsAt, now);
}

/** The timer after the end of its last known phase, in constant time however long that is ago. */
function afterEnd(timer: Timer, known: InRound, end: number, now: number): TimerNow {
  const plan = nextPlan(timer);
  let at = following(plan, known);
  let version = timer.version + 1;
  if (!timer.autoContinue) {
    const length = lengthOf(plan, at.phase);
    return { state: "paused", ...at, version, endsAt: null, left: length, length, plan };
  }
  const cycles = Math.floor((now - end) / cycleOf(plan));
  version += cycles * 2 * plan.rounds;
  let endsAt = end + cycles * cycleOf(plan) + lengthOf(plan, at.phase);
  while (now >= endsAt) {
    at = following(plan, at);
    version += 1;
    endsAt += lengthOf(plan, at.phase);
  }
  return { state: "running", ...at, version, endsAt, left: endsAt - now, length: lengthOf(plan, at.phase), plan };
}

/** Whole seconds to show for milliseconds: a phase of 25 minutes begins with 25:00, and its last second is 1. */
export const secondsOf = (left: number): number => Math.max(0, Math.ceil(left / 1000));

/** Milliseconds until another second is shown. */
export const untilNextSecond = (left: number): number => left - (secondsOf(left) - 1) * 1000;

/** Seconds as on a clock: "24:59", from an hour on "1:05:00". */
export function clockText(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours) parts.unshift(hours);
  return parts.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
}
