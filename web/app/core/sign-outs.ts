/**
 * Sign-ins that were left here and that the server has not ended yet: without a connection a sign-out waits in the browser's
 * store, also when the page is closed.
 *
 * What waits is no token: the hash of its secret, with which the sign-in can be ended and nothing else. It replaces the token at
 * once, if the browser hashes: over https and on localhost.
 */

import { signal } from "@preact/signals";
import { call } from "./http";
import { namesOf, read, write } from "./local-store";

const PAUSE = 15_000;

/** True if the server has to hear of a sign-out. */
export const isWaiting = signal(false);

/** Tell the server of every sign-out that waits; it is tried again until all are done. */
export function endAll() {
  running ??= tellServer().finally(() => (running = null));
  return running;
}
let running = null;
let timer = 0;

async function tellServer() {
  clearTimeout(timer);
  for (const name of namesOf("ending.")) write(name, await proofOf(read(name)));
  for (const name of namesOf("ending.")) {
    try {
      await call("/api/auth/sign-out", { method: "POST", body: { token: read(name) } });
    } catch ({ status }) {
      if (!REFUSED.has(status)) continue; // unreachable, busy or broken
    }
    write(name, null);
  }
  isWaiting.value = namesOf("ending.").length > 0;
  if (isWaiting.value) timer = setTimeout(endAll, PAUSE);
}

// the sign-in is over already, or what is stored never was one
const REFUSED = new Set([400, 401, 422]);

async function proofOf(token) {
  const [id, secret] = `${token}`.split(".");
  if (!crypto.subtle || !secret || /^[0-9a-f]{64}$/.test(secret)) return token;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  return `${id}.${[...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

addEventListener("online", endAll);
endAll();
