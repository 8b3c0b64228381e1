/** Errors in plain words of the reader's language, by the codes of the server. */

import { choiceOf, listOf } from "./format";
import type { ErrorCode } from "./types";
import { type Key, lookup, t } from "./words";

/** Values in the sentence of a field error, such as `{min: 1, max: 80}`. */
export type FieldParams = Readonly<Record<string, string | number | readonly string[]>>;

/**
 * An invalid field of a form or of an event. `code` and `params` are for sentences in the reader's language; without them, or
 * with an unknown code, `message` is shown: English, which completes a sentence that begins with the name of the field.
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
type Untranslated = Exclude<`error.${Exclude<ErrorCode, "invalid_input">}`, Key>;
const _everyCodeHasText: Untranslated extends never ? true : Untranslated = true;
void _everyCodeHasText;

/** Codes of English messages without a code, as older servers and acks have them. */
const CODES_OF_MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/^is required$/, "required"],
  [/^must not be empty$/, "empty"],
  [/^must not contain the character U\+/, "bad_character"],
  [/^must not have so many marks/, "too_many_marks"],
  [/surrogate|unicode/i, "bad_unicode"],
  [/^must start with https/, "bad_link"],
  [/^must be (text|true or false|a UUID|a JSON object)|^is not of the expected type/i, "wrong_type"],
];
/** Messages for programmers. */
const RAW = /[`{}<>$]|\bexpected\b|\bobject\b|\barray\b|\bnull\b|\binteger\b/i;
const IS_SENTENCE = /^\p{Lu}/u;

/** Name of a field, as the beginning of a sentence. */
const fieldName = (field: string): string => lookup(`field.${field}`) ?? t("field.other");

/**
 * A sentence with the name of a field and its error.
 *
 * @param error the error. A message that begins with a capital is a sentence of its own.
 * @param name name of the field in the form, as the beginning of a sentence.
 */
export function fieldErrorText(error: FieldError, name: string = fieldName(error.field)): string {
  const { code = "", message, params = {} } = error;
  const byCode = ruleText(code, name, params);
  if (byCode) return byCode;
  if (IS_SENTENCE.test(message)) return ended(message);
  const known = CODES_OF_MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? (RAW.test(message) ? "wrong_type" : "");
  return ruleText(known, name, {}) ?? ended(`${name} ${message}`);
}

const ended = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);

function ruleText(code: string, field: string, params: FieldParams): string | null {
  const values: Record<string, string | number> = { field };
  for (const [name, value] of Object.entries(params)) {
    values[name] = typeof value === "object" ? (name === "scripts" ? listOf(value) : choiceOf(value)) : value;
  }
  return lookup(`rule.${code}`, { count: values.max ?? values.min ?? 0, ...values });
}

/** The `errors` of an answer, or those that an ack has only in its message. */
export function fieldErrors({ code, message = "", errors = [] }: ErrorFields): readonly FieldError[] {
  if (code !== "invalid_input" || errors.length) return errors;
  return message.split("; ").map((part) => {
    const [, field = "", wrong = part] = /^(\w+): (.*)$/.exec(part) ?? [];
    return { field, message: wrong };
  });
}

/** The sentences for an error. */
export function errorText({ code, message = "", errors = [] }: ErrorFields): string {
  if (code === "invalid_input") return errors.map((error) => fieldErrorText(error)).join(" ");
  return lookup(`error.${code}`) ?? message;
}
