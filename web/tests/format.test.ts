import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { initials, isolated, quoted } from "../app/core/format";

test("plain text is not isolated", () => {
  assert.equal(isolated("Ada Lovelace"), "Ada Lovelace");
});

test("text of another direction is isolated", () => {
  assert.equal(isolated("غرفة"), "\u2068غرفة\u2069");
});

test("a quoted name has no quotation marks of its own", () => {
  assert.equal(quoted('the "real" room'), "“the 'real' room”");
});

test("initials are of the first and the last name", () => {
  assert.equal(initials("Ada King Lovelace"), "AL");
  assert.equal(initials("Ada"), "A");
  assert.equal(initials(""), "");
});
