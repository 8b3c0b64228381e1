/** Days of study, as the server counts them: in the time zone of the account, from the hour at which its days start. */

import { now } from "../../core/now";
import { serverClock } from "../../core/server-clock";
import { user } from "../../core/session";
import type { Me } from "../../core/types";
import { locale } from "../../core/words";

const HOUR = 3_600_000;

/** Settings of the account on which its days depend. */
export type DayRules = Pick<Me, "timeZone" | "dayStartsAt" | "weekStartsOn">;

const DEFAULT_RULES: DayRules = { timeZone: null, dayStartsAt: 4, weekStartsOn: "monday" };

/** The rules of the user's account. */
export const dayRules = (): DayRules => user.value ?? DEFAULT_RULES;

/** The time zone of the user's days. Those of an account without one are days of UTC. */
export const studyZone = (): string => dayRules().timeZone ?? "UTC";

const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const digits = {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  } as const;
  const options = { ...digits, hourCycle: "h23" } as const;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { ...options, timeZone });
  } catch {
    format = new Intl.DateTimeFormat("en-US", options); // the server knows a zone that this browser does not
  }
  formats.set(timeZone, format);
  return format;
}

/** What clocks show in a zone, as the moment at which those in UTC show it. Times are in ms since 1970. */
function toLocal(at: number, timeZone: string): number {
  const parts = formatIn(timeZone).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value);
  const second = Math.floor(at / 1000) * 1000;
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local + at - second;
}

/** The moment at which clocks in a zone show a date and a time ("2026-12-01", "17:30"). Times that are skipped move forward. */
export function momentOf(date: string, time: string, timeZone: string): number {
  const wanted = Date.parse(`${date}T${time}Z`);
  const before = wanted - (toLocal(wanted, timeZone) - wanted);
  return wanted - (toLocal(before, timeZone) - before);
}

const written = (local: number): string => new Date(local).toISOString();

/** The date ("2026-12-01") and the time ("17:30") that clocks in a zone show. */
export function clockIn(at: number, timeZone: string): { date: string; time: string } {
  const [date = "", time = ""] = written(toLocal(at, timeZone)).split("T");
  return { date, time: time.slice(0, "17:30".length) };
}

/** The day of study to which a moment belongs: before the start of the day, the night belongs to the day before. */
export const studyDate = (at: number, { timeZone, dayStartsAt }: DayRules): string =>
  written(toLocal(at, timeZone ?? "UTC") - dayStartsAt * HOUR).slice(0, "2026-12-01".length);

/** The user's day of study, by the clock of the server. A view that reads it is drawn again when the next one begins. */
export function studyToday(): string {
  now(); // a subscription
  return studyDate(serverClock.now(), dayRules());
}

/** The time of a moment by the clocks of the user's days, in the language of the reader. */
export const studyTime = (at: string): string =>
  new Intl.DateTimeFormat(locale.value, { hour: "numeric", minute: "2-digit", timeZone: "UTC" }).format(
    toLocal(Date.parse(at), studyZone()),
  );
