/** Groups of tasks by their due date, and their order. Dates are those of the reader, as "2026-12-04". */

import type { Task } from "../../core/types";
import type { DayRules } from "./study-days";

type WeekRules = Pick<DayRules, "weekStartsOn">;

export type TaskGroup = "today" | "week" | "later" | "undated";

const DAY = 86_400_000;
const GROUPS: readonly TaskGroup[] = ["today", "week", "later", "undated"];

const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** Midnight UTC of a date, so that days can be counted. */
const days = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY;

/** The last date of the week of `today`. */
export function endOfWeek(today: string, { weekStartsOn }: WeekRules): string {
  const weekday = new Date(`${today}T00:00:00Z`).getUTCDay();
  const first = Math.max(0, WEEKDAYS.indexOf(weekStartsOn));
  const left = (first + 6 - weekday + 7) % 7;
  return new Date((days(today) + left) * DAY).toISOString().slice(0, 10);
}

/** Days from `today` to a date; negative in the past. */
export const daysUntil = (date: string, today: string): number => days(date) - days(today);

/** The owner's order. */
export const inOrder = (tasks: readonly Task[]): Task[] =>
  [...tasks].sort((one, other) => one.position - other.position || (one.id < other.id ? -1 : 1));

function groupOf({ dueOn }: Task, today: string, end: string): TaskGroup {
  if (!dueOn) return "undated";
  if (dueOn <= today) return "today";
  return dueOn <= end ? "week" : "later";
}

/** Tasks by groups, in the order of the groups; those that are late are in "today". Empty groups are left out. */
export function grouped(tasks: readonly Task[], today: string, rules: WeekRules): [TaskGroup, Task[]][] {
  const end = endOfWeek(today, rules);
  const ordered = inOrder(tasks);
  const found = GROUPS.map((group): [TaskGroup, Task[]] => [
    group,
    ordered.filter((task) => groupOf(task, today, end) === group),
  ]);
  return found.filter(([, listed]) => listed.length > 0);
}

/**
 * The task behind which one goes to take the place of its neighbour in a list.
 *
 * @param all all open tasks: the order is theirs, not that of a group.
 * @param listed the list that the reader sees.
 * @param id the task that moves.
 * @param by -1 to move it up, 1 to move it down.
 * @returns the id for `after`, null for the top; undefined if the task is at the end of the list.
 */
export function placeFor(all: readonly Task[], listed: readonly Task[], id: string, by: -1 | 1): string | null | undefined {
  const neighbour = listed[listed.findIndex((task) => task.id === id) + by];
  if (!neighbour) return undefined;
  if (by === 1) return neighbour.id;
  const others = inOrder(all).filter((task) => task.id !== id);
  return others[others.findIndex((task) => task.id === neighbour.id) - 1]?.id ?? null;
}
