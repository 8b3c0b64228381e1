import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, local } from "./support/browser";

test("timers run in their order when time passes, with promises between them", async () => {
  const ran: string[] = [];
  setTimeout(() => ran.push("late"), 20);
  setTimeout(() => void Promise.resolve().then(() => ran.push("promise")), 10);
  const every = setInterval(() => ran.push(`every, ${Date.now() - began}`), 8);
  const began = Date.now();
  await clock.pass(20);
  clearInterval(every);
  await clock.pass(100);
  assert.deepEqual(ran, ["every, 8", "promise", "every, 16", "late"]);
  assert.equal(clock.waiting, 0);
  assert.equal(new Date(Date.now()).getTime(), began + 120);
});

test("a full storage throws and has what it had", () => {
  local.setItem("key", "before");
  local.failure = new Error("full");
  assert.throws(() => local.setItem("key", "after"), /full/);
  local.failure = null;
  assert.equal(local.getItem("key"), "before");
});
