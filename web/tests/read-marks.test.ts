import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadMarks } from "../app/features/rooms/read-marks";

test("marks are right in whichever order they come", () => {
  const reports = [{ lastSeq: 7 }, { read: 4 }, { lastSeq: 5, read: 2 }, { lastSeq: 9, read: 1 }];
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [2, 0, 3, 1],
  ]) {
    const marks = new ReadMarks();
    for (const at of order) marks.update("r", reports[at] ?? {});
    const late = marks.updateListed({ id: "r", lastSeq: 3, unread: 1 });
    assert.deepEqual([marks.update("r", {}), late, marks.update("s", { lastSeq: 2 })], [5, 5, 2]);
  }
});
