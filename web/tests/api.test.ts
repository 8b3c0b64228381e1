import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { auditLog, endedHere, invites, members, request, rooms } from "../app/core/api";
import { publishName } from "../app/core/names";
import { signIn, signOutLocally } from "../app/core/session";
import { settled } from "./support/browser";

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly token: string | null;
}

let sent: Sent[] = [];
/** Answers in order: a status with a body, or a promise of one. */
let answers: (readonly [number, object] | Promise<readonly [number, object]>)[] = [];
let issued = 0;

function session() {
  const payload = btoa(JSON.stringify({ iat: Date.now() / 1000, exp: Date.now() / 1000 + 900 }));
  return { token: `h${++issued}.${payload}.s`, refreshToken: `r.${issued}`, user: { id: "ada", name: "Ada", avatar: null } };
}

Object.assign(globalThis, {
  fetch: async (path: string, init: { method: string; body: string | null; headers: Record<string, string> }) => {
    const token = init.headers.Authorization?.split(".")[0]?.split(" ")[1] ?? null;
    sent.push({ method: init.method, path, body: JSON.parse(init.body ?? "null"), token });
    const [status, body] = (await answers.shift()) ?? [200, { data: {} }];
    return { ok: status < 400, status, json: async () => body };
  },
});

const paths = () => sent.map(({ method, path }) => `${method} ${path}`);

beforeEach(async () => {
  signOutLocally();
  await settled();
  answers = [[200, session()]];
  await signIn({ email: "ada@example.org", password: "correct horse" });
  sent = [];
});

test("a route is called with the values of its path and its query", async () => {
  await rooms.list({ search: "a&b", limit: 1 });
  await members.setRole("r/1", "u2", "moderator");
  await rooms.list({ search: "" });
  await auditLog("r");
  await auditLog("r", "7");
  assert.deepEqual(paths(), [
    "GET /api/study-rooms?search=a%26b&limit=1",
    "PUT /api/study-rooms/r%2F1/members/u2",
    "GET /api/study-rooms",
    "GET /api/study-rooms/r/audit-log",
    "GET /api/study-rooms/r/audit-log?before=7",
  ]);
  assert.deepEqual(sent[1]?.body, { role: "moderator" });
  assert.equal(sent[0]?.body, null);
});

test("a token that the server rejects is renewed once, and the request is sent again", async () => {
  const renewed = session();
  answers = [
    [401, { code: "not_signed_in", message: "" }],
    [200, renewed],
    [200, { data: [] }],
  ];
  assert.deepEqual(await request("GET /api/auth/sessions"), []);
  assert.deepEqual(paths(), ["GET /api/auth/sessions", "POST /api/auth/refresh", "GET /api/auth/sessions"]);
  assert.equal(sent[2]?.token, renewed.token.split(".")[0]);
});

test("an answer has the names that were published before it arrived", async () => {
  let arrive: (answer: readonly [number, object]) => void = () => {};
  answers = [new Promise((resolve) => (arrive = resolve))];
  const answer = rooms.presence("r");
  await settled();
  publishName({ id: "ben", name: "Benjamin", avatar: null });
  arrive([200, { data: [{ userId: "ben", name: "Ben", avatar: null }] }]);
  assert.deepEqual(await answer, [{ userId: "ben", name: "Benjamin", avatar: null }]);
});

test("an answer for a user who signed out meanwhile is none", async () => {
  let arrive: (answer: readonly [number, object]) => void = () => {};
  answers = [new Promise((resolve) => (arrive = resolve))];
  const answer = rooms.presence("r");
  await settled();
  signOutLocally();
  arrive([200, { data: [] }]);
  await assert.rejects(answer, { code: "signed_out" });
});

test("guests look up an invitation without a token", async () => {
  signOutLocally();
  await invites.lookup("code");
  assert.deepEqual([paths(), sent[0]?.token], [["POST /api/invites/lookup"], null]);
});

test("a room that the page left is known, unless leaving failed", async () => {
  await rooms.leave("left");
  answers = [[409, { code: "owner_cannot_leave", message: "" }]];
  await assert.rejects(rooms.leave("owned"), { code: "owner_cannot_leave" });
  assert.deepEqual([...endedHere], ["left"]);
  answers = [[200, { data: { id: "left" } }]];
  await rooms.join("left");
  assert.deepEqual([...endedHere], []);
});

test("a server that is not reached has a text of the page", async () => {
  answers = [Promise.reject(new TypeError("Failed to fetch"))];
  await assert.rejects(rooms.list(), {
    code: "unreachable",
    message: "The server cannot be reached. Check your connection, then try again.",
  });
});
