import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanLine, cleanParagraph } from "../app/core/characters";

/** A text, and what is left of it in a paragraph and in one line. */
const CASES: readonly (readonly [string, string, string])[] = [
  ["a\vb", "a\nb", "a b"],
  ["a\fb", "a\nb", "a b"],
  ["a\x85b\u2028c\u2029d", "a\nb\nc\nd", "a b c d"],
  ["a\r\nb\rc\nd", "a\nb\nc\nd", "a b c d"],
  ["a\tb", "a\tb", "a b"],
  ["a\x07b\x08c\x1b[0md\x00e\x7ff\x9bg", "abc[0mdefg", "abc[0mdefg"],
  ["a\ud83db\ude00c", "abc", "abc"],
];

test("control characters become line breaks or are left out", () => {
  for (const [text, paragraph, line] of CASES) {
    assert.equal(cleanParagraph(text), paragraph);
    assert.equal(cleanLine(text), line);
  }
});

test("other characters stay", () => {
  const text = "plain, \u00e9, 😀, \u200d, \u202e, \ufeff";
  assert.equal(cleanParagraph(text), text);
  assert.equal(cleanLine(text), text);
});
