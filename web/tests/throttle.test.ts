import assert from "node:assert/strict";
import { test } from "node:test";
import { leadingThrottle } from "../app/core/activity";
import { trailingThrottle } from "../app/core/throttle";
import { withTimeout } from "../app/core/timeout";
import { clock } from "./support/browser";

test("calls together cause work once, later ones after the interval", async () => {
  const began = Date.now();
  const worked: number[] = [];
  const ask = trailingThrottle(() => worked.push(Date.now() - began), 1_000);
  ask();
  ask();
  await clock.pass(0);
  ask();
  await clock.pass(400);
  ask();
  await clock.pass(2_000);
  assert.deepEqual(worked, [0, 1_000]);
});

test("work is delayed, and can be stopped", async () => {
  let worked = 0;
  const ask = trailingThrottle(() => worked++, 1_000, 500);
  ask();
  await clock.pass(499);
  assert.equal(worked, 0);
  ask.stop();
  await clock.pass(1_000);
  assert.equal(worked, 0);
  ask();
  await clock.pass(500);
  assert.equal(worked, 1);
});

test("a report is sent at once, and the next one after the interval", () => {
  let now = 0;
  const reported: number[] = [];
  const report = leadingThrottle(
    () => reported.push(now),
    () => 60_000,
    () => now,
  );
  for (now of [5, 6, 60_004, 60_005, 10]) report(); // the clock is set back at the end
  assert.deepEqual(reported, [5, 60_005, 10]);
});

test("work in time has its result, and no timer is left", async () => {
  const before = clock.waiting;
  assert.equal(await withTimeout(1_000, Promise.resolve("done"), "late"), "done");
  assert.equal(clock.waiting, before);
});

test("work that takes too long has the other result", async () => {
  const never = withTimeout(1_000, new Promise<string>(() => {}), "late");
  await clock.pass(1_000);
  assert.equal(await never, "late");
});
