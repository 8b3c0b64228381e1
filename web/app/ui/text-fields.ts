/** All text fields of the page: no control characters, and no submission by the Enter of an input method. */

import { cleanLine, cleanParagraph } from "../core/characters";

const ONE_LINE_TYPES = ["text", "search", "email", "password", "tel", "url"];
/** `keyCode` of keys that belong to an input method. */
const INPUT_METHOD_KEY = 229;

/**
 * True if a key belongs to an input method, as for Japanese, Chinese or Korean. Safari ends the composition before the
 * keydown that ended it: there, only the key code differs.
 */
export const isInputMethodKey = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === INPUT_METHOD_KEY;

type TextField = HTMLInputElement | HTMLTextAreaElement;

const isTextField = (target: unknown): target is TextField =>
  target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && ONE_LINE_TYPES.includes(target.type));

/** Remove control characters; returns true if there were any. The caret stays where it is. */
function clean(field: unknown): boolean {
  if (!isTextField(field)) return false;
  const cleaned = field instanceof HTMLTextAreaElement ? cleanParagraph : cleanLine;
  const { value } = field;
  const next = cleaned(value);
  if (next === value) return false;
  const caret = field.selectionEnd; // null for an email address
  const at = caret === null ? null : cleaned(value.slice(0, caret)).length;
  field.value = next;
  if (at !== null && document.activeElement === field) field.setSelectionRange(at, at);
  return true;
}

/** Watch the fields of the page. Listeners of the window come before those of the views. */
export function startTextFields(): void {
  /** Form whose submission by the Enter of an input method is to be prevented. */
  let ignored: HTMLFormElement | null = null;
  const capture = { capture: true };
  addEventListener("input", (event) => (event as InputEvent).isComposing || clean(event.target), capture);
  addEventListener(
    "compositionend",
    ({ target }) => {
      if (clean(target)) target?.dispatchEvent(new InputEvent("input", { bubbles: true }));
    },
    capture,
  );
  addEventListener(
    "keydown",
    (event) => {
      ignored = event.key === "Enter" && isInputMethodKey(event) && isTextField(event.target) ? event.target.form : null;
      // a browser that submits the form by this key does so before the next event
      if (ignored) setTimeout(() => (ignored = null));
    },
    capture,
  );
  addEventListener(
    "submit",
    (event) => {
      if (ignored && ignored === event.target) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else if (event.target instanceof HTMLFormElement) for (const field of event.target.elements) clean(field);
    },
    capture,
  );
}
