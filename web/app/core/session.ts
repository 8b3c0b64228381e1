/** Who is signed in here. All tabs of a browser share one sign-in; one of them renews its token for all. */

import { computed, signal } from "@preact/signals";
import { call, ApiError } from "./http";
import { forget, onChange, read, write } from "./local-store";
import { update } from "./shared-store";
import { endAll } from "./sign-outs";
import { alone } from "./tab-lock";

const session = signal(whole(read("session")));

export const user = computed(() => session.value?.user ?? null);

/** The newest access token of this sign-in, whichever tab got it; null for nobody. */
export const accessToken = computed(() => session.value?.token ?? null);

/** The sign-in ran out: the password is asked for over the page, and what was under way waits for it. */
export const locked = signal(false);

/** Milliseconds for the answer of a renewal: a second and a third attempt are to come within 30 seconds. */
const RENEWED_WITHIN = 7_000;

const waiting = new Set();

export async function signUp(form) {
  adopt(await call("/api/auth/register", { method: "POST", body: form, token: accessToken.peek() }));
}

/** `code` is for those who have a second factor. */
export async function signIn({ email, password, code }) {
  // the sign-in that ran out here ends with the new one, if it is good for anything still
  const body = { email, password, code: code || undefined };
  adopt(await call("/api/auth/login", { method: "POST", body, token: accessToken.peek() }));
}

export async function signOut() {
  const left = signOutLocally();
  if (left) write(`ending.${Date.now()}`, left.refreshToken);
  await endAll();
}

/** Leave without a word to the server, if the account is gone already; returns the sign-in that was left. */
export function signOutLocally() {
  const left = session.peek();
  leave();
  // a shared computer keeps nothing of who was here
  if (left) for (const kind of ["draft", "outbox"]) forget(`${kind}.${left.user.id}`);
  return left;
}

/** Take the changed profile over. */
export function updateUser(changed) {
  keep({ ...session.peek(), user: changed });
}

/** The token to use now; while the password is asked for, this waits. */
export async function usableToken() {
  if (locked.peek()) await new Promise((resolve, reject) => waiting.add({ resolve, reject }));
  const now = session.peek();
  if (!now) throw new ApiError({ code: "signed_out", status: 401, message: "You are signed out." });
  if (now.freshUntil - margin(now) > Date.now()) return now.token;
  await renew(now.token).catch((problem) => {
    if (now.freshUntil <= Date.now()) throw problem;
  });
  return locked.peek() ? usableToken() : session.peek()?.token;
}

/**
 * Trade the refresh token for a new pair, unless another tab did. `stale` is the token that is no good any more. Two tabs that
 * do it at once get the same pair, and so does a request that is sent again within 30 seconds.
 */
export function renew(stale) {
  renewing ??= alone("renewal", async () => {
    const kept = await newest();
    if (!kept) return leave();
    if (kept.token !== stale) return applySession(kept);
    try {
      const body = { refreshToken: kept.refreshToken };
      const next = sessionOf(await call("/api/auth/refresh", { method: "POST", body, within: RENEWED_WITHIN }));
      if (!session.peek()) return; // signed out meanwhile
      await update("session", () => next);
      if (session.peek()) keep(next);
    } catch (problem) {
      if (problem.status !== 401 && problem.status !== 422) throw problem;
      lock();
    }
  }).finally(() => (renewing = null));
  return renewing;
}
let renewing = null;

// A refresh token that is used up ends the sign-in: whoever comes next must know what the one before got, from whichever
// store has it. A store that is full still has an old one.
async function newest() {
  const kept = whole(read("session")) ?? session.peek();
  const known = [kept, session.peek(), whole(await update("session", (one) => one))];
  const ours = known.filter((one) => one && one.user.id === kept?.user.id);
  return ours.sort((one, other) => other.freshUntil - one.freshUntil)[0] ?? null;
}

function whole(kept) {
  const isWhole =
    [kept?.token, kept?.refreshToken, kept?.user?.id].every((part) => typeof part === "string") &&
    [kept.lifetime, kept.freshUntil].every(Number.isFinite);
  return isWhole ? kept : null;
}

/** The sign-in is worth nothing any more. */
export function lock() {
  if (session.peek()) locked.value = true;
}

const adopt = (answer) => keep(sessionOf(answer));

function sessionOf({ token, refreshToken, user }) {
  // by our own clock, which may be wrong, but is wrong by the same much later
  const { iat, exp } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  const lifetime = (exp - iat) * 1000;
  return { token, refreshToken, user, lifetime, freshUntil: Date.now() + lifetime };
}

function keep(next) {
  write("session", next);
  applySession(next);
}

function applySession(next) {
  session.value = next;
  locked.value = false;
  for (const { resolve } of waiting) resolve();
  waiting.clear();
  planRenewal();
}

function leave() {
  write("session", null);
  update("session", () => undefined);
  session.value = null;
  locked.value = false;
  for (const { reject } of waiting) reject(new ApiError({ code: "signed_out", status: 401, message: "You are signed out." }));
  waiting.clear();
  clearTimeout(timer);
}

const margin = ({ lifetime }) => Math.min(60_000, lifetime / 5);

let timer = 0;
function planRenewal() {
  clearTimeout(timer);
  const now = session.peek();
  if (!now) return;
  const wait = Math.max(1_000, now.freshUntil - margin(now) - Date.now());
  timer = setTimeout(() => renew(now.token).catch(() => planRenewal()), Math.min(wait, 2 ** 31 - 1));
}
planRenewal();

onChange("session", (stored) => {
  const kept = whole(stored);
  const before = session.peek();
  if (!kept) leave();
  else if (before && before.user.id !== kept.user.id) location.reload();
  else applySession(kept);
});
