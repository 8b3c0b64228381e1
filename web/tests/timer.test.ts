import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Timer } from "../app/core/types";
import { clockText, following, secondsOf, timerAt, untilNextSecond } from "../app/features/study/timer";

const START = Date.UTC(2026, 11, 1, 10);
const PLAN = { focus: 1500, shortBreak: 300, longBreak: 900, rounds: 4 };
const iso = (at: number) => new Date(at).toISOString();
const at = (minutes: number, seconds = 0) => START + (minutes * 60 + seconds) * 1000;

const IDLE: Timer = {
  roomId: "room",
  state: "idle",
  phase: null,
  round: 0,
  startedAt: null,
  endsAt: null,
  remaining: null,
  duration: null,
  plan: PLAN,
  nextPlan: null,
  autoContinue: true,
  version: 3,
  changedBy: null,
  serverTime: iso(START),
};
const RUNNING: Timer = {
  ...IDLE,
  state: "running",
  phase: "focus",
  round: 1,
  startedAt: iso(START),
  endsAt: iso(at(25)),
  remaining: 1500,
  duration: 1500,
  version: 4,
};

const summary = (timer: Timer, now: number) => {
  const { state, phase, round, version, left } = timerAt(timer, now);
  return `${state} ${phase} ${round} v${version} ${clockText(secondsOf(left))}`;
};

test("an idle timer shows the length of its first phase", () => {
  assert.equal(summary(IDLE, at(99)), "idle null 0 v3 25:00");
  assert.equal(summary({ ...IDLE, nextPlan: { ...PLAN, focus: 3000 } }, at(99)), "idle null 0 v3 50:00");
});

test("a phase runs until its end, then the next one begins in that moment", () => {
  assert.equal(summary(RUNNING, START), "running focus 1 v4 25:00");
  assert.equal(summary(RUNNING, at(24, 59)), "running focus 1 v4 0:01");
  assert.equal(summary(RUNNING, at(25)), "running shortBreak 1 v5 5:00");
  assert.equal(summary(RUNNING, at(30)), "running focus 2 v6 25:00");
});

test("the break of the last round is long, and round 1 follows", () => {
  const last = 3 * 30 + 25;
  assert.equal(summary(RUNNING, at(last)), "running longBreak 4 v11 15:00");
  assert.equal(summary(RUNNING, at(last + 15)), "running focus 1 v12 25:00");
  assert.equal(timerAt(RUNNING, at(last)).endsAt, at(last + 15));
});

test("after a week the phase is found without counting each one", () => {
  const cycle = 130;
  const cycles = 77;
  assert.equal(summary(RUNNING, at(cycles * cycle + 26)), `running shortBreak 1 v${4 + cycles * 8 + 1} 4:00`);
  assert.equal(summary(RUNNING, at(cycles * cycle)), `running focus 1 v${4 + cycles * 8} 25:00`);
});

test("without going on by itself, the next phase waits with its whole length", () => {
  const timer = { ...RUNNING, autoContinue: false };
  assert.equal(summary(timer, at(24, 59)), "running focus 1 v4 0:01");
  assert.equal(summary(timer, at(25)), "paused shortBreak 1 v5 5:00");
  assert.equal(summary(timer, at(500)), "paused shortBreak 1 v5 5:00");
});

test("a paused timer stands still", () => {
  const timer: Timer = { ...RUNNING, state: "paused", startedAt: null, endsAt: null, remaining: 61.5 };
  assert.equal(summary(timer, at(5)), "paused focus 1 v4 1:02");
  assert.equal(timerAt(timer, at(5)).length, 1_500_000);
});

test("a plan that was changed holds from the next phase, also fewer rounds", () => {
  const timer = { ...RUNNING, nextPlan: { ...PLAN, shortBreak: 60, longBreak: 600, rounds: 1 } };
  assert.equal(summary(timer, at(24)), "running focus 1 v4 1:00");
  assert.equal(summary(timer, at(25)), "running longBreak 1 v5 10:00");
  assert.equal(summary({ ...timer, round: 3 }, at(25)), "running longBreak 3 v5 10:00");
  assert.equal(summary({ ...timer, round: 3 }, at(35)), "running focus 1 v6 25:00");
});

test("an extended phase has its own length", () => {
  const timer = { ...RUNNING, endsAt: iso(at(30)), duration: 1800 };
  assert.equal(timerAt(timer, START).length, 1_800_000);
  assert.equal(summary(timer, at(30)), "running shortBreak 1 v5 5:00");
});

test("a clock that is behind shows no more than the whole phase", () => {
  assert.equal(summary(RUNNING, START - 700), "running focus 1 v4 25:00");
});

test("phases follow each other as on the server", () => {
  const one = { ...PLAN, rounds: 1 };
  assert.deepEqual(following(PLAN, { phase: "focus", round: 3 }), { phase: "shortBreak", round: 3 });
  assert.deepEqual(following(PLAN, { phase: "focus", round: 4 }), { phase: "longBreak", round: 4 });
  assert.deepEqual(following(PLAN, { phase: "shortBreak", round: 3 }), { phase: "focus", round: 4 });
  assert.deepEqual(following(one, { phase: "shortBreak", round: 3 }), { phase: "focus", round: 1 });
  assert.deepEqual(following(one, { phase: "focus", round: 1 }), { phase: "longBreak", round: 1 });
});

test("seconds change when a whole second has passed", () => {
  assert.deepEqual([1_500_000, 1_499_999, 1_000, 999, 0, -5].map(secondsOf), [1500, 1500, 1, 1, 0, 0]);
  assert.deepEqual([1_500_000, 1_499_001, 1_499_999].map(untilNextSecond), [1000, 1, 999]);
});

test("times are written as on a clock", () => {
  assert.deepEqual([0, 9, 60, 1499, 3600, 3900].map(clockText), ["0:00", "0:09", "1:00", "24:59", "1:00:00", "1:05:00"]);
});
