import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScheduledSession } from "../app/core/types";
import {
  changed,
  daysAfter,
  isElsewhere,
  scheduleDays,
  splitLocal,
  weekdayName,
  weekdayNames,
  weekdayOf,
  withoutMember,
} from "../app/features/study/schedule-days";

const NOW = Date.parse("2026-12-07T12:00:00");
/** A session with these local starts, in the zone of the tests. */
const session = (id: string, ...starts: string[]): ScheduledSession => ({
  id,
  roomId: "room",
  title: id,
  startsAt: new Date(starts[0] ?? "").toISOString(),
  localStart: starts[0] ?? "",
  minutes: 60,
  timeZone: "UTC",
  repeat: "none",
  days: [],
  until: null,
  except: [],
  plan: null,
  createdBy: "ada",
  createdAt: "",
  occurrences: starts.map((start) => ({
    date: start.slice(0, 10),
    startsAt: new Date(start).toISOString(),
    endsAt: new Date(Date.parse(start) + 3_600_000).toISOString(),
  })),
  going: ["ada"],
});
const shown = (sessions: readonly ScheduledSession[], now = NOW) =>
  scheduleDays(sessions, now).map(({ appointments }) =>
    appointments.map(({ session: { id }, occurrence: { date } }) => `${id} ${date}`),
  );

test("dates are grouped by day, the earliest first, without those that are over", () => {
  const late = session("late", "2026-12-07T20:00", "2026-12-08T20:00");
  const early = session("early", "2026-12-07T10:00", "2026-12-08T10:00");
  assert.deepEqual(shown([late, early]), [["late 2026-12-07"], ["early 2026-12-08", "late 2026-12-08"]]);
  assert.deepEqual(shown([late, early], Date.parse("2026-12-07T10:30:00"))[0], ["early 2026-12-07", "late 2026-12-07"]);
});

test("changes of the server replace, delete and mark who is going", () => {
  const event = { roomId: "room", scheduledSessionId: "a" };
  const [a, b] = [session("a", "2026-12-08T10:00"), session("b", "2026-12-09T10:00")];
  const renamed = { ...a, title: "new" };
  assert.deepEqual(changed([a, b], { ...event, change: "saved", session: renamed }), [b, renamed]);
  assert.deepEqual(changed([b], { ...event, change: "saved", session: a }), [b, a]);
  assert.deepEqual(changed([a, b], { ...event, change: "deleted" }), [b]);
  const going = changed([a, b], { ...event, change: "going", userId: "ben" });
  assert.deepEqual(
    going.map((one) => one.going),
    [["ada", "ben"], ["ada"]],
  );
  assert.deepEqual(changed(going, { ...event, change: "going", userId: "ben" }), going);
  assert.deepEqual(changed(going, { ...event, change: "cancelled", userId: "ben" }), [a, b]);
  assert.deepEqual(
    withoutMember(going, "ada").map((one) => one.going),
    [["ben"], []],
  );
});

test("weekdays and dates are calculated without a time zone", () => {
  assert.equal(weekdayName("mon", "long"), "Monday");
  assert.equal(weekdayNames(["mon", "thu"]), "Mon and Thu");
  assert.equal(weekdayOf("2026-12-06"), "sun");
  assert.equal(weekdayOf(""), undefined);
  assert.equal(daysAfter("2026-12-30", 7), "2027-01-06");
  assert.deepEqual(splitLocal("2026-12-07T17:00"), { date: "2026-12-07", time: "17:00" });
});

test("a session is elsewhere if the reader's clock shows another time", () => {
  const here = session("here", "2026-12-08T17:00");
  const [occurrence] = here.occurrences;
  assert(occurrence);
  assert.equal(isElsewhere(here, occurrence), false);
  assert.equal(isElsewhere({ ...here, localStart: "2026-12-08T18:00" }, occurrence), true);
});
