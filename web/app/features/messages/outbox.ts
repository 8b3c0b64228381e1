// @ts-nocheck
/** What was written and is not yet acked: kept in the browser, sent in order, each under the id it got when written. */

import { signal } from "@preact/signals";
import { ask, connection, isRetryable, on } from "../../core/connection";
import { newId } from "../../core/ids";
import { namesOf, onNames, read, write } from "../../core/local-store";
import { user } from "../../core/session";
import { nameOf } from "../rooms/my-rooms";

/** `{id, roomId, roomName, content, at, reason}` in the order written; with a `reason` it was refused. */
export const outbox = signal([]);

/** When sending goes on after the server asked for patience, in ms since 1970, or 0. */
export const pausedUntil = signal(0);

let sending = false;
let failures = 0;
let timer = 0;

// An entry has a place of its own, so that no tab writes over another's.
const shelf = (id = "") => `outbox.${user.peek().id}.${id}`;

/** Read what an earlier visit left; call when somebody has signed in. */
export function restoreOutbox() {
  outbox.value = user.peek() ? stored() : [];
  flush();
}

function stored() {
  const entries = namesOf(shelf())
    .map((name) => read(name))
    .filter((one) => [one?.id, one?.roomId, one?.content].every(isText));
  return entries.sort((one, other) => String(one.at).localeCompare(other.at) || one.turn - other.turn);
}
const isText = (value) => typeof value === "string";

let turn = 0;

export function send(roomId, content) {
  const at = new Date().toISOString();
  change((entries) => [...entries, { id: newId(), roomId, roomName: nameOf(roomId), content, at, turn: turn++, reason: null }]);
  flush();
}

/** Try a refused one again, at the end of the line. */
export function resend(id) {
  change((entries) => {
    const found = entries.find((entry) => entry.id === id);
    return [...entries.filter((entry) => entry.id !== id), { ...found, reason: null }];
  });
  flush();
}

export const discard = (id) => change((entries) => entries.filter((entry) => entry.id !== id));

/** The message of this id is in the room. */
export function confirm(id) {
  if (!outbox.peek().some((entry) => entry.id === id)) return;
  discard(id);
}

const heard = new Set();

/** Call `listener` with the message of each ack: where the room's own event does not come, this is how it is known. */
export function onSent(listener) {
  heard.add(listener);
  return () => heard.delete(listener);
}

const refused = new Set();

/** Call `listener({roomId, content}, problem)` with what is refused; where it returns true the text has found a place. */
export function onRefused(listener) {
  refused.add(listener);
  return () => refused.delete(listener);
}

async function flush() {
  if (sending || connection.peek() !== "online" || pausedUntil.peek() > Date.now()) return;
  clearTimeout(timer);
  sending = true;
  try {
    for (let next; (next = outbox.peek().find((entry) => !entry.reason)); ) {
      const { id, roomId, content } = next;
      const { message } = await ask("send-message", { roomId, content, clientMessageId: id }).catch(refuse(id));
      if (!message) continue;
      for (const listener of heard) listener(message);
      confirm(id);
      failures = 0;
    }
  } catch (problem) {
    wait(problem);
  } finally {
    sending = false;
  }
}

const refuse = (id) => (problem) => {
  if (isRetryable(problem) || problem.code === "not_signed_in") throw problem;
  const entry = outbox.peek().find((entry) => entry.id === id);
  if (entry && [...refused].some((listener) => listener(entry, problem))) {
    discard(id);
    return {};
  }
  change((entries) =>
    entries.map((entry) =>
      entry.id === id ? { ...entry, reason: words(problem), isInvalid: problem.code === "invalid_input" } : entry,
    ),
  );
  return {};
};

const ENDED = {
  not_a_member: "You are no longer a member of this room.",
  room_not_found: "This room was deleted, or you are no longer a member.",
};

/** Why a message was refused, as a sentence. */
export const words = ({ code, message }) => ENDED[code] ?? message;

function wait(problem) {
  if (problem.code === "disconnected" || problem.code === "not_signed_in") return; // "connect" goes on
  const asked = problem.retryAfter * 1000;
  const pause = asked || Math.min(15_000, 1000 * 2 ** failures++);
  if (asked) pausedUntil.value = Date.now() + asked;
  timer = setTimeout(() => {
    pausedUntil.value = 0;
    flush();
  }, pause);
}

function change(next) {
  const before = new Map(outbox.peek().map((entry) => [entry.id, entry]));
  outbox.value = next(outbox.peek());
  if (!user.peek()) return;
  for (const entry of outbox.peek()) {
    if (before.get(entry.id) !== entry) write(shelf(entry.id), entry);
    before.delete(entry.id);
  }
  for (const id of before.keys()) write(shelf(id), null);
}

// What another tab has sent, or removed, or was refused.
onNames("outbox.", (name, entry) => {
  const found = user.peek() && outbox.peek().find(({ id }) => name === shelf(id));
  if (found) outbox.value = outbox.peek().flatMap((one) => (one === found ? (entry ?? []) : one));
});

on("connect", () => {
  failures = 0;
  flush();
});
