/** The session of the user who is signed in. All tabs of a browser share it; one of them renews its token for all. */

import { computed, signal } from "@preact/signals";
import { browserZone, firstWeekday } from "./days";
import { ApiError, call } from "./http";
import { onStoredValue, read, removeStored, write } from "./local-store";
import { update } from "./shared-store";
import { sendSignOuts } from "./sign-outs";
import { withTabLock } from "./tab-lock";
import { MAX_TIMER } from "./timeout";
import type { Me, RouteBody, TokenResponse } from "./types";

/** A session as it is stored. Times are in milliseconds, by the clock of this browser. */
interface StoredSession {
  readonly token: string;
  readonly refreshToken: string;
  readonly user: Me;
  readonly lifetime: number;
  readonly freshUntil: number;
}

const KEY = "session";
/** Timeout of a renewal: a second and a third attempt are to come within 30 seconds. */
const RENEWAL_TIMEOUT = 7_000;
const MIN_RENEWAL_DELAY = 1_000;
/** A token is renewed this time before its end, or after four fifths of its life. */
const RENEWAL_MARGIN = 60_000;

const session = signal<StoredSession | null>(null);

export const user = computed<Me | null>(() => session.value?.user ?? null);

/** The newest access token of this session, of any tab; null for guests. */
export const accessToken = computed<string | null>(() => session.value?.token ?? null);

/** True if the session ran out: the page asks for the password, and requests wait for it. */
export const locked = signal(false);

const waiting = new Set<{ readonly resolve: () => void; readonly reject: (error: ApiError) => void }>();
const signedOut = (): ApiError => new ApiError({ code: "signed_out", status: 401 });

/** Create an account with the time zone of this browser, and sign in. */
export async function signUp(fields: RouteBody<"POST /api/auth/register">): Promise<void> {
  const register = (body: RouteBody<"POST /api/auth/register">) =>
    call<TokenResponse>("/api/auth/register", { method: "POST", body, token: accessToken.peek() });
  const withDays = { ...fields, timeZone: browserZone(), weekStartsOn: firstWeekday() };
  try {
    adopt(await register(withDays));
  } catch (error) {
    // a zone that is newer than the server: no field of the form can change it
    if (!(error instanceof ApiError && error.of("timeZone"))) throw error;
    adopt(await register(fields));
  }
}

/** Sign in. `code` is for users with a second factor. */
export async function signIn({ email, password, code }: RouteBody<"POST /api/auth/login">): Promise<void> {
  // the session that ran out here ends with the new one, if its token still works
  const body = { email, password, code: code || undefined };
  adopt(await call<TokenResponse>("/api/auth/login", { method: "POST", body, token: accessToken.peek() }));
}

/** Sign out here, and on the server as soon as it can be reached. */
export async function signOut(): Promise<void> {
  const left = signOutLocally();
  if (left) write(`ending.${Date.now()}`, left.refreshToken);
  await sendSignOuts();
}

/** Sign out without a request, for an account that is deleted already; returns the session that was left. */
export function signOutLocally(): StoredSession | null {
  const left = session.peek();
  leave();
  // a shared computer stores nothing of earlier users
  if (left) for (const kind of ["draft", "outbox"]) removeStored(`${kind}.${left.user.id}`);
  return left;
}

/** Take over the changed profile. */
export function updateUser(changed: Me): void {
  const now = session.peek();
  if (now) store({ ...now, user: changed });
}

/**
 * The token to use now. While the page asks for the password, this waits.
 *
 * @throws ApiError with `signed_out` for guests, or that of a renewal.
 */
export async function usableToken(): Promise<string> {
  if (locked.peek()) await new Promise<void>((resolve, reject) => waiting.add({ resolve, reject }));
  const now = session.peek();
  if (!now) throw signedOut();
  if (now.freshUntil - margin(now) > Date.now()) return now.token;
  await renew(now.token).catch((error: unknown) => {
    if (now.freshUntil <= Date.now()) throw error;
  });
  if (locked.peek()) return usableToken();
  return session.peek()?.token ?? Promise.reject(signedOut());
}

let renewing: Promise<void> | null = null;

/**
 * Trade the refresh token for a new pair, unless another tab did. `stale` is the token that does not work any more. Two tabs that
 * do it at once get the same pair, and so does a request that is sent again within 30 seconds.
 */
export function renew(stale: string | null): Promise<void> {
  renewing ??= withTabLock("renewal", () => renewAlone(stale)).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function renewAlone(stale: string | null): Promise<void> {
  const stored = await newest();
  if (!stored) return leave();
  if (stored.token !== stale) return applySession(stored);
  try {
    const body = { refreshToken: stored.refreshToken };
    const next = sessionOf(await call<TokenResponse>("/api/auth/refresh", { method: "POST", body, timeout: RENEWAL_TIMEOUT }));
    if (!session.peek()) return; // signed out meanwhile
    await update(KEY, () => next);
    if (session.peek()) store(next);
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 422)) throw error;
    lock();
  }
}

// A refresh token that is used up ends the session: the next tab needs the newest one, from any store. A store that is full
// still has an old one.
async function newest(): Promise<StoredSession | null> {
  const stored = whole(read(KEY)) ?? session.peek();
  const shared = whole(await update(KEY, (value) => value));
  const known = [stored, session.peek(), shared].filter((one) => one !== null && one.user.id === stored?.user.id);
  return known.sort((one, other) => (other?.freshUntil ?? 0) - (one?.freshUntil ?? 0))[0] ?? null;
}

/** A stored value if it has all parts of a session, else null. */
function whole(value: unknown): StoredSession | null {
  const stored = value as Partial<StoredSession> | null | undefined;
  const texts = [stored?.token, stored?.refreshToken, stored?.user?.id];
  const isWhole =
    texts.every((part) => typeof part === "string") &&
    [stored?.lifetime, stored?.freshUntil].every((part) => Number.isFinite(part));
  return isWhole ? (stored as StoredSession) : null;
}

/** Ask for the password: the session does not work any more. */
export function lock(): void {
  if (session.peek()) locked.value = true;
}

const adopt = (answer: TokenResponse): void => store(sessionOf(answer));

function sessionOf({ token, refreshToken, user }: TokenResponse): StoredSession {
  // by the clock of this browser, which may be wrong, but is wrong by the same much later
  const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  const { iat, exp } = JSON.parse(atob(payload)) as { iat: number; exp: number };
  const lifetime = (exp - iat) * 1000;
  return { token, refreshToken, user, lifetime, freshUntil: Date.now() + lifetime };
}

function store(next: StoredSession): void {
  write(KEY, next);
  applySession(next);
}

/** Use a session that is stored already. */
function applySession(next: StoredSession): void {
  session.value = next;
  locked.value = false;
  for (const { resolve } of waiting) resolve();
  waiting.clear();
  planRenewal();
}

function leave(): void {
  write(KEY, null);
  void update(KEY, () => undefined);
  session.value = null;
  locked.value = false;
  for (const { reject } of waiting) reject(signedOut());
  waiting.clear();
  clearTimeout(timer);
}

const margin = ({ lifetime }: StoredSession): number => Math.min(RENEWAL_MARGIN, lifetime / 5);

let timer: ReturnType<typeof setTimeout> | undefined;

function planRenewal(): void {
  clearTimeout(timer);
  const now = session.peek();
  if (!now) return;
  const wait = Math.max(MIN_RENEWAL_DELAY, now.freshUntil - margin(now) - Date.now());
  timer = setTimeout(() => renew(now.token).catch(planRenewal), Math.min(wait, MAX_TIMER));
}

/** Another tab stored a session, or signed out. */
function changedElsewhere(value: unknown): void {
  const stored = whole(value);
  const before = session.peek();
  if (!stored) leave();
  else if (before && before.user.id !== stored.user.id) location.reload();
  else applySession(stored);
}

/** Start with the stored session, and follow other tabs. */
export function startSession(): void {
  session.value = whole(read(KEY));
  planRenewal();
  onStoredValue(KEY, changedElsewhere);
}
