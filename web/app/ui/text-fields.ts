// @ts-nocheck
/** All text fields of the page: no control characters, and no submission by the Enter of an input method. */

import { cleanLine, cleanParagraph } from "../core/characters";

const ONE_LINE = ["text", "search", "email", "password", "tel", "url"];

/**
 * Whether a key belongs to an input method, as for Japanese, Chinese or Korean. Safari ends the composition before the
 * keydown that ended it: only the code 229 tells then.
 */
export const isInputMethodKey = (event) => event.isComposing || event.keyCode === 229;

/** Remove control characters; returns whether there were any. The caret stays where it is. */
function clean(field) {
  const isParagraph = field.localName === "textarea";
  if (!isParagraph && !(field.localName === "input" && ONE_LINE.includes(field.type))) return false;
  const cleaned = isParagraph ? cleanParagraph : cleanLine;
  const { value } = field;
  const next = cleaned(value);
  if (next === value) return false;
  const caret = field.selectionEnd; // null for an email address
  const at = caret === null ? null : cleaned(value.slice(0, caret)).length;
  field.value = next;
  if (at !== null && document.activeElement === field) field.setSelectionRange(at, at);
  return true;
}

let ending = null;

/** Begin; call once. Listeners on the window come before those of the views. */
export function startTextFields() {
  const capture = (type, listener) => addEventListener(type, listener, true);
  capture("input", (event) => event.isComposing || clean(event.target));
  capture("compositionend", ({ target }) => clean(target) && target.dispatchEvent(new InputEvent("input", { bubbles: true })));
  capture("keydown", (event) => {
    ending = event.key === "Enter" && isInputMethodKey(event) ? event.target.form : null;
    // a browser that submitted the form by this key would do so before the next event
    if (ending) setTimeout(() => (ending = null));
  });
  capture("submit", (event) => {
    if (ending && ending === event.target) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else for (const field of event.target.elements) clean(field);
  });
}
