import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { Message } from "../app/core/types";
import { Timeline } from "../app/features/messages/timeline";
import { ReadingPosition } from "../app/features/room/reading-position";
import { clock } from "./support/browser";

let timeline: Timeline;
let reading: ReadingPosition;
let isVisible: boolean;
let published: number[];
let sent: number[];

const message = (seq: number, sender = "ben"): Message => ({
  id: `m${seq}`,
  roomId: "r",
  seq,
  content: "",
  isSystem: false,
  sender: { id: sender, name: sender, avatar: null },
  timestamp: "2026-09-01T10:00:00Z",
});

/** A message arrives as in a room's session. */
function arrive(seq: number, sender?: string): void {
  const arrived = message(seq, sender);
  reading.arrives(arrived);
  timeline.add([arrived]);
  if (sender === "ada") reading.sent(arrived);
  reading.markRead();
}

beforeEach(() => {
  timeline = new Timeline();
  timeline.replace(
    [1, 2, 3].map((seq) => message(seq)),
    3,
    1,
  );
  isVisible = true;
  published = [];
  sent = [];
  reading = new ReadingPosition({
    timeline,
    isOwn: ({ sender }) => sender?.id === "ada",
    isVisible: () => isVisible,
    isOpen: () => true,
    publish: (seq) => published.push(seq),
    send: (seq) => sent.push(seq),
  });
  reading.begin(3, 3);
  reading.isWatched = true;
});

test("a line is drawn where reading stopped", () => {
  reading.begin(1, 3);
  assert.deepEqual([reading.unreadAfter.value, reading.unread.value], [1, 2]);
  reading.begin(3, 3);
  assert.deepEqual([reading.unreadAfter.value, reading.unread.value], [null, 0]);
});

test("messages that are seen are read, and sent to the server once", async () => {
  arrive(4);
  arrive(5);
  assert.deepEqual([reading.lastRead.value, published, sent], [5, [4, 5], []]);
  await clock.pass(300);
  assert.deepEqual(sent, [5]);
});

test("messages in a hidden tab are unread below a line", async () => {
  isVisible = false;
  arrive(4);
  arrive(5);
  assert.deepEqual([reading.unreadAfter.value, reading.unread.value], [3, 2]);
  isVisible = true;
  reading.markRead();
  await clock.pass(300);
  assert.deepEqual([reading.unread.value, sent], [0, [5]]);
});

test("the user's own message removes the line and is read", () => {
  isVisible = false;
  arrive(4);
  arrive(5, "ada");
  assert.deepEqual([reading.unreadAfter.value, reading.lastRead.value], [null, 5]);
});

test("a room without a view draws a line above later messages", () => {
  reading.unwatch();
  arrive(4);
  assert.deepEqual([reading.isWatched, reading.unreadAfter.value, reading.unread.value], [false, 3, 1]);
});

test("deleted messages are not unread", () => {
  reading.begin(1, 3);
  reading.expire(3);
  assert.deepEqual([reading.lastRead.value, reading.unread.value, reading.unreadAfter.value], [2, 1, 2]);
});

test("reading in another tab counts, and never goes back", () => {
  reading.begin(1, 3);
  reading.readElsewhere(2);
  reading.readElsewhere(1);
  assert.deepEqual([reading.lastRead.value, published, sent], [2, [2], []]);
});

test("what was read during an absence is sent when it ends", () => {
  reading.resume(2);
  assert.deepEqual([reading.lastRead.value, sent], [3, [3]]);
  reading.resume(9);
  assert.equal(reading.lastRead.value, 9);
});

test("a session that closes sends what is not sent yet", async () => {
  arrive(4);
  reading.close();
  await clock.pass(1_000);
  assert.deepEqual(sent, [4]);
});
