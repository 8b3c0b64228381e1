// @ts-nocheck
/**
 * Half-filled forms: the text is there again when the form is opened again, in this tab and for this user.
 * Passwords and codes are never stored.
 */

import { effect, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { user } from "../core/session";
import { forgetTab, readTab, writeTab } from "../core/tab-store";

const PREFIX = "form.";
const SECRET = ["password", "hidden", "submit", "button", "file"];

const shelf = (name) => `${PREFIX}${user.peek()?.id ?? "guest"}.${name}`;

const fields = (form) =>
  [...form.elements].filter(
    ({ name, type, autocomplete }) => name && !SECRET.includes(type) && autocomplete !== "one-time-code",
  );

const said = (field) => (field.type === "checkbox" ? field.checked : field.value);

function initial(field) {
  if (field.type === "checkbox") return field.defaultChecked;
  if (field.options) return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value;
  return field.defaultValue;
}

function store(form, name) {
  const changed = fields(form)
    .filter((field) => said(field) !== initial(field))
    .map((field) => [field.name, said(field)]);
  writeTab(shelf(name), changed.length ? Object.fromEntries(changed) : null);
}

/** Keep a form under `name`: `{props, isRestored, forget}`, of which `props` go on the form. Without a name nothing is kept. */
export function useFormDraft(name) {
  const at = useRef();
  const isRestored = useSignal(false);
  useLayoutEffect(() => {
    const kept = name && at.current && readTab(shelf(name));
    if (!kept) return;
    for (const field of fields(at.current)) {
      if (!(field.name in kept) || said(field) === kept[field.name]) continue;
      if (field.type === "checkbox") field.checked = kept[field.name];
      else field.value = kept[field.name];
      isRestored.value = true;
    }
  }, [name]);
  return {
    props: name
      ? { ref: at, onInput: (event) => store(event.currentTarget, name), onChange: (event) => store(event.currentTarget, name) }
      : {},
    isRestored: isRestored.value,
    forget: () => {
      isRestored.value = false;
      if (name) writeTab(shelf(name), null);
    },
  };
}

/** Delete all drafts when another user signs in, or nobody is signed in: a shared computer stores nothing of them. */
export function startFormDrafts() {
  let current = user.peek()?.id ?? null;
  effect(() => {
    const now = user.value?.id ?? null;
    if (now === current) return;
    current = now;
    forgetTab(PREFIX);
  });
}
