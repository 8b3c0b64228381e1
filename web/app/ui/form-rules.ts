// @ts-nocheck
/** The page's own rules for forms, read from the attributes of their fields: what they refuse needs no server. */

import { ApiError } from "../core/http";

const server = document.documentElement.dataset;

/** "open", "invited" or "closed": who may register here. */
export const registration = server.registration;

/** True if emails are verified here, which takes mail. */
export const verifies = server.mail === "on";

/** True if rooms are only for users with a verified email. */
export const verifiedOnly = server.verified === "required";

/** A hint for the field of an email: the domains that may register, if not all may. */
export const domains = server.domains && `An address of ${server.domains.replaceAll(" ", " or ")}.`;

const figure = new Intl.NumberFormat("en");

/** The bad fields of a form, as the server would refuse them, or null. */
export function formError(form) {
  const errors = [...form.elements]
    .filter((field) => field.name && field.type !== "hidden" && !field.hidden && !field.disabled)
    .map((field) => ({ field: field.name, message: fieldError(field) }))
    .filter(({ message }) => message);
  return errors.length ? new ApiError({ code: "invalid_input", errors }) : null;
}

/** The fault of a field, as the rest of a sentence; "" for none. */
export function fieldError(field) {
  if (field.type === "number") return wrongNumber(field);
  const { value, type, required, minLength = -1, dataset = {} } = field;
  const longest = Number(dataset.longest ?? Infinity);
  const said = type === "password" ? value : value.trim();
  const length = [...said.normalize("NFC")].length;
  if (required && !length) return "must not be empty";
  if (!length || type === "select-one" || type === "checkbox") return "";
  if (type === "email" && !/^[^\s@]+@[^\s@]+$/.test(said)) return "must be an email address, such as ada@example.org";
  if (length < minLength) return `must have at least ${figure.format(minLength)} characters`;
  return length > longest ? `must have at most ${figure.format(longest)} characters` : "";
}

// A field for numbers hands out "" where something else was typed: only its `validity` knows.
function wrongNumber({ value, validity, required, min, max }) {
  if (!value && !validity?.badInput) return required ? "must not be empty" : "";
  const number = Number(value);
  const isRight = !validity?.badInput && Number.isInteger(number) && number >= Number(min) && number <= Number(max);
  return isRight ? "" : `must be a whole number from ${figure.format(Number(min))} to ${figure.format(Number(max))}`;
}
