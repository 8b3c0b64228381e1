/** Dates of the view Progress: weeks, months, and how much was studied on each day. Dates are "2026-12-01", without a time zone. */

import { locale } from "../../core/words";

export type WeekStart = "monday" | "saturday" | "sunday";

const DAY = 86_400_000;
const DAYS_OF_WEEK = 7;
/** Weeks of the heat map, the current one included: a year and the rest of a week. */
const WEEKS = 53;
/** Number of the first day, from Sunday on. */
const FIRST_DAY = { sunday: 0, monday: 1, saturday: 6 } as const;
/** Shares of the goal from which on a day is drawn stronger. */
const LEVELS = [0, 0.5, 1, 2] as const;

const toTime = (date: string): number => Date.parse(`${date}T00:00:00Z`);
const toDate = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The date that many days later. */
export const addDays = (date: string, days: number): string => toDate(toTime(date) + days * DAY);

/** The first day of the week of a date. */
export function weekOf(date: string, starts: WeekStart): string {
  const behind = (new Date(toTime(date)).getUTCDay() - FIRST_DAY[starts] + DAYS_OF_WEEK) % DAYS_OF_WEEK;
  return addDays(date, -behind);
}

/** The seven days of the week that begins on a date. */
export const daysFrom = (first: string): string[] => Array.from({ length: DAYS_OF_WEEK }, (_, day) => addDays(first, day));

/** The first days of the weeks of the heat map, which ends with the week of `today`. */
export function weeksUntil(today: string, starts: WeekStart): string[] {
  const last = weekOf(today, starts);
  return Array.from({ length: WEEKS }, (_, week) => addDays(last, (week - WEEKS + 1) * DAYS_OF_WEEK));
}

/** How strongly a day is drawn, from 0 for no study to 4 for twice the goal. */
export function levelOf(seconds: number, goal: number): number {
  if (seconds < 60) return 0;
  return LEVELS.filter((share) => seconds >= share * goal * 60).length;
}

const format = (options: Intl.DateTimeFormatOptions) => (date: string) =>
  new Intl.DateTimeFormat(locale.value, { ...options, timeZone: "UTC" }).format(toTime(date));

/** "Tue", "Tuesday", "Nov", "1 December 2026" and "1 Dec" of a date. */
export const shortWeekday = format({ weekday: "short" });
export const longWeekday = format({ weekday: "long" });
export const shortMonth = format({ month: "short" });
export const longDate = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
export const shortDate = format({ day: "numeric", month: "short" });

/** "24–30 Nov 2026". */
export const rangeText = (from: string, to: string): string =>
  new Intl.DateTimeFormat(locale.value, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).formatRange(
    toTime(from),
    toTime(to),
  );

/** The month that begins in a week: a heading above its column; null if none does. */
export function monthStarting(week: string): string | null {
  const first = daysFrom(week).find((date) => date.endsWith("-01"));
  return first ? shortMonth(first) : null;
}
