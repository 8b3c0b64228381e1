import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerClock } from "../app/core/server-clock";

const SERVER = Date.UTC(2026, 11, 1, 10);
const HOUR = 3_600_000;

/** A browser whose clock is an hour ahead of the server's, and the server. */
function begin(ahead = HOUR) {
  const time = { passed: 0, wallStep: 0, slept: 0 };
  const clock = new ServerClock({
    wall: () => SERVER + ahead + time.passed + time.slept + time.wallStep,
    steady: () => 5_000 + time.passed,
  });
  const server = () => SERVER + time.passed + time.slept;
  const iso = (at = server()) => new Date(at).toISOString();
  /** A request that takes `there` ms to the server, and `back` ms from it. */
  const ask = (there: number, back: number) => {
    const arrived = clock.measure();
    time.passed += there;
    const answer = iso();
    time.passed += back;
    arrived(answer);
  };
  return { clock, time, server, iso, ask };
}

test("a clock that is wrong by an hour is corrected by half the round trip", () => {
  const { clock, server, ask } = begin();
  ask(20, 20);
  assert.equal(clock.now(), server());
  ask(100, 300);
  assert.equal(clock.now(), server(), "a slower answer says less");
  assert.equal(clock.isImprecise, false);
});

test("of several answers the one with the smallest round trip counts", () => {
  const { clock, server, ask } = begin(-HOUR);
  ask(10, 990);
  assert.equal(server() - clock.now(), 490);
  assert.equal(clock.isImprecise, true);
  ask(30, 30);
  assert.equal(clock.now(), server());
  ask(10, 980);
  assert.equal(clock.now(), server());
});

test("an event corrects a clock at once, and one that is behind later", () => {
  const { clock, server, iso, ask, time } = begin();
  clock.heard(iso(server() - 30));
  assert.equal(server() - clock.now(), 30);
  assert.equal(clock.isImprecise, true);
  ask(0, 600);
  assert.equal(server() - clock.now(), 300);
  time.passed += 1_000;
  clock.heard(iso(server() - 40));
  assert.equal(server() - clock.now(), 40, "the server's time is never before that of an event");
  clock.heard(iso(server() - 5_000));
  assert.equal(server() - clock.now(), 40, "a late event says nothing");
});

test("a clock that is set, a sleep and ten minutes make a correction old", () => {
  const { clock, server, ask, time } = begin();
  ask(10, 10);
  time.wallStep = -HOUR;
  assert.equal(clock.isImprecise, true);
  ask(50, 50);
  assert.equal(clock.now(), server());
  assert.equal(clock.isImprecise, false);
  time.slept = 2 * HOUR;
  assert.equal(clock.now(), server(), "the time of day goes on while the computer sleeps");
  assert.equal(clock.isImprecise, true);
  ask(60, 60);
  time.passed += 11 * 60_000;
  assert.equal(clock.isImprecise, true);
});

test("a time that cannot be read changes nothing", () => {
  const { clock, server, ask, time } = begin();
  ask(10, 10);
  clock.measure()("soon");
  clock.heard("");
  time.passed += 100;
  assert.equal(clock.now(), server());
});
