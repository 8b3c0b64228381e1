/** Study time by day, as the server counts it. */

import type { FocusStats } from "../../core/types";
import type { WeekStart } from "./progress-days";
import { secondsAt } from "./study-time";

/** Seconds and goals of the days of an answer, at a moment. */
export interface DayTotals {
  readonly from: string;
  readonly today: string;
  readonly weekStartsOn: WeekStart;
  readonly seconds: (date: string) => number;
  /** Minutes. */
  readonly goal: (date: string) => number;
}

/**
 * Totals of each day.
 *
 * @param stats answer of the server.
 * @param rules goal of days without study, and first day of the week.
 * @param at milliseconds by the clock of the server.
 */
export function dayTotals(stats: FocusStats, rules: { dailyGoal: number; weekStartsOn: WeekStart }, at: number): DayTotals {
  const days = new Map(stats.days.map((day) => [day.date, day]));
  return {
    from: stats.from,
    today: stats.today,
    weekStartsOn: rules.weekStartsOn,
    seconds: (date) => {
      const day = days.get(date);
      return day ? secondsAt(day, at) : 0;
    },
    goal: (date) => days.get(date)?.goal ?? rules.dailyGoal,
  };
}
