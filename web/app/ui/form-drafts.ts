/**
 * Half-filled forms: their text returns when the form is opened again, in this tab and for this user. Passwords and codes
 * are never stored.
 */

import { effect, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { user } from "../core/session";
import { readTab, removeFromTab, writeTab } from "../core/tab-store";
import { type Input, isInput } from "./form-rules";

const PREFIX = "form.";
const SECRET_TYPES = ["password", "hidden", "submit", "button", "file"];

type Stored = { [field: string]: string | boolean };

const isStored = (value: unknown): value is Stored => typeof value === "object" && value !== null;

const keyOf = (name: string) => `${PREFIX}${user.peek()?.id ?? "guest"}.${name}`;

const inputs = (form: HTMLFormElement): Input[] =>
  [...form.elements]
    .filter(isInput)
    .filter(({ name, type, autocomplete }) => name && !SECRET_TYPES.includes(type) && autocomplete !== "one-time-code");

const isCheckbox = (input: Input): input is HTMLInputElement => input.type === "checkbox";

const inputValue = (input: Input) => (isCheckbox(input) ? input.checked : input.value);

function initialValue(input: Input): string | boolean | undefined {
  if (isCheckbox(input)) return input.defaultChecked;
  if (!(input instanceof HTMLSelectElement)) return input.defaultValue;
  return ([...input.options].find((option) => option.defaultSelected) ?? input.options[0])?.value;
}

function storeDraft(form: HTMLFormElement, name: string): void {
  const changed = inputs(form)
    .filter((input) => inputValue(input) !== initialValue(input))
    .map((input) => [input.name, inputValue(input)]);
  writeTab(keyOf(name), changed.length ? Object.fromEntries(changed) : null);
}

/** Put the stored values into the form; returns true if any of them is another one. */
function restoreDraft(form: HTMLFormElement, stored: Stored): boolean {
  const changed = inputs(form).filter((input) => input.name in stored && inputValue(input) !== stored[input.name]);
  for (const input of changed) {
    const value = stored[input.name];
    if (isCheckbox(input)) input.checked = value === true;
    else input.value = String(value);
  }
  return changed.length > 0;
}

/**
 * Store what is typed into a form, and restore it. Without a name nothing is stored.
 *
 * @returns `props` of the form, `isRestored`, and `remove()`, which deletes the draft.
 */
export function useFormDraft(name: string | null) {
  const form = useRef<HTMLFormElement>(null);
  const isRestored = useSignal(false);
  useLayoutEffect(() => {
    if (!name || !form.current) return;
    const stored = readTab(keyOf(name));
    if (isStored(stored)) isRestored.value = restoreDraft(form.current, stored);
  }, [name]);
  const store = () => {
    if (name && form.current) storeDraft(form.current, name);
  };
  return {
    props: name ? { ref: form, onInput: store, onChange: store } : {},
    isRestored: isRestored.value,
    remove: () => {
      isRestored.value = false;
      if (name) writeTab(keyOf(name), null);
    },
  };
}

/** Delete all drafts when another user signs in, or the user signs out: a shared computer stores nothing of earlier users. */
export function startFormDrafts(): void {
  let current = user.peek()?.id ?? null;
  effect(() => {
    const now = user.value?.id ?? null;
    if (now === current) return;
    current = now;
    removeFromTab(PREFIX);
  });
}
