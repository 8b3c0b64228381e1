/**
 * Sessions that were left here and that the server has not ended yet: without a connection a sign-out waits in the browser's
 * store, also when the page is closed.
 *
 * The store has no token: only the hash of its secret, with which the session can be ended and nothing else. It replaces the
 * token at once, if the browser hashes: over https and on localhost.
 */

import { signal } from "@preact/signals";
import { ApiError, call } from "./http";
import { read, storedNames, write } from "./local-store";

const RETRY_DELAY = 15_000;
const PREFIX = "ending.";
/** Statuses of a session that has ended already, or of a stored value that never was one. */
const FINAL_STATUSES = new Set([400, 401, 422]);

/** True if a sign-out waits for the server. */
export const isSignOutPending = signal(false);

let running: Promise<void> | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Send all sign-outs that wait. Those that fail are tried again later. */
export function sendSignOuts(): Promise<void> {
  running ??= sendAll().finally(() => {
    running = null;
  });
  return running;
}

async function sendAll(): Promise<void> {
  clearTimeout(timer);
  for (const name of storedNames(PREFIX)) write(name, await proofOf(String(read(name))));
  for (const name of storedNames(PREFIX)) if (await isEnded(String(read(name)))) write(name, null);
  isSignOutPending.value = storedNames(PREFIX).length > 0;
  if (isSignOutPending.value) timer = setTimeout(sendSignOuts, RETRY_DELAY);
}

/** End a session on the server; false if it is unreachable, busy or broken. */
async function isEnded(token: string): Promise<boolean> {
  try {
    await call("/api/auth/sign-out", { method: "POST", body: { token } });
    return true;
  } catch (error) {
    return error instanceof ApiError && FINAL_STATUSES.has(error.status);
  }
}

async function proofOf(token: string): Promise<string> {
  const [id, secret] = token.split(".");
  if (!crypto.subtle || !secret || /^[0-9a-f]{64}$/.test(secret)) return token;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  return `${id}.${[...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Start to send the sign-outs that wait. */
export function startSignOuts(): void {
  addEventListener("online", sendSignOuts);
  void sendSignOuts();
}
