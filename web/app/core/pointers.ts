/** Pointing devices. They may change while the page is open: a tablet is put on its keyboard. */

import { type Signal, signal } from "@preact/signals";

/** True if a finger is the main pointer: then the keyboard is most likely on the screen, without a Shift that is held. */
export const hasCoarsePointer = signal(false);

/** True if there is a mouse or trackpad beside it, and so most likely a keyboard with Ctrl. */
export const hasKeyboard = signal(false);

/** Start to follow the pointing devices. */
export function startPointers(): void {
  follow("(pointer: coarse)", hasCoarsePointer);
  follow("(any-pointer: fine)", hasKeyboard);
}

function follow(query: string, matches: Signal<boolean>): void {
  const list = matchMedia(query);
  matches.value = list.matches;
  list.addEventListener("change", () => {
    matches.value = list.matches;
  });
}
