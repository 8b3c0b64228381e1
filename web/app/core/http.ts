import { placed } from "./base";
import { fieldErrors, told } from "./error-text";

/** The field that a code is about. */
const FIELD_OF = {
  capacity_too_small: "capacity",
  email_taken: "email",
  wrong_code: "code",
  wrong_password: "currentPassword",
};

/** A refusal, or a failure to reach the server: with a stable `code` and words for people in `message`. */
export class ApiError extends Error {
  constructor({ code, message, status = 0, errors = [], retryAfter = 0 }) {
    const refused = fieldErrors({ code, message, errors });
    super(told({ code, message, errors: refused }));
    Object.assign(this, { code, status, errors: refused, retryAfter });
  }

  /** The words about one field of a form, or null: the rest of a sentence, or a whole one. */
  of(field) {
    const found = this.errors.find((error) => error.field === field);
    return found ? found.message : FIELD_OF[this.code] === field ? this.message : null;
  }
}

/** Words for people in place of an error of the browser or of this page. */
export function toApiError(error) {
  if (error instanceof ApiError) return error;
  console.error(error);
  return new ApiError({
    code: "page_failed",
    message: "Something went wrong in this page. Load it again, then try once more.",
  });
}

const PATIENCE = 15_000;
const PATIENCE_WITH_FILES = 600_000;

/** Ask the server, for `within` milliseconds. Returns its `data`, or the whole answer of the three routes that have none, or a `file` as a Blob. */
export async function call(path, { method = "GET", body, token, file = false, within } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  let response, answer;
  try {
    const signal = AbortSignal.timeout(within ?? (file ? PATIENCE_WITH_FILES : PATIENCE));
    response = await fetch(placed(path), { method, headers, body: body && JSON.stringify(body), signal, cache: "no-store" });
    if (file && response.ok) return await response.blob();
    answer = await response.json();
  } catch {
    throw new ApiError({
      code: "unreachable",
      status: response?.status,
      message: "The server cannot be reached. Check your connection, then try again.",
    });
  }
  if (!response.ok) throw new ApiError({ status: response.status, ...answer });
  return "data" in answer ? answer.data : answer;
}
