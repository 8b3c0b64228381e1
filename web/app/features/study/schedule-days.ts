/** Dates of a schedule by day, and the changes that the server sends. */

import type { ServerEvents } from "../../core/connection";
import { dayOf, listOf } from "../../core/format";
import type { ScheduledSession, Weekday } from "../../core/types";
import { locale } from "../../core/words";

type Occurrence = ScheduledSession["occurrences"][number];
type ScheduleUpdated = ServerEvents["schedule-updated"][0];

/** One date of a session. */
export interface Appointment {
  readonly session: ScheduledSession;
  readonly occurrence: Occurrence;
}

/** The dates of one day in the reader's time zone, the earliest first. */
export interface ScheduleDay {
  /** ISO 8601 of the first date, for the heading. */
  readonly at: string;
  readonly appointments: readonly Appointment[];
}

export const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/** A Monday; only its day of the week counts. */
const MONDAY = Date.UTC(2027, 0, 4);
const DAY_IN_MS = 86_400_000;

const byStart = (one: Appointment, other: Appointment): number =>
  one.occurrence.startsAt.localeCompare(other.occurrence.startsAt) || one.session.id.localeCompare(other.session.id);

/** The dates of sessions by day in the reader's time zone. Dates that are over at `now` (ms since 1970) are left out. */
export function scheduleDays(sessions: readonly ScheduledSession[], now: number): ScheduleDay[] {
  const appointments = sessions
    .flatMap((session) => session.occurrences.map((occurrence) => ({ session, occurrence })))
    .filter(({ occurrence }) => Date.parse(occurrence.endsAt) > now)
    .sort(byStart);
  const days = new Map<string, Appointment[]>();
  for (const appointment of appointments) {
    const key = dayOf(appointment.occurrence.startsAt);
    days.set(key, [...(days.get(key) ?? []), appointment]);
  }
  return [...days.values()].map((found) => ({ at: found[0]?.occurrence.startsAt ?? "", appointments: found }));
}

/** The sessions after a change. */
export function changed(sessions: readonly ScheduledSession[], event: ScheduleUpdated): ScheduledSession[] {
  const { scheduledSessionId: id, change, session, userId } = event;
  const others = sessions.filter((one) => one.id !== id);
  if (change === "deleted") return others;
  if (change === "saved") return session ? [...others, session] : [...sessions];
  return sessions.map((one) => (one.id === id && userId ? withGoing(one, userId, change === "going") : one));
}

/** The session with one user going to it, or not. */
export function withGoing(session: ScheduledSession, userId: string, isGoing: boolean): ScheduledSession {
  const others = session.going.filter((id) => id !== userId);
  return { ...session, going: isGoing ? [...others, userId] : others };
}

/** The sessions without a user who left the room. */
export const withoutMember = (sessions: readonly ScheduledSession[], userId: string): ScheduledSession[] =>
  sessions.map((session) => withGoing(session, userId, false));

/** Name of a day of the week in the language of the reader. */
export function weekdayName(day: Weekday, style: "long" | "short"): string {
  const at = MONDAY + WEEKDAYS.indexOf(day) * DAY_IN_MS;
  return new Intl.DateTimeFormat(locale.value, { weekday: style, timeZone: "UTC" }).format(at);
}

/** Days of the week as a part of a sentence: "Mon and Thu". */
export const weekdayNames = (days: readonly Weekday[]): string => listOf(days.map((day) => weekdayName(day, "short")));

/** The day of the week of a date as in "2026-12-07". */
export const weekdayOf = (date: string): Weekday | undefined => WEEKDAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7];

/** The date some days after a date as in "2026-12-07". */
export function daysAfter(date: string, days: number): string {
  const at = Date.parse(`${date}T00:00:00Z`) + days * DAY_IN_MS;
  return new Date(at).toISOString().slice(0, "2026-12-07".length);
}

/** The date "2026-12-07" of a local time "2026-12-07T17:00", and its time. */
export function splitLocal(localStart: string): { date: string; time: string } {
  const [date = "", time = ""] = localStart.split("T");
  return { date, time };
}

/** True if a session has a time of another place: the reader's clock shows another one. */
export function isElsewhere({ localStart }: ScheduledSession, { date, startsAt }: Occurrence): boolean {
  const local = new Date(`${date}T${splitLocal(localStart).time}:00`);
  return local.getTime() !== Date.parse(startsAt);
}
