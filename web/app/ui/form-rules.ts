/** Rules of forms, read from the attributes of their fields: invalid fields need no request. Codes are those of the server. */

import type { FieldError } from "../core/error-text";
import { choiceOf } from "../core/format";
import { ApiError } from "../core/http";
import { allowedDomains } from "../core/server-rules";
import { t } from "../core/words";

export { registration, verifiedOnly, verifies } from "../core/server-rules";

export type Input = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** The parts of a field that its rules need. */
export interface RuledField {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly required: boolean;
  readonly minLength?: number;
  readonly min?: string;
  readonly max?: string;
  readonly validity?: { readonly badInput: boolean };
  readonly dataset?: Readonly<Record<string, string | undefined>>;
}

export const isInput = (element: Element): element is Input =>
  element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;

/** A hint for the field of an email: the domains that may register; "" for all. */
export const domainsHint = (): string =>
  allowedDomains.length ? t("ui.allowedDomains", { domains: choiceOf(allowedDomains) }) : "";

/** The error of a form with all its invalid fields, as the server would return it, or null. */
export function formError(form: HTMLFormElement): ApiError | null {
  const errors = [...form.elements]
    .filter(isInput)
    .filter(({ name, type, hidden, disabled }) => name && type !== "hidden" && !hidden && !disabled)
    .flatMap((field) => fieldError(field) ?? []);
  return errors.length ? new ApiError({ code: "invalid_input", errors }) : null;
}

/** The error of a field, or null. */
export function fieldError(field: RuledField): FieldError | null {
  const invalid = field.type === "number" ? numberError(field) : textError(field);
  return invalid && { field: field.name, message: "", ...invalid };
}

type Invalid = Pick<FieldError, "code" | "params">;

function textError({ type, value, required, minLength = -1, dataset = {} }: RuledField): Invalid | null {
  const max = Number(dataset.maxlength ?? dataset.longest ?? Infinity);
  const text = type === "password" ? value : value.trim();
  const length = [...text.normalize("NFC")].length;
  if (required && !length) return { code: "empty" };
  if (!length || type === "select-one" || type === "checkbox") return null;
  if (type === "email" && !/^[^\s@]+@[^\s@]+$/.test(text)) return { code: "bad_email" };
  if (length < minLength) return { code: "too_short", params: { min: minLength } };
  return length > max ? { code: "too_long", params: { max } } : null;
}

// a field for numbers has the value "" if something else was typed: only its `validity` differs
function numberError({ value, validity, required, min, max }: RuledField): Invalid | null {
  if (!value && !validity?.badInput) return required ? { code: "empty" } : null;
  const number = Number(value);
  const isValid = !validity?.badInput && Number.isInteger(number) && number >= Number(min) && number <= Number(max);
  return isValid ? null : { code: "not_an_integer", params: { min: Number(min), max: Number(max) } };
}
