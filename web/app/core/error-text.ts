/** Failures in plain words, in place of those that the server has for programs. */

const MISUNDERSTOOD = "The page and the server do not understand each other. Load the page again.";
const OF_CODES = {
  bad_request: MISUNDERSTOOD,
  internal_error: "Something went wrong on the server. Try again; if it goes on, tell the person who runs it.",
  invalid_json: MISUNDERSTOOD,
  last_admin: "There would be no admin left. Another person has to become one first.",
  not_present: "You are not in the room just now. Wait a moment, then try again.",
  not_signed_in: "Your sign-in has ended. Sign in again.",
  payload_too_large: "This is too long to be sent.",
  route_not_found: MISUNDERSTOOD,
  stalled_body: "Your connection is too slow just now. Try again.",
  storage_unavailable: "The server cannot reach its data just now. Try again in a moment.",
  too_many_invites: "There are as many invitations as there may be. Revoke one first.",
  unknown_event: MISUNDERSTOOD,
  unsupported_media_type: MISUNDERSTOOD,
};

const OF_RULES = [
  [/^must not contain the character U\+/, "has a character in it that cannot be used"],
  [/^must not have so many marks/, "has too many marks above one letter"],
  [/surrogate|unicode/i, "has a character in it that is broken"],
  [/^must start with https/, "must be an address that starts with https://"],
  [/^must be (text|true or false|a UUID|a JSON object)|^is not of the expected type/i, "is not right"],
];
const RAW = /[`{}<>$]|\bexpected\b|\bobject\b|\barray\b|\bnull\b|\binteger\b/i;

const NAMES = {
  clientMessageId: "The message",
  content: "Your message",
  roomId: "The room",
  token: "The link",
  currentPassword: "Your password",
  userId: "The person",
  seconds: "The time",
  uses: "The number of people",
  expiresIn: "The time",
  retentionDays: "The number of days",
  capacity: "The member limit",
  ownerId: "The new owner",
  bio: "What you say about yourself",
};

/** The fault of a field, as the rest of a sentence that begins with the field's name. */
export function plain(message) {
  const [, words] = OF_RULES.find(([pattern]) => pattern.test(message)) ?? [];
  return words ?? (RAW.test(message) ? "is not right" : message);
}

/** A whole sentence of a field's name and what is wrong with it; `wrong` may be a sentence of its own already. */
export function sentence(name, wrong) {
  const words = /^\p{Lu}/u.test(wrong) ? wrong : `${name} ${plain(wrong)}`;
  return `${words}${/[.!?]$/.test(words) ? "" : "."}`;
}

const named = (field) => NAMES[field] ?? (field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) || "This");
const capital = (words) => words[0].toUpperCase() + words.slice(1);

/** The `errors` of an answer, or those that an ack has only in its message. */
export function fieldErrors({ code, message = "", errors = [] }) {
  if (code !== "invalid_input" || errors.length) return errors;
  return message.split("; ").map((part) => {
    const [, field, wrong] = /^(\w+): (.*)$/.exec(part) ?? [null, "", part];
    return { field, message: wrong };
  });
}

/** The words for a failure. */
export function told({ code, message, errors }) {
  if (code !== "invalid_input") return OF_CODES[code] ?? message;
  return errors.map(({ field, message: wrong }) => sentence(capital(named(field)), wrong)).join(" ");
}
