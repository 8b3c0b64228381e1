import assert from "node:assert/strict";
import { test } from "node:test";
import type { FocusSession } from "../app/core/types";
import { setLanguage } from "../app/core/words";
import { periodOf } from "../app/features/study/add-session";
import { endedSession, focusCheck, focusSession, takeFocus } from "../app/features/study/my-focus";
import { planOf } from "../app/features/study/plan-fields";
import { overlapping } from "../app/features/study/session-text";
import { studyText } from "../app/features/study/study-time";
import { en } from "../app/words/en";
import { enStudy } from "../app/words/en-study";
import { clock } from "./support/browser";

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

test("entered time whose end is before its start ends on the next day", () => {
  const hours = (startedAt: string, endedAt: string) => {
    const [start, end] = periodOf({ date: "2026-12-01", startedAt, endedAt }, "Europe/Berlin");
    return (end - start) / 3_600_000;
  };
  assert.deepEqual([hours("14:00", "15:30"), hours("23:00", "01:00"), hours("14:00", "14:00")], [1.5, 2, 0]);
});

test("an overlap is with a session that has a part of the time; the open one goes on", () => {
  const at = clock.now;
  const ended = session(at, 60);
  const open = session(at + 7_200_000, null);
  assert.equal(overlapping([ended, open], [at - 60_000, at]), undefined);
  assert.equal(overlapping([ended, open], [at + 3_600_000, at + 7_200_000]), undefined);
  assert.equal(overlapping([ended, open], [at + 3_540_000, at + 3_660_000]), ended);
  assert.equal(overlapping([ended, open], [at + 9_000_000, at + 9_060_000]), open);
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
  assert.equal(endedSession.value, open);
  takeFocus({ session: null, check: null, ended: null, serverTime }); // such as after a change of another session
  assert.equal(endedSession.value, open);
  takeFocus({ session: open, check: null, ended: null, serverTime });
  assert.equal(endedSession.value, null);
});

test("lengths of a plan are minutes, and those that are shown rounded stay to the second", () => {
  const before = { focus: 1510, shortBreak: 45, longBreak: 900, rounds: 4 };
  const values = { focus: "25", shortBreak: "1", longBreak: "20", rounds: "3" };
  assert.deepEqual(planOf(values, before), { focus: 1510, shortBreak: 45, longBreak: 1200, rounds: 3 });
  assert.deepEqual(planOf({ ...values, focus: "50" }, before).focus, 3000);
});
