import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { groupMessages } from "../app/features/messages/message-groups";
import type { ListedMessage } from "../app/features/messages/message-room";

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 8, 1, 12);

/** A message of a user after some minutes; without a user it is a notice. */
function message(seq: number, user: string | null, minutes: number): ListedMessage {
  const sender = user ? { id: user, name: user, avatar: null } : null;
  const timestamp = new Date(NOON + minutes * MINUTE).toISOString();
  return { id: `m${seq}`, seq, content: "text", roomId: "room", isSystem: !user, sender, timestamp };
}

/** Numbers of the first messages of groups. */
const firsts = (messages: ListedMessage[], unreadAfter: number | null = null) =>
  groupMessages(messages, unreadAfter)
    .filter(({ isFirst }) => isFirst)
    .map(({ message }) => message.seq);

test("messages of one sender within five minutes are a group", () => {
  assert.deepEqual(firsts([message(1, "ada", 0), message(2, "ada", 5), message(3, "ada", 10)]), [1]);
  assert.deepEqual(firsts([message(1, "ada", 0), message(2, "ada", 5.1)]), [1, 2]);
});

test("another sender begins a group", () => {
  assert.deepEqual(firsts([message(1, "ada", 0), message(2, "ben", 0), message(3, "ada", 1)]), [1, 2, 3]);
});

test("a notice ends a group", () => {
  assert.deepEqual(firsts([message(1, "ada", 0), message(2, null, 0), message(3, "ada", 1)]), [1, 2, 3]);
});

test("another day begins a group", () => {
  const midnight = new Date(NOON).setHours(24, 0, 0, 0);
  const minutes = (midnight - NOON) / MINUTE;
  const grouped = groupMessages([message(1, "ada", minutes - 1), message(2, "ada", minutes + 1)], null);
  assert.deepEqual(
    grouped.map(({ isFirst, isFirstOfDay }) => [isFirst, isFirstOfDay]),
    [
      [true, true],
      [true, true],
    ],
  );
});

test("the line of new messages begins a group", () => {
  const messages = [message(1, "ada", 0), message(2, "ada", 1), message(3, "ada", 2)];
  assert.deepEqual(firsts(messages, 1), [1, 2]);
  assert.deepEqual(
    groupMessages(messages, 1).map(({ isFirstNew }) => isFirstNew),
    [false, true, false],
  );
});
