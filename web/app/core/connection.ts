/** The Socket.IO connection of the page: rooms on the namespace `/chat`, events of the user on `/`. */

import { effect, signal } from "@preact/signals";
import type { Socket } from "socket.io-client";
import { withBase } from "./base";
import { ApiError, type ApiErrorFields } from "./http";
import { accessToken, lock, renew, usableToken } from "./session";
import type { ChatEvents, ClientEvents, EventAck, EventPayload, PersonalEvents } from "./types";

/** "closed" for guests; "connecting" for the first time; "refused" if the page has to wait for the user. */
export type ConnectionState = "closed" | "connecting" | "online" | "lost" | "refused";

/** Events of the page itself: `/chat` is connected or disconnected, `/` is connected. */
interface PageEvents {
  connect: [];
  disconnect: [];
  listening: [];
}

/** Arguments of each event. Events of both namespaces, such as `user-updated`, have the same ones. */
export type ServerEvents = ChatEvents & PersonalEvents & PageEvents;
export type ServerEvent = keyof ServerEvents;
type Listener<E extends ServerEvent> = (...args: ServerEvents[E]) => unknown;

export const connection = signal<ConnectionState>("closed");

/** Code of the reason for "refused", else null. */
export const refusal = signal<string | null>(null);

type Io = Awaited<ReturnType<typeof loadClient>>["io"];

const ACK_TIMEOUT = 6_000;
const RECONNECTION_DELAY = 500;
const MAX_RECONNECTION_DELAY = 8_000;
/** Milliseconds until the next attempt, by the reason why the last one failed. */
const RETRY_DELAY = { disconnected: 300, renewed: 500, locked: 200, other: 2_000 };
const RETRYABLE = new Set([
  "disconnected",
  "no_answer",
  "unreachable",
  "storage_unavailable",
  "internal_error",
  "rate_limited",
]);

/** True while a user is signed in, with or without a connection. */
let isOpen = false;
let chat: Socket | null = null;
let personal: Socket | null = null;
let token: string | null = null;
let retryTimer: ReturnType<typeof setTimeout> | undefined;

const listeners = new Map<string, Set<(...args: never[]) => unknown>>();

/** Call `listener` with the arguments of an event; returns a function that removes it. */
export function on<E extends ServerEvent>(event: E, listener: Listener<E>): () => void {
  const all = listeners.get(event) ?? new Set();
  listeners.set(event, all.add(listener));
  return () => {
    all.delete(listener);
  };
}

function emit(event: string, ...args: unknown[]): void {
  for (const listener of listeners.get(event) ?? []) (listener as (...args: unknown[]) => unknown)(...args);
}

/** Load the client before it is needed. */
export const loadClient = () => import("./socket");

/** Connect the user who is signed in. */
export function open(): void {
  if (isOpen) return;
  isOpen = true;
  connection.value = "connecting";
  void connect();
}

/** Load the client and connect; if it cannot be loaded, again after a delay. Returns true if it is loaded. */
async function connect(): Promise<boolean> {
  try {
    const { io } = await loadClient();
    if (isOpen && !chat) openSockets(io);
    return true;
  } catch {
    if (isOpen && !chat) {
      connection.value = "lost";
      retryIn(RETRY_DELAY.other);
    }
    return false;
  }
}

function openSockets(io: Io): void {
  const options = {
    auth: (send: (auth: object) => void) => {
      usableToken().then(
        (usable) => send({ token: (token = usable) }),
        () => send({}),
      );
    },
    path: withBase("/socket.io/"),
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: RECONNECTION_DELAY,
    reconnectionDelayMax: MAX_RECONNECTION_DELAY,
  };
  chat = io("/chat", options);
  personal = io("/", options);
  chat.on("connect", connected);
  chat.on("disconnect", disconnected);
  chat.on("connect_error", rejected);
  chat.onAny(emit);
  personal.on("connect", () => emit("listening"));
  personal.onAny(emit);
}

function connected(): void {
  connection.value = "online";
  refusal.value = null;
  if (personal && !personal.active) personal.connect();
  renewOnServer(accessToken.peek());
  emit("connect");
}

function disconnected(reason: Socket.DisconnectReason): void {
  if (!chat) return;
  connection.value = "lost";
  emit("disconnect");
  // the session ended: the next attempt finds out; or the server stopped
  if (reason === "io server disconnect") retryIn(RETRY_DELAY.disconnected);
}

/** Disconnect, as the user signed out. */
export function close(): void {
  clearTimeout(retryTimer);
  isOpen = false;
  const leaving = [chat, personal];
  chat = personal = null;
  for (const socket of leaving) socket?.disconnect();
  connection.value = "closed";
}

/** Connect now instead of after the delay. Returns false if the client cannot be loaded. */
export async function retryNow(): Promise<boolean> {
  if (!isOpen || chat?.connected) return true;
  clearTimeout(retryTimer);
  if (!chat) return connect();
  if (connection.peek() === "refused") connection.value = "lost";
  for (const socket of [chat, personal]) socket?.disconnect();
  for (const socket of [chat, personal]) socket?.connect();
  return true;
}

/**
 * Send an event and return its ack.
 *
 * @throws ApiError if the server rejects it, or does not answer in six seconds.
 */
export async function sendEvent<E extends keyof ClientEvents>(event: E, payload: EventPayload<E>): Promise<EventAck<E>> {
  if (!chat?.connected) throw new ApiError({ code: "disconnected" });
  let ack: EventAck<E> | { ok: false; error: ApiErrorFields };
  try {
    ack = await chat.timeout(ACK_TIMEOUT).emitWithAck(event, payload);
  } catch {
    throw new ApiError({ code: "no_answer" });
  }
  if (ack.ok) return ack;
  if (ack.error.code === "not_signed_in") lock();
  throw new ApiError(ack.error);
}

// Any tab may have renewed the token: the connection of both namespaces goes on with the new one.
function renewOnServer(renewed: string | null): void {
  if (!chat?.connected || !renewed || renewed === token) return;
  token = renewed;
  sendEvent("refresh-token", { token }).catch(() => {}); // the server disconnects then, and the next attempt has the newest token
}

/** True if the same request may succeed later. */
export const isRetryable = ({ code }: { readonly code: string }): boolean => RETRYABLE.has(code);

async function rejected(error: Error & { data?: { code?: string } }): Promise<void> {
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
      return retryIn(RETRY_DELAY.renewed);
    case "not_signed_in":
      lock();
      return retryIn(RETRY_DELAY.locked);
    case "too_many_connections":
      connection.value = "refused";
      refusal.value = "too_many_connections";
      return;
    default:
      return retryIn(RETRY_DELAY.other);
  }
}

function retryIn(delay: number): void {
  clearTimeout(retryTimer);
  retryTimer = setTimeout(() => {
    if (isOpen && !chat) void connect();
    for (const socket of [chat, personal]) if (socket && !socket.active) socket.connect();
  }, delay);
}

/** Start to follow the token and the network. */
export function startConnection(): void {
  effect(() => renewOnServer(accessToken.value));
  // sent some time before the end, and by the server's clock, which may be more accurate than that of the browser
  on("token-expiring", () => {
    renew(token).catch(() => {});
  });
  addEventListener("online", retryNow);
  // a laptop that lost its network would otherwise notice at the next ping, up to 45 seconds later
  addEventListener("offline", () => chat?.io.engine?.close());
}
