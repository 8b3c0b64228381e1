/** Errors in plain words of the reader's language, by the codes of the server. */

import { choiceOf } from "./format";
import type { ErrorCode, FieldErrorCode } from "./types";
import { type Key, lookup, t } from "./words";

/** Values in the sentence of a field error, such as `{min: 1, max: 80}`. */
export type FieldParams = Readonly<Record<string, string | number | readonly string[]>>;

/**
 * An invalid field of a form or of an event. The sentence is that of `code` with `params`. Without a code, `message` is a
 * sentence of the page. With an unknown code, of a newer server, it is English, and completes one that begins with the field.
 */
export interface FieldError {
  readonly field: string;
  readonly message: string;
  readonly code?: string;
  readonly params?: FieldParams;
}

/** An error of the API, of an ack or of the page. */
export interface ErrorFields {
  readonly code: string;
  readonly message?: string;
  readonly errors?: readonly FieldError[];
}

// each code of the server has a text: tsc reports a missing one
type Untranslated = Exclude<`error.${Exclude<ErrorCode, "invalid_input">}` | `rule.${FieldErrorCode}`, Key>;
const _everyCodeHasText: Untranslated extends never ? true : Untranslated = true;
void _everyCodeHasText;

/** Name of a field, as the beginning of a sentence. */
const fieldName = (field: string): string => lookup(`field.${field}`) ?? t("field.other");

/**
 * A sentence with the name of a field and its error.
 *
 * @param error the error.
 * @param name name of the field in the form, as the beginning of a sentence.
 */
export function fieldErrorText({ field, message, code, params = {} }: FieldError, name: string = fieldName(field)): string {
  if (!code) return ended(message);
  return ruleText(code, name, params) ?? ended(`${name} ${message}`);
}

const ended = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);

function ruleText(code: string, field: string, params: FieldParams): string | null {
  const values: Record<string, string | number> = { field };
  for (const [name, value] of Object.entries(params)) {
    values[name] = typeof value === "object" ? choiceOf(value) : value;
  }
  return lookup(`rule.${code}`, { count: values.max ?? values.min ?? 0, ...values });
}

/** The sentences for an error. */
export function errorText({ code, message = "", errors = [] }: ErrorFields): string {
  if (code === "invalid_input" && errors.length) return errors.map((error) => fieldErrorText(error)).join(" ");
  return lookup(`error.${code}`) ?? message;
}
