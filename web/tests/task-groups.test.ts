/** Groups and order of tasks. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Task } from "../app/core/types";
import { daysUntil, endOfWeek, grouped, inOrder, placeFor } from "../app/features/study/task-groups";

const RULES = { weekStartsOn: "monday" } as const;

const task = (id: string, position: number, dueOn: string | null = null): Task => ({
  id,
  title: id,
  notes: "",
  roomId: null,
  dueOn,
  done: false,
  doneAt: null,
  estimateRounds: null,
  spentSeconds: 0,
  position,
  shared: false,
});

test("a week ends before its first day", () => {
  assert.equal(endOfWeek("2026-12-01", RULES), "2026-12-06"); // a Tuesday
  assert.equal(endOfWeek("2026-12-06", RULES), "2026-12-06");
  assert.equal(endOfWeek("2026-12-07", RULES), "2026-12-13");
  assert.equal(endOfWeek("2026-12-01", { ...RULES, weekStartsOn: "sunday" }), "2026-12-05");
  assert.equal(endOfWeek("2026-12-01", { ...RULES, weekStartsOn: "saturday" }), "2026-12-04");
});

test("days are counted over the change of clocks and of years", () => {
  assert.equal(daysUntil("2026-03-30", "2026-03-28"), 2);
  assert.equal(daysUntil("2027-01-01", "2026-12-31"), 1);
  assert.equal(daysUntil("2026-11-30", "2026-12-01"), -1);
});

test("late tasks are in today, and empty groups are left out", () => {
  const tasks = [
    task("none", 5),
    task("late", 9, "2026-11-01"),
    task("today", 1, "2026-12-01"),
    task("sunday", 2, "2026-12-06"),
    task("monday", 3, "2026-12-07"),
  ];
  const found = grouped(tasks, "2026-12-01", RULES).map(([group, listed]) => [group, listed.map(({ id }) => id)]);
  assert.deepEqual(found, [
    ["today", ["today", "late"]],
    ["week", ["sunday"]],
    ["later", ["monday"]],
    ["undated", ["none"]],
  ]);
  assert.deepEqual(grouped([task("none", 5)], "2026-12-01", RULES).length, 1);
});

test("equal positions are in the order of ids", () => {
  assert.deepEqual(
    inOrder([task("b", 1), task("c", 0), task("a", 1)]).map(({ id }) => id),
    ["c", "a", "b"],
  );
});

test("a task takes the place of its neighbour in the list that is seen", () => {
  const [a, b, c, d] = [task("a", 1, "2026-12-01"), task("b", 2), task("c", 3, "2026-12-01"), task("d", 4, "2026-12-01")];
  const all = [d, c, b, a];
  const listed = [a, c, d];
  assert.equal(placeFor(all, listed, "c", -1), null); // to the top, above b too
  assert.equal(placeFor(all, listed, "d", -1), "b"); // behind b, which is not seen, before c
  assert.equal(placeFor(all, listed, "a", 1), "c");
  assert.equal(placeFor(all, listed, "a", -1), undefined);
  assert.equal(placeFor(all, listed, "d", 1), undefined);
});
