import assert from "node:assert/strict";
import { test } from "node:test";
import type { FocusSession } from "../app/core/types";
import { setLanguage } from "../app/core/words";
import { studyText } from "../app/features/study/focus-words";
import { focusCheck, focusSession, takeFocus } from "../app/features/study/my-focus";
import { planOf } from "../app/features/study/timer-settings";
import { dayStart, totalOf } from "../app/features/study/today";
import { en } from "../app/words/en";
import { enStudy } from "../app/words/en-study";
import { clock } from "./support/browser";

const HOUR = 3_600_000;

setLanguage("en", { ...en, ...enStudy });

const session = (startedAt: number, minutes: number | null): FocusSession => ({
  id: "session",
  userId: "ada",
  roomId: null,
  taskId: null,
  activity: "",
  source: "stopwatch",
  startedAt: new Date(startedAt).toISOString(),
  endedAt: minutes === null ? null : new Date(startedAt + minutes * 60_000).toISOString(),
  seconds: (minutes ?? 0) * 60,
});

test("study times are written in whole minutes and hours", () => {
  assert.deepEqual([0, 59, 60, 2_339, 3_600, 4_859].map(studyText), ["0 min", "0 min", "1 min", "38 min", "1 h", "1 h 20 min"]);
});

test("a study day starts at the hour that the user chose", () => {
  const at = (day: number, hour: number) => new Date(`2026-09-0${day}T0${hour}:00`).getTime();
  assert.equal(dayStart(at(2, 9), 4), at(2, 4));
  assert.equal(dayStart(at(2, 4), 4), at(2, 4));
  assert.equal(dayStart(at(2, 3), 4), at(1, 4));
  assert.equal(dayStart(at(2, 3), 0), at(2, 0));
});

test("the total of today has the time that runs, and nothing of yesterday", () => {
  const start = dayStart(clock.now, 0);
  const now = start + 10 * HOUR;
  assert.equal(totalOf([session(start + HOUR, 30), session(start - HOUR, 90)], null, now), 3_600);
  assert.equal(totalOf([], session(now - 120_000, null), now), 120);
  assert.equal(totalOf([], session(start - HOUR, null), now), 36_000);
  assert.equal(totalOf([], undefined, now), 0);
});

test("an answer replaces the session and the check", () => {
  const open = session(clock.now, null);
  const serverTime = new Date(clock.now).toISOString();
  takeFocus({ session: open, check: { id: "session", respondBy: serverTime }, ended: null, serverTime });
  assert.equal(focusSession.value, open);
  assert.equal(focusCheck.value?.id, "session");
  takeFocus({ session: null, check: null, ended: open, serverTime });
  assert.equal(focusSession.value, null);
  assert.equal(focusCheck.value, null);
});

test("lengths of a plan are minutes, and those that are shown rounded stay to the second", () => {
  const before = { focus: 1510, shortBreak: 45, longBreak: 900, rounds: 4 };
  const values = { focus: "25", shortBreak: "1", longBreak: "20", rounds: "3" };
  assert.deepEqual(planOf(values, before), { focus: 1510, shortBreak: 45, longBreak: 1200, rounds: 3 });
  assert.deepEqual(planOf({ ...values, focus: "50" }, before).focus, 3000);
});
