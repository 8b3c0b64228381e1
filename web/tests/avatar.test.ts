import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { tone } from "../app/ui/avatar";

test("a tone belongs to an id and is one of eight", () => {
  const tones = Array.from({ length: 400 }, (_, index) => tone(`01890a5d-ac96-774b-bcce-${index}`));
  assert.deepEqual([...new Set(tones)].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(tone("one"), tone("one"));
});
