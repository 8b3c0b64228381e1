/** Requests to the server, and their errors. */

import { withBase } from "./base";
import { errorText, type FieldError } from "./error-text";
import type { Timer } from "./types";

/** The field that a code is about. */
const FIELD_OF_CODE: Readonly<Record<string, string>> = {
  capacity_too_small: "capacity",
  email_taken: "email",
  wrong_code: "code",
  wrong_password: "currentPassword",
};

const TIMEOUT = 15_000;
const TIMEOUT_OF_FILES = 600_000;
/** Characters of a body that is sent with `keepalive`: browsers allow 64 KiB for all such requests together. */
const MAX_KEPT_ALIVE = 8_000;

/** Fields of an error as the API has them; errors of the page have a `code` only. */
export interface ApiErrorFields {
  readonly code: string;
  readonly message?: string;
  /** HTTP status; 0 for errors that are not of HTTP. */
  readonly status?: number | undefined;
  readonly errors?: readonly FieldError[];
  /** Seconds until a retry makes sense; 0 if unknown. */
  readonly retryAfter?: number;
  /** The current timer, if a change was meant for an earlier state of it. */
  readonly timer?: Timer;
}

/** A rejection by the server, or a failure to reach it. `message` is a sentence in the reader's language. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly status: number;
  readonly errors: readonly FieldError[];
  readonly retryAfter: number;
  readonly timer: Timer | null;

  constructor({ code, message = "", status = 0, errors = [], retryAfter = 0, timer }: ApiErrorFields) {
    super(errorText({ code, message, errors }));
    this.code = code;
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
    this.timer = timer ?? null;
  }

  /** The error of one field of a form, or null. */
  of(field: string): FieldError | null {
    const found = this.errors.find((error) => error.field === field);
    return found ?? (FIELD_OF_CODE[this.code] === field ? { field, message: this.message } : null);
  }
}

/** An `ApiError` as it is; for an error of the browser or of the page, another one in plain words. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  console.error(error);
  return new ApiError({ code: "page_failed" });
}

/** Options of a request. */
export interface CallOptions {
  readonly method?: string | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly token?: string | undefined | null;
  /** True to return the response as a Blob. */
  readonly file?: boolean;
  /** Milliseconds until the answer. */
  readonly timeout?: number;
}

/**
 * Call a route. Returns the `data` of its answer, or the whole answer of a route that has none.
 *
 * @throws ApiError if the server rejects the request, or cannot be reached.
 */
export async function call<T>(
  path: string,
  { method = "GET", body, token, file = false, timeout }: CallOptions = {},
): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  let response: Response | undefined;
  let answer: object;
  try {
    const signal = AbortSignal.timeout(timeout ?? (file ? TIMEOUT_OF_FILES : TIMEOUT));
    const json = body === undefined ? null : JSON.stringify(body);
    // a change that was just made is sent even if its page is closed or reloaded at once
    const keepalive = method !== "GET" && (json?.length ?? 0) <= MAX_KEPT_ALIVE;
    response = await fetch(withBase(path), { method, headers, body: json, signal, cache: "no-store", keepalive });
    if (file && response.ok) return (await response.blob()) as T;
    answer = (await response.json()) as object;
  } catch {
    throw new ApiError({ code: "unreachable", status: response?.status });
  }
  if (!response.ok) throw new ApiError({ status: response.status, ...(answer as ApiErrorFields) });
  return ("data" in answer ? answer.data : answer) as T;
}
