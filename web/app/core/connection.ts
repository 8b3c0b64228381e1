/** The live connection: one for the page, with rooms on `/chat` and what concerns one person on `/`. */

import { effect, signal } from "@preact/signals";
import { io } from "socket.io-client";
import { placed } from "./base";
import { ApiError } from "./http";
import { accessToken, lock, renew, usableToken } from "./session";

/** "closed" (nobody is signed in), "connecting" (for the first time), "online", "lost" or "refused". */
export const connection = signal("closed");

/** Why it is refused, for people. */
export const refusal = signal("");

const ANSWER_WITHIN = 6_000;
let chat = null;
let personal = null;
let token = null;
let again = 0;

const listeners = new Map();

/** Call `heard` on an event of either namespace, or on "connect" to `/chat`, or "listening" to `/`; returns what takes it off again. */
export function on(event, heard) {
  if (!listeners.has(event)) listeners.set(event, new Set());
  listeners.get(event).add(heard);
  return () => listeners.get(event).delete(heard);
}

const tell = (event, ...values) => {
  for (const heard of listeners.get(event) ?? []) heard(...values);
};

export function open() {
  if (chat) return;
  connection.value = "connecting";
  const options = {
    auth: (hand) =>
      usableToken().then(
        (usable) => hand({ token: (token = usable) }),
        () => hand({}),
      ),
    path: placed("/socket.io/"),
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 8_000,
  };
  chat = io("/chat", options);
  personal = io("/", options);
  chat.on("connect", () => {
    connection.value = "online";
    if (!personal.active) personal.connect();
    handOver(accessToken.peek());
    tell("connect");
  });
  chat.on("disconnect", (reason) => {
    if (!chat) return;
    connection.value = "lost";
    tell("disconnect");
    // told to go: either the sign-in ended, which the next attempt says, or the server did
    if (reason === "io server disconnect") retryIn(300);
  });
  chat.on("connect_error", refused);
  chat.onAny(tell);
  personal.on("connect", () => tell("listening"));
  personal.onAny(tell);
}

export function close() {
  clearTimeout(again);
  const leaving = [chat, personal];
  chat = personal = null;
  for (const socket of leaving) socket?.disconnect();
  connection.value = "closed";
}

/** Try now instead of after the pause. */
export function retryNow() {
  if (!chat || chat.connected) return;
  clearTimeout(again);
  if (connection.peek() === "refused") connection.value = "lost";
  for (const socket of [chat, personal]) socket.disconnect();
  for (const socket of [chat, personal]) socket.connect();
}

/** Send an event and return its ack; a refusal, and no answer in six seconds, are thrown. */
export async function ask(event, argument) {
  if (!chat?.connected) throw new ApiError({ code: "disconnected", message: "There is no connection just now." });
  let ack;
  try {
    ack = await chat.timeout(ANSWER_WITHIN).emitWithAck(event, argument);
  } catch {
    throw new ApiError({ code: "no_answer", message: "The server did not answer in time." });
  }
  if (ack.ok) return ack;
  if (ack.error.code === "not_signed_in") lock();
  throw new ApiError(ack.error);
}

// Whichever tab renewed the token: the connection goes on with the new one, and both namespaces with it.
function handOver(renewed) {
  if (!chat?.connected || !renewed || renewed === token) return;
  token = renewed;
  ask("refresh-token", { token }).catch(() => {}); // it is closed then, and comes back with whatever is good
}

/** Whether trying the same again may help. */
export const isRetryable = ({ code }) =>
  ["disconnected", "no_answer", "unreachable", "storage_unavailable", "internal_error", "rate_limited"].includes(code);

async function refused(error) {
  if (!chat) return;
  if (connection.peek() === "online") connection.value = "lost";
  // without a code the server was not reached at all, and the client tries again by itself
  switch (error.data?.code) {
    case undefined:
      connection.value = "lost";
      return;
    case "token_required":
    case "token_invalid":
      await renew(token).catch(() => {});
      return retryIn(500);
    case "not_signed_in":
      lock();
      return retryIn(200);
    case "too_many_connections":
      connection.value = "refused";
      refusal.value = "Studyhall is open in too many tabs. Close some of them, then try again.";
      return;
    default:
      return retryIn(2_000);
  }
}

function retryIn(pause) {
  clearTimeout(again);
  again = setTimeout(() => {
    for (const socket of [chat, personal]) if (socket && !socket.active) socket.connect();
  }, pause);
}

effect(() => handOver(accessToken.value));
// said some time before the end, and by the server's clock, which may be righter than ours
on("token-expiring", () => renew(token).catch(() => {}));
addEventListener("online", retryNow);
// a laptop that lost its network would otherwise notice at the next ping, up to 45 seconds later
addEventListener("offline", () => chat?.io.engine?.close());
