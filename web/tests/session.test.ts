import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ApiError } from "../app/core/http";
import {
  accessToken,
  lock,
  locked,
  renew,
  signIn,
  signOut,
  signOutLocally,
  signUp,
  startSession,
  updateUser,
  usableToken,
  user,
} from "../app/core/session";
import type { Me } from "../app/core/types";
import { clock, local, settled } from "./support/browser";

const KEY = "studyhall.session";
const LIFETIME = 900_000;

interface Request {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}
type Answer = { readonly status: number; readonly body: object };

/** A server that answers all requests in order, with the given answers or else by issuing a token. */
const server = {
  requests: [] as Request[],
  answers: [] as Answer[],
  issued: 0,
  get paths(): string[] {
    return this.requests.map(({ path }) => path);
  },
};
let reloads = 0;

const me = (id = "ada"): Me => ({ id, name: id, email: `${id}@example.org` }) as Me;

function token(number: number): string {
  const iat = Math.floor(Date.now() / 1000);
  return `h${number}.${btoa(JSON.stringify({ iat, exp: iat + LIFETIME / 1000 }))}.s`;
}

function stored(number: number, id = "ada", age = 0) {
  const freshUntil = Date.now() + LIFETIME - age;
  return { token: token(number), refreshToken: `refresh.${number}`, user: me(id), lifetime: LIFETIME, freshUntil };
}

Object.assign(location, { reload: () => reloads++ });
Object.assign(globalThis, {
  fetch: async (path: string, { body }: { body?: string | null }) => {
    server.requests.push({ path, body: JSON.parse(body ?? "{}") });
    const number = ++server.issued;
    const issued = { status: 200, body: { token: token(number), refreshToken: `refresh.${number}`, user: me() } };
    const answer = server.answers.shift() ?? issued;
    return { ok: answer.status < 400, status: answer.status, json: async () => answer.body };
  },
});

/** Another tab stores a session, or signs out. */
function storeElsewhere(value: object | null): void {
  if (value) local.setItem(KEY, JSON.stringify(value));
  else local.removeItem(KEY);
  dispatchEvent(Object.assign(new Event("storage"), { key: KEY }));
}

const signedIn = () => signIn({ email: "ada@example.org", password: "correct horse" });

let isStarted = false;
beforeEach(async () => {
  if (!isStarted) startSession();
  isStarted = true;
  signOutLocally();
  await settled();
  local.clear();
  Object.assign(server, { requests: [], answers: [] });
  reloads = 0;
});

test("signing in stores the session for the next visit", async () => {
  await signedIn();
  assert.equal(user.value?.id, "ada");
  assert.equal(JSON.parse(local.getItem(KEY) ?? "null").refreshToken, `refresh.${server.issued}`);
  assert.deepEqual(server.paths, ["/api/auth/login"]);
});

const registration = { firstName: "Ada", email: "ada@example.org", password: "correct horse" };

test("signing up sends the time zone of the browser", async () => {
  await signUp(registration);
  assert.equal(user.value?.id, "ada");
  assert.equal(server.requests[0]?.body.timeZone, Intl.DateTimeFormat().resolvedOptions().timeZone);
});

test("signing up with a zone that the server does not know goes on without", async () => {
  const errors = [{ field: "timeZone", code: "unknown_time_zone", message: "must be a time zone", params: {} }];
  server.answers.push({ status: 422, body: { code: "invalid_input", errors } });
  await signUp(registration);
  assert.equal(user.value?.id, "ada");
  assert.deepEqual(
    server.requests.map(({ body }) => "timeZone" in body),
    [true, false],
  );
});

test("signing up with another invalid field is not sent again", async () => {
  const errors = [{ field: "email", code: "bad_email", message: "must be an email address", params: {} }];
  server.answers.push({ status: 422, body: { code: "invalid_input", errors } });
  await assert.rejects(signUp(registration), { code: "invalid_input" });
  assert.equal(server.requests.length, 1);
});

test("a usable token needs no request", async () => {
  await signedIn();
  assert.equal(await usableToken(), accessToken.value);
  assert.equal(server.requests.length, 1);
});

test("guests have no usable token", async () => {
  await assert.rejects(usableToken(), { code: "signed_out" });
});

test("a token is renewed before its end, without a request of the page", async () => {
  await signedIn();
  const first = accessToken.value;
  await clock.pass(LIFETIME - 61_000);
  assert.equal(accessToken.value, first);
  await clock.pass(2_000);
  assert.deepEqual(server.paths, ["/api/auth/login", "/api/auth/refresh"]);
  assert.notEqual(accessToken.value, first);
});

test("requests at the same time renew a token once", async () => {
  await signedIn();
  const stale = accessToken.value;
  await Promise.all([renew(stale), renew(stale), renew(stale)]);
  assert.deepEqual(server.paths, ["/api/auth/login", "/api/auth/refresh"]);
});

test("a token that another tab renewed is adopted without a request", async () => {
  await signedIn();
  const stale = accessToken.value;
  local.setItem(KEY, JSON.stringify(stored(71, "ada", -1_000)));
  await renew(stale);
  assert.equal(accessToken.value, JSON.parse(local.getItem(KEY) ?? "null").token);
  assert.deepEqual(server.paths, ["/api/auth/login"]);
});

test("a session of another tab is adopted at once", async () => {
  await signedIn();
  const next = stored(72);
  storeElsewhere(next);
  assert.equal(accessToken.value, next.token);
});

test("signing out in another tab signs this one out, and requests that wait fail", async () => {
  await signedIn();
  lock();
  const waiting = usableToken();
  storeElsewhere(null);
  await assert.rejects(waiting, { code: "signed_out" });
  assert.equal(user.value, null);
  assert.equal(locked.value, false);
});

test("another user in another tab loads the page again", async () => {
  await signedIn();
  storeElsewhere(stored(73, "ben"));
  assert.equal(reloads, 1);
  assert.equal(user.value?.id, "ada");
});

test("a refresh token that is revoked asks for the password, and requests wait for it", async () => {
  await signedIn();
  server.answers.push({ status: 401, body: { code: "invalid_refresh_token", message: "" } });
  await renew(accessToken.value);
  assert.equal(locked.value, true);
  const waiting = usableToken();
  await signedIn();
  assert.equal(locked.value, false);
  assert.equal(await waiting, accessToken.value);
});

test("a renewal that fails is tried again while the token lasts", async () => {
  await signedIn();
  const first = accessToken.value;
  server.answers.push({ status: 503, body: { code: "storage_unavailable", message: "" } });
  await clock.pass(LIFETIME - 59_000);
  assert.ok(server.paths.filter((path) => path.endsWith("/refresh")).length >= 2);
  assert.notEqual(accessToken.value, first);
  assert.equal(locked.value, false);
});

test("requests use a token that still lasts if its renewal fails", async () => {
  await signedIn();
  const first = accessToken.value;
  clock.now += LIFETIME - 30_000;
  server.answers.push({ status: 503, body: { code: "storage_unavailable", message: "" } });
  assert.equal(await usableToken(), first);
});

test("requests fail with the error of a renewal if the token is over", async () => {
  await signedIn();
  clock.now += LIFETIME + 1;
  server.answers.push({ status: 503, body: { code: "storage_unavailable", message: "" } });
  await assert.rejects(usableToken(), { code: "storage_unavailable" });
});

test("signing out ends the session on the server without its token, and removes text of the user", async () => {
  await signedIn();
  local.setItem("studyhall.draft.ada.room.tab", JSON.stringify({ text: "half a thought" }));
  local.setItem("studyhall.draft.ben.room.tab", JSON.stringify({ text: "of another user" }));
  await signOut();
  assert.deepEqual(server.paths, ["/api/auth/login", "/api/auth/sign-out"]);
  assert.doesNotMatch(JSON.stringify(server.requests.at(-1)?.body), /refresh\.\d+"/);
  assert.deepEqual(Object.keys(JSON.parse(local.getItem("studyhall.draft.ben.room.tab") ?? "{}")), ["text"]);
  assert.equal(local.length, 1);
});

test("a sign-out without a connection is sent later", async () => {
  await signedIn();
  server.answers.push({ status: 503, body: { code: "storage_unavailable", message: "" } });
  await signOut();
  assert.equal(local.length, 1);
  await clock.pass(15_000);
  assert.equal(local.length, 0);
});

test("a changed profile is stored with the session", async () => {
  await signedIn();
  updateUser({ ...me(), name: "Ada Okafor" });
  assert.equal(JSON.parse(local.getItem(KEY) ?? "null").user.name, "Ada Okafor");
});

test("a stored value that is no session is none", () => {
  storeElsewhere({ token: "t", user: me() });
  assert.equal(user.value, null);
  storeElsewhere(stored(74));
  assert.equal(user.value?.id, "ada");
  assert.ok(new ApiError({ code: "signed_out" }) instanceof Error);
});
