// @ts-nocheck
/** Pointing devices. They may change while the page is open: a tablet is put on its keyboard. */

import { signal } from "@preact/signals";

function matches(query) {
  const list = matchMedia(query);
  const found = signal(list.matches);
  list.addEventListener("change", () => (found.value = list.matches));
  return found;
}

/** True if a finger is the main pointer: then the keyboard is most likely on the screen, without a Shift that is held. */
export const isTouched = matches("(pointer: coarse)");

/** True if there is a mouse or trackpad beside it, and so most likely a keyboard with Ctrl. */
export const hasKeyboard = matches("(any-pointer: fine)");
