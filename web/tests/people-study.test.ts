import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomUser, Timer } from "../app/core/types";
import { throughPhase } from "../app/features/room/people-study";

const at = (minute: number): string => new Date(Date.UTC(2026, 11, 1, 9, minute)).toISOString();

const timer = (fields: Partial<Timer>): Timer =>
  ({ state: "running", phase: "focus", round: 1, startedAt: at(0), endsAt: at(25), serverTime: at(0), ...fields }) as Timer;

const IDLE = timer({ state: "idle", phase: null, startedAt: null, endsAt: null });
const BREAK = timer({ phase: "shortBreak", startedAt: at(25), endsAt: at(30), serverTime: at(25) });

const person = (fields: Partial<RoomUser> = {}): RoomUser =>
  ({
    id: "ada",
    followsTimer: true,
    focusedToday: { seconds: 60, runningSince: null },
    focusSince: null,
    ...fields,
  }) as RoomUser;

const time = ([one]: readonly RoomUser[]) => [one?.focusedToday?.seconds, one?.focusedToday?.runningSince, one?.focusSince];

test("followers study through a focus phase", () => {
  const begun = throughPhase([person()], IDLE, timer({}));
  assert.deepEqual(time(begun), [60, at(0), at(0)]);
  assert.deepEqual(time(throughPhase(begun, timer({}), BREAK)), [60 + 1500, null, null]);
});

test("a phase that was stopped in its first minute does not count", () => {
  const begun = throughPhase([person()], IDLE, timer({}));
  const stopped = { ...IDLE, serverTime: new Date(Date.parse(at(0)) + 59_000).toISOString() };
  assert.deepEqual(time(throughPhase(begun, timer({}), stopped)), [60, null, null]);
});

test("a phase that is made longer changes nothing", () => {
  const people = throughPhase([person()], IDLE, timer({}));
  assert.equal(throughPhase(people, timer({}), timer({ endsAt: at(30) })), people);
});

test("time without the timer goes on, and who hides or does not follow stays as they are", () => {
  const own = person({ focusedToday: { seconds: 60, runningSince: at(-9) }, focusSince: at(-9) });
  assert.deepEqual(time(throughPhase([own], timer({}), BREAK)), [60, at(-9), at(-9)]);
  for (const one of [person({ followsTimer: false }), person({ focusedToday: null })])
    assert.deepEqual(throughPhase([one], IDLE, timer({})), [one]);
});
