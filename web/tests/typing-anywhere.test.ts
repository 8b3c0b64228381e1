import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { isTextKey } from "../app/features/messages/typing-anywhere";

const pressed = (key: string, state: Partial<KeyboardEvent> = {}) =>
  ({
    key,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
    isComposing: false,
    defaultPrevented: false,
    getModifierState: () => false,
    ...state,
  }) as KeyboardEvent;

test("characters of all scripts are text", () => {
  for (const key of ["a", "A", "é", "1", "!", "ش", "한", "😀"]) assert.ok(isTextKey(pressed(key)), key);
});

test("named keys and Space are no text", () => {
  for (const key of ["Enter", "Tab", "Escape", "ArrowUp", "F5", "Dead", "Process", " "])
    assert.ok(!isTextKey(pressed(key)), key);
});

test("shortcuts, input methods and handled keys are no text", () => {
  for (const state of ["ctrlKey", "altKey", "metaKey", "isComposing", "defaultPrevented"] as const)
    assert.ok(!isTextKey(pressed("a", { [state]: true })), state);
});

test("characters of AltGr are text", () => {
  const getModifierState = (name: string) => name === "AltGraph";
  assert.ok(isTextKey(pressed("@", { ctrlKey: true, altKey: true, getModifierState })));
  assert.ok(!isTextKey(pressed("@", { ctrlKey: true, altKey: true, metaKey: true, getModifierState })));
});
