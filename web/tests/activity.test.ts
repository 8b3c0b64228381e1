import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { isInput, leadingThrottle } from "../app/core/activity";

test("input is reported once a minute, also by a clock that is set back", () => {
  const reported: number[] = [];
  let now = 0;
  const act = leadingThrottle(
    () => reported.push(now),
    () => 60_000,
    () => now,
  );
  for (now of [5, 6, 59_999, 60_004, 60_005, 90_000, 120_005, 10, 60_009, 60_010]) act();
  assert.deepEqual(reported, [5, 60_005, 120_005, 10, 60_010]);
});

test("keys and wheels are input", () => {
  assert.ok(isInput({ type: "keydown" }, null));
  assert.ok(isInput({ type: "wheel" }, null));
});

test("a scroll is input unless it follows new messages at the end", () => {
  const scroll = (scrollTop: number) => ({ type: "scroll", target: { scrollTop, scrollHeight: 1000, clientHeight: 300 } });
  assert.ok(isInput(scroll(200), null));
  assert.ok(!isInput(scroll(699), null));
});

test("a pointer that stays where it was is no input", () => {
  const move = { type: "pointermove", screenX: 1, screenY: 2 };
  assert.ok(isInput(move, null));
  assert.ok(!isInput(move, { screenX: 1, screenY: 2 }));
});

test("focus of the window is input, and of an element not", () => {
  assert.ok(isInput({ type: "focus", target: globalThis }, null));
  assert.ok(!isInput({ type: "focus", target: {} }, null));
});
