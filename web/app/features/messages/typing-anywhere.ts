/** Keys that are typed anywhere in a room go to the composer. */

/** Elements that take keys themselves: fields, and lists in which letters move the focus. */
const TAKES_KEYS = "input, textarea, select, [contenteditable], [role=textbox], [data-one-stop], dialog";

/**
 * True if a key writes a character, and no control, dialog or shortcut takes it. Space scrolls or presses. AltGr writes
 * characters such as "@"; Windows reports it as Ctrl and Alt.
 */
export function isTextKey(event: KeyboardEvent): boolean {
  const { key, ctrlKey, altKey, metaKey, isComposing, defaultPrevented } = event;
  const isCharacter = [...key].length === 1 && key !== " ";
  const isShortcut = metaKey || ((ctrlKey || altKey) && !event.getModifierState("AltGraph"));
  return isCharacter && !isShortcut && !isComposing && !defaultPrevented;
}

/** Focus `field` when text is typed outside of any control. The browser then writes the character into it. Returns a function that ends it. */
export function focusOnTyping(field: HTMLTextAreaElement): () => void {
  const typed = (event: KeyboardEvent) => {
    const isTaken = event.target instanceof Element && event.target.closest(TAKES_KEYS);
    if (isTaken || !isTextKey(event) || document.querySelector("dialog[open]")) return;
    field.focus();
  };
  document.addEventListener("keydown", typed);
  return () => document.removeEventListener("keydown", typed);
}
