/** Keys that work on every view: Ctrl-K opens the quick switcher, Alt and arrows go to other rooms, "?" shows all keys. */

import { signal } from "@preact/signals";
import { read, write } from "../../core/local-store";
import { go, route } from "../../core/router";
import { user } from "../../core/session";
import type { ListedRoom } from "../../core/types";
import { isInputMethodKey } from "../../ui/text-fields";
import { myRooms } from "./my-rooms";

/** Set in the local store to false when the user turned the key "?" off. */
const QUESTION_MARK = "shortcuts.question-mark";
const TEXT_FIELDS = "input, textarea, select, [contenteditable], [role=textbox], [role=combobox]";

/** The dialog that a shortcut opened, or null. */
export const shortcutDialog = signal<"switcher" | "keys" | null>(null);

export const openQuickSwitcher = (): void => void (shortcutDialog.value = "switcher");
const openKeys = (): void => void (shortcutDialog.value = "keys");
export const closeShortcutDialog = (): void => void (shortcutDialog.value = null);

/** True on devices whose command key is ⌘. There, Ctrl and a letter edit text. */
export const isApple = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);

/** True unless the user turned the key "?" off: speech input may press it by mistake. */
export const usesQuestionMark = (): boolean => read(QUESTION_MARK) !== false;
export const setUsesQuestionMark = (isUsed: boolean): void => write(QUESTION_MARK, isUsed);

/** Start to listen to the keys. */
export function startShortcuts(): void {
  document.addEventListener("keydown", pressed);
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || isInputMethodKey(event) || !user.peek() || user.peek()?.pending) return;
  const action = actionOf(event);
  if (!action) return;
  event.preventDefault();
  if (!event.repeat) action(); // a key that is held down would fill the history, and open and close a dialog all the time
}

function actionOf(event: KeyboardEvent): (() => void) | null {
  if (isCommand(event, "k")) return toggle("switcher");
  if (isCommand(event, "/")) return toggle("keys");
  if (document.querySelector("dialog[open]")) return null;
  if (isQuestionMark(event)) return openKeys;
  return roomStep(event);
}

/** Opens a dialog, or closes it if it is open. None opens above a dialog of another kind. */
function toggle(dialog: "switcher" | "keys"): (() => void) | null {
  if (shortcutDialog.peek() === dialog) return closeShortcutDialog;
  return document.querySelector("dialog[open]") ? null : () => void (shortcutDialog.value = dialog);
}

/** True for Ctrl and a key, or ⌘ on Apple's devices; by its place on the keyboard if the letters are not Latin. */
function isCommand(event: KeyboardEvent, wanted: string): boolean {
  const { key, code, ctrlKey, metaKey, altKey, shiftKey } = event;
  const hasModifier = isApple() ? metaKey && !ctrlKey : ctrlKey && !metaKey;
  if (!hasModifier || altKey) return false;
  const isLatin = /^[ -~]$/.test(key);
  const pressedKey = isLatin ? key.toLowerCase() : code.replace(/^Key/, "").toLowerCase();
  return pressedKey === wanted && (!shiftKey || wanted === "/"); // some keyboards have "/" above a digit
}

function isQuestionMark({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  return key === "?" && !ctrlKey && !metaKey && !altKey && !isTextField(target) && usesQuestionMark();
}

/**
 * The step to another room of Alt and an arrow. In a text field these keys move by a paragraph on Apple's devices, and open
 * select boxes elsewhere; only an empty composer passes them on. Screen readers use arrows with more keys than Alt.
 */
function roomStep(event: KeyboardEvent): (() => void) | null {
  const { key, altKey, shiftKey, ctrlKey, metaKey, target } = event;
  const step = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
  if (!step || !altKey || ctrlKey || metaKey || event.getModifierState("AltGraph")) return null;
  if (isTextField(target) && !isEmptyComposer(target)) return null;
  return () => {
    const room = roomAt(step, myRooms.peek() ?? [], here(), shiftKey);
    if (room) go(`/rooms/${room.id}`);
  };
}

const here = (): string | null => (route.peek().name === "room" ? route.peek().id : null);

/** The next or previous room after the room `id`, around the ends of the list; with `isUnread` only rooms with unread messages. */
export function roomAt(step: 1 | -1, rooms: readonly ListedRoom[], id: string | null, isUnread: boolean): ListedRoom | null {
  const at = rooms.findIndex((room) => room.id === id);
  const start = at < 0 && step < 0 ? 0 : at;
  for (let distance = 1; distance <= rooms.length; distance++) {
    const room = rooms[(start + step * distance + 2 * rooms.length) % rooms.length];
    if (room && room.id !== id && (!isUnread || room.unread > 0)) return room;
  }
  return null;
}

const isTextField = (target: EventTarget | null): boolean => target instanceof Element && target.closest(TEXT_FIELDS) !== null;

const isEmptyComposer = (target: EventTarget | null): boolean =>
  target instanceof HTMLTextAreaElement && target.id === "write" && target.value === "";
