import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText, fieldErrorText } from "../app/core/error-text";
import { ApiError, toApiError } from "../app/core/http";
import { setLanguage } from "../app/core/words";
import { en } from "../app/words/en";

test("an error of the server has the text of its code", () => {
  assert.equal(errorText({ code: "room_full", message: "The room has reached its capacity." }), "The room is full.");
});

test("an unknown code has the message of the server", () => {
  assert.equal(errorText({ code: "new_code", message: "A sentence of a newer server." }), "A sentence of a newer server.");
});

test("a field error has the sentence of its code with its values", () => {
  const error = { field: "name", code: "too_long", message: "must have at most 1,000 characters", params: { max: 1000 } };
  assert.equal(fieldErrorText(error, "Name"), "Name must have at most 1,000 characters.");
  assert.equal(fieldErrorText({ ...error, params: { max: 1 } }, "Name"), "Name must have at most 1 character.");
  assert.equal(fieldErrorText(error), "The name must have at most 1,000 characters.");
});

test("lists in a sentence are joined as the language does", () => {
  const domains = { field: "email", code: "email_domain_not_allowed", message: "", params: { domains: ["a.org", "b.org"] } };
  assert.equal(fieldErrorText(domains, "Email"), "Email must be an address of a.org or b.org.");
});

test("an unknown code of a field has the English message after the name", () => {
  const error = { field: "name", code: "new_rule", message: "must rhyme" };
  assert.equal(fieldErrorText(error, "Name"), "Name must rhyme.");
});

test("a message without a code is a sentence of the page", () => {
  assert.equal(fieldErrorText({ field: "sure", message: "Tick the box" }, "Sure"), "Tick the box.");
});

test("an error of several fields has one sentence for each", () => {
  const errors = [
    { field: "roomId", code: "bad_uuid", message: "must be a UUID", params: {} },
    { field: "content", code: "required", message: "is required", params: {} },
  ];
  const error = new ApiError({ code: "invalid_input", message: "roomId: must be a UUID; content: is required", errors });
  assert.equal(error.message, "The room is not right. Your message is required.");
  assert.equal(error.of("content")?.code, "required");
  assert.equal(error.of("name"), null);
});

test("errors for programmers become plain words", () => {
  const cases = [
    [{ code: "not_signed_in", message: "Sign in first: a valid bearer token is required." }, "Sign in again."],
    [{ code: "internal_error", message: "The server failed; see the request's id." }, "Something went wrong"],
    [{ code: "storage_unavailable", message: "The storage does not answer." }, "cannot reach its data"],
  ] as const;
  for (const [problem, expected] of cases) assert.ok(new ApiError(problem).message.includes(expected), expected);
});

test("a code that is about a field is the error of that field", () => {
  const error = new ApiError({ code: "email_taken", message: "", status: 409 });
  const field = error.of("email");
  assert.equal(field && fieldErrorText(field, "Email"), "An account with this email exists already.");
});

test("an error of the page has plain words, and goes to the console", () => {
  const { error: report } = console;
  const reported: unknown[] = [];
  console.error = (error: unknown) => reported.push(error);
  const cause = new TypeError("x is undefined");
  const error = toApiError(cause);
  console.error = report;
  assert.equal(error.code, "page_failed");
  assert.match(error.message, /Something went wrong in this page/);
  assert.deepEqual(reported, [cause]);
});

test("errors are in the language of the page", () => {
  setLanguage("de", { ...en, "error.room_full": "Der Raum ist voll." }, ["de-AT"]);
  assert.equal(errorText({ code: "room_full" }), "Der Raum ist voll.");
  setLanguage("en", en, ["en-GB"]);
});
