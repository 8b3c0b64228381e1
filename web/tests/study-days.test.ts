/** Days of study by the rules of the account. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { clockIn, momentOf, studyDate } from "../app/features/study/study-days";

test("a day of study is that of the account's zone, from its hour on, whatever the zone of the browser", () => {
  const date = (at: string, timeZone: string | null, dayStartsAt = 4) =>
    studyDate(Date.parse(at), { timeZone, dayStartsAt, weekStartsOn: "monday" });
  assert.equal(date("2026-12-01T20:00:00Z", "Asia/Tokyo"), "2026-12-02"); // 5:00
  assert.equal(date("2026-12-01T18:59:59Z", "Asia/Tokyo"), "2026-12-01"); // 3:59
  assert.equal(date("2026-12-01T18:59:59Z", "Asia/Tokyo", 0), "2026-12-02");
  assert.equal(date("2026-12-01T08:59:00Z", "America/New_York"), "2026-11-30"); // 3:59
  assert.equal(date("2026-12-01T09:00:00Z", "America/New_York"), "2026-12-01");
  assert.equal(date("2026-12-01T03:59:59Z", null), "2026-11-30"); // of UTC
  assert.equal(date("2026-12-31T22:29:00Z", "Asia/Kolkata"), "2026-12-31"); // 3:59 on the half hour
  assert.equal(date("2026-12-31T22:30:00Z", "Asia/Kolkata"), "2027-01-01");
});

test("a day starts at the jump if its hour is skipped", () => {
  const rules = { timeZone: "Europe/Berlin", dayStartsAt: 2, weekStartsOn: "monday" } as const;
  assert.equal(studyDate(Date.parse("2026-03-29T00:59:59Z"), rules), "2026-03-28");
  assert.equal(studyDate(Date.parse("2026-03-29T01:00:00Z"), rules), "2026-03-29");
});

test("a zone that the browser does not know is its own", () => {
  const rules = { timeZone: "Mars/Olympus", dayStartsAt: 0, weekStartsOn: "monday" } as const;
  assert.equal(studyDate(Date.parse("2026-12-01T12:00:00"), rules), "2026-12-01");
});

test("a time of a zone is a moment, over changes of its clocks too", () => {
  const at = (date: string, time: string, zone = "Europe/Berlin") => new Date(momentOf(date, time, zone)).toISOString();
  assert.equal(at("2026-12-01", "17:30"), "2026-12-01T16:30:00.000Z");
  assert.equal(at("2026-07-01", "00:15"), "2026-06-30T22:15:00.000Z");
  assert.equal(at("2026-03-29", "01:30"), "2026-03-29T00:30:00.000Z");
  assert.equal(at("2026-03-29", "02:30"), "2026-03-29T01:30:00.000Z"); // skipped: 3:30
  assert.equal(at("2026-10-25", "03:00"), "2026-10-25T02:00:00.000Z");
  assert.equal(at("2026-12-01", "23:00", "Pacific/Kiritimati"), "2026-12-01T09:00:00.000Z");
  assert.deepEqual(clockIn(Date.parse("2026-12-01T16:30:59.999Z"), "Europe/Berlin"), { date: "2026-12-01", time: "17:30" });
});
