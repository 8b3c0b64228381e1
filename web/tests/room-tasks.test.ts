/** Checklists of a room after an event. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { changedLists } from "../app/features/study/room-task-store";

const ADA = { id: "ada", name: "Ada", avatar: null };
const BEN = { id: "ben", name: "Ben", avatar: null };
const task = (id: string, position: number, done = false) => ({
  id,
  title: id,
  dueOn: null,
  done,
  estimateRounds: null,
  position,
});

test("a changed task replaces the one with its id, in its owner's order", () => {
  const lists = [{ user: ADA, tasks: [task("a", 1), task("b", 2)] }];
  const [after] = changedLists(lists, { ...ADA, name: "Augusta" }, [task("b", 0, true)], []);
  assert.deepEqual(after, { user: { ...ADA, name: "Augusta" }, tasks: [task("b", 0, true), task("a", 1)] });
});

test("a member's first task adds a checklist, and the last one removed takes it away", () => {
  const lists = [{ user: ADA, tasks: [task("a", 1)] }];
  const added = changedLists(lists, BEN, [task("b", 1)], []);
  assert.deepEqual(
    added.map(({ user }) => user.id),
    ["ada", "ben"],
  );
  assert.deepEqual(
    changedLists(added, ADA, [], ["a"]).map(({ user }) => user.id),
    ["ben"],
  );
  assert.deepEqual(changedLists(lists, BEN, [], ["unknown"]), lists);
});
