// @ts-nocheck
/** Forms: fields, state, submit button. */

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { sentence } from "../core/error-text";
import { toApiError } from "../core/http";
import { useFormDraft } from "./form-drafts";
import { formError } from "./form-rules";

/**
 * A label with its input, what helps to fill it in, and its error; `called` is its name in a sentence. `maxlength`
 * is a rule of the form (form-rules.ts): as an attribute the browser would cut what is pasted without a word.
 */
export function Field({ label, called = label, name, hint, problem, maxlength, as: Input = "input", children, ...rest }) {
  const id = useId();
  const error = problem?.of(name);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <Input
        id={id}
        name={name}
        aria-describedby={described}
        aria-invalid={error ? "true" : null}
        data-longest={maxlength}
        {...rest}
      >
        {children}
      </Input>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {sentence(called, error)}
        </p>
      )}
    </div>
  );
}

/**
 * State of a form: `submit` sends its fields, `problem` is the last error. With a `name`, what was typed is kept while one is
 * elsewhere: `formProps` go on the form, `restored` says that it is there again. `send` returns false where it has to ask first.
 */
export function useForm(send, name = null) {
  const keeping = useFormDraft(name);
  const busy = useSignal(false);
  const problem = useSignal(null);
  const submit = async (event) => {
    event.preventDefault();
    if (busy.value) return;
    const form = event.currentTarget;
    busy.value = true;
    problem.value = null;
    try {
      const refused = formError(form);
      if (refused) throw refused;
      if ((await send(Object.fromEntries(new FormData(form)), form)) !== false) keeping.forget();
    } catch (refused) {
      problem.value = toApiError(refused);
      requestAnimationFrame(() => form.querySelector("[aria-invalid=true], [role=alert]")?.focus());
    } finally {
      busy.value = false;
    }
  };
  const restored = keeping.isRestored && (
    <p class="hint" role="status">
      What you typed before is here again.
    </p>
  );
  return { busy: busy.value, problem: problem.value, submit, formProps: keeping.props, restored };
}

export function Submit({ busy, children, busyLabel = "One moment …", class: kind = "" }) {
  return (
    <button type="submit" class={`button ${kind}`} aria-disabled={busy ? "true" : null}>
      {busy ? busyLabel : children}
    </button>
  );
}
