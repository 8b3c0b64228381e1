import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { around, MAX_SIZE, type MessageWindow, newer, newest, older } from "../app/features/messages/message-window";

const size = ({ from, to }: MessageWindow) => to - from + 1;

test("newest ends at the last message and has space for older ones", () => {
  const shown = newest(1_000, 1);
  assert.equal(shown.to, 1_000);
  assert.ok(size(shown) < MAX_SIZE);
  assert.ok(size(older(shown, 1)) <= MAX_SIZE);
});

test("windows of a short timeline have all of it", () => {
  for (const shown of [newest(20, 1), around(10, 1, 20), older(newest(20, 1), 1), newer(around(1, 1, 20), 20)])
    assert.deepEqual(shown, { from: 1, to: 20 });
});

test("around has messages on both sides", () => {
  const shown = around(500, 1, 1_000);
  assert.ok(shown.from < 500 && shown.to > 500);
  assert.equal(size(shown), MAX_SIZE);
});

test("around stays within the loaded messages", () => {
  assert.equal(around(5, 3, 1_000).from, 3);
  assert.equal(around(995, 1, 1_000).to, 1_000);
});

test("older stops at the first message and never grows beyond the maximum", () => {
  let shown = newest(1_000, 1);
  for (let step = 0; step < 50; step++) {
    const next = older(shown, 1);
    assert.ok(next.from <= shown.from && next.to <= shown.to);
    assert.ok(size(next) <= MAX_SIZE);
    assert.ok(next.to >= shown.from, "what was at the top stays");
    shown = next;
  }
  assert.equal(shown.from, 1);
});

test("newer stops at the last message and never grows beyond the maximum", () => {
  let shown = around(1, 1, 1_000);
  for (let step = 0; step < 50; step++) {
    const next = newer(shown, 1_000);
    assert.ok(size(next) <= MAX_SIZE);
    assert.ok(next.from <= shown.to, "what was at the bottom stays");
    shown = next;
  }
  assert.equal(shown.to, 1_000);
});
