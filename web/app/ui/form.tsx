/** Forms: fields, state, submit button. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import { fieldErrorText } from "../core/error-text";
import { type ApiError, toApiError } from "../core/http";
import { t } from "../core/words";
import { useFormDraft } from "./form-drafts";
import { formError } from "./form-rules";

interface FieldProps {
  label: string;
  /** Name of the field in a sentence about its error. */
  called?: string;
  name: string;
  hint?: ComponentChildren;
  problem?: ApiError | null;
  /** A rule of the form (form-rules.ts). As an attribute, the browser would cut pasted text silently. */
  maxlength?: number | string;
  as?: "input" | "textarea" | "select";
  children?: ComponentChildren;
  [attribute: string]: unknown;
}

/** A label with its input, a hint and the error of the input. Other props are attributes of the input. */
export function Field({
  label,
  called = label,
  name,
  hint,
  problem,
  maxlength,
  as: Input = "input",
  children,
  ...rest
}: FieldProps) {
  const id = useId();
  const error = problem?.of(name);
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <Input
        id={id}
        name={name}
        aria-describedby={described}
        aria-invalid={error ? "true" : undefined}
        data-maxlength={maxlength}
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
          {fieldErrorText(error, called)}
        </p>
      )}
    </div>
  );
}

/** State of a form, as `useForm` returns it. */
export interface FormState {
  busy: boolean;
  problem: ApiError | null;
  submit: (event: SubmitEvent) => Promise<void>;
  /** Props of the form that store its draft. */
  formProps: ReturnType<typeof useFormDraft>["props"];
  /** The notice that a draft was restored. */
  restored: JSX.Element | null;
}

/**
 * State of a form.
 *
 * @param send receives the values of all fields by name. It returns false if it asks before it sends anything.
 * @param draft name under which a half-filled form is stored (form-drafts.ts), null to store nothing.
 */
export function useForm<Name extends string = string>(
  send: (values: Record<Name, string>, form: HTMLFormElement) => Promise<unknown>,
  draft: string | null = null,
): FormState {
  const stored = useFormDraft(draft);
  const busy = useSignal(false);
  const problem = useSignal<ApiError | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (busy.value || !(form instanceof HTMLFormElement)) return;
    busy.value = true;
    problem.value = null;
    try {
      const invalid = formError(form);
      if (invalid) throw invalid;
      if ((await send(valuesOf<Name>(form), form)) !== false) stored.remove();
    } catch (error) {
      problem.value = toApiError(error);
      requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid=true], [role=alert]")?.focus());
    } finally {
      busy.value = false;
    }
  };
  const restored = stored.isRestored ? (
    <p class="hint" role="status">
      {t("ui.restored")}
    </p>
  ) : null;
  return { busy: busy.value, problem: problem.value, submit, formProps: stored.props, restored };
}

/** Values by name; the form has a field for each `Name`. Unchecked boxes have no value. */
const valuesOf = <Name extends string>(form: HTMLFormElement) => Object.fromEntries(new FormData(form)) as Record<Name, string>;

interface SubmitProps {
  busy: boolean;
  busyLabel?: string;
  class?: string;
  children: ComponentChildren;
}

export const Submit = ({ busy, busyLabel = t("ui.oneMoment"), class: kind = "", children }: SubmitProps) => (
  <button type="submit" class={`button ${kind}`} aria-disabled={busy ? "true" : undefined}>
    {busy ? busyLabel : children}
  </button>
);
