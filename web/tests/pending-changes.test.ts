import assert from "node:assert/strict";
import { test } from "node:test";
import { PendingChanges } from "../app/core/pending-changes";

test("a change is applied at once, and again to the answer", () => {
  const pending = new PendingChanges();
  const applied: string[] = [];
  pending.apply(() => applied.push("before"));
  const request = pending.begin();
  pending.apply(() => applied.push("one"));
  pending.apply(() => applied.push("two"));
  request.end();
  pending.apply(() => applied.push("after"));
  assert.deepEqual(applied, ["before", "one", "two", "after"]);
  assert.equal(request.replay(), 2);
  assert.deepEqual(applied.slice(4), ["one", "two"]);
});

test("a later request gets the changes, and the earlier one cannot end it", () => {
  const pending = new PendingChanges();
  const [earlier, later] = [pending.begin(), pending.begin()];
  earlier.end();
  pending.apply(() => {});
  assert.deepEqual([earlier.isCurrent(), later.isCurrent()], [false, true]);
  assert.deepEqual([earlier.replay(), later.replay()], [0, 1]);
});

test("after clearing, no request is current", () => {
  const pending = new PendingChanges();
  const request = pending.begin();
  pending.clear();
  pending.apply(() => {});
  assert.equal(request.isCurrent(), false);
  assert.equal(request.replay(), 0);
});
