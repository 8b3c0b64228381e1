/** What was written and is not yet acked: kept in the browser, sent in order, each under the id it got when written. */

import { signal } from "@preact/signals";
import { ask, connection, mayPass, on } from "./connection.js";
import { newId } from "./ids.js";
import { read, write } from "./keep.js";
import { user } from "./session.js";

/** `{id, roomId, content, at, reason}` in the order written; with a `reason` it was refused. */
export const outbox = signal([]);

/** When sending goes on after the server asked for patience, in ms since 1970, or 0. */
export const pausedUntil = signal(0);

const delivered = new Set();
let sending = false;
let failures = 0;
let timer = 0;

const shelf = () => `outbox.${user.peek().id}`;

/** Read what an earlier visit left; call when somebody has signed in. */
export function restore() {
  outbox.value = user.peek() ? read(shelf(), []) : [];
  flush();
}

export function send(roomId, content) {
  change((entries) => [...entries, { id: newId(), roomId, content, at: new Date().toISOString(), reason: null }]);
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
  delivered.add(id);
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
  if (mayPass(problem) || problem.code === "not_signed_in") throw problem;
  const entry = outbox.peek().find((entry) => entry.id === id);
  if (entry && [...refused].some((listener) => listener(entry, problem))) {
    discard(id);
    return {};
  }
  change((entries) => entries.map((entry) => (entry.id === id ? { ...entry, reason: words(problem) } : entry)));
  return {};
};

const words = ({ code, message }) => (code === "invalid_input" ? `${message.replace(/^content: /, "It ")}.` : message);

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

// Other tabs may keep something on the same shelf: theirs stays.
function change(next) {
  const before = outbox.peek();
  outbox.value = next(before);
  if (!user.peek()) return;
  const ours = new Set([...before, ...outbox.peek()].map((entry) => entry.id));
  const theirs = read(shelf(), []).filter((entry) => !ours.has(entry.id) && !delivered.has(entry.id));
  const kept = [...theirs, ...outbox.peek()];
  write(shelf(), kept.length ? kept : null);
}

on("connect", () => {
  failures = 0;
  flush();
});
