import "./support/browser";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Timeline } from "../app/features/messages/timeline";

interface Numbered {
  seq: number;
}

const run = (from: number, to: number): Numbered[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => ({ seq: from + at }));

/** A timeline with these messages of a room whose last message is `last`, and whose first stored one is `first`. */
function timelineOf(from: number, to: number, last = to, first = 1): Timeline<Numbered> {
  const timeline = new Timeline<Numbered>();
  timeline.replace(run(from, to), last, first);
  return timeline;
}

const numbers = (timeline: Timeline<Numbered>) => timeline.messages.value.map(({ seq }) => seq);

test("an empty room is at its beginning and at its end", () => {
  const timeline = new Timeline<Numbered>();
  assert.deepEqual([timeline.low, timeline.high], [1, 0]);
  assert.ok(timeline.isAtBeginning && timeline.isAtEnd);
});

test("messages are added at both ends", () => {
  const timeline = timelineOf(10, 12, 20);
  timeline.add(run(7, 9));
  timeline.add(run(13, 14));
  assert.deepEqual(numbers(timeline), [7, 8, 9, 10, 11, 12, 13, 14]);
  assert.equal(timeline.last.value, 20);
});

test("known messages are added once, and keep their objects", () => {
  const timeline = timelineOf(10, 12);
  const [known] = timeline.messages.value;
  timeline.add(run(8, 14));
  assert.deepEqual(numbers(timeline), [8, 9, 10, 11, 12, 13, 14]);
  assert.ok(timeline.messages.value.includes(known as Numbered));
  const before = timeline.messages.value;
  timeline.add(run(9, 13));
  assert.equal(timeline.messages.value, before, "no change, no rendering");
});

test("a message after a gap is not added but known", () => {
  const timeline = timelineOf(10, 12);
  timeline.add([{ seq: 14 }]);
  assert.deepEqual(numbers(timeline), [10, 11, 12]);
  assert.equal(timeline.last.value, 14);
  assert.ok(!timeline.isAtEnd);
  timeline.add([{ seq: 13 }, { seq: 14 }]);
  assert.deepEqual(numbers(timeline), [10, 11, 12, 13, 14]);
  assert.ok(timeline.isAtEnd);
});

test("older messages with a gap are not added", () => {
  const timeline = timelineOf(10, 12);
  timeline.add(run(5, 8));
  assert.deepEqual(numbers(timeline), [10, 11, 12]);
  assert.ok(!timeline.isAtBeginning);
});

test("the beginning is the first stored message", () => {
  const timeline = timelineOf(10, 12, 12, 8);
  timeline.add(run(8, 9));
  assert.ok(timeline.isAtBeginning);
  timeline.add(run(6, 7));
  assert.deepEqual(numbers(timeline), [8, 9, 10, 11, 12], "deleted messages of a late answer are dropped");
});

test("expired messages are dropped", () => {
  const timeline = timelineOf(1, 10);
  timeline.expire(4);
  assert.deepEqual(numbers(timeline), [4, 5, 6, 7, 8, 9, 10]);
  assert.ok(timeline.isAtBeginning);
});

test("expiry of an earlier number is ignored", () => {
  const timeline = timelineOf(1, 10);
  timeline.expire(6);
  timeline.expire(3);
  assert.equal(timeline.first.value, 6);
  assert.equal(timeline.low, 6);
});

test("expiry of all messages leaves an empty timeline that goes on", () => {
  const timeline = timelineOf(1, 10);
  timeline.expire(11);
  assert.deepEqual(numbers(timeline), []);
  assert.deepEqual([timeline.low, timeline.high], [11, 10]);
  assert.ok(timeline.isAtBeginning && timeline.isAtEnd);
  timeline.add([{ seq: 11 }]);
  assert.deepEqual(numbers(timeline), [11]);
});

test("replace drops what was loaded, and messages before the first stored one", () => {
  const timeline = timelineOf(1, 10);
  timeline.replace(run(50, 60), 55, 52);
  assert.equal(timeline.low, 52);
  assert.equal(timeline.last.value, 60, "the newest message is known, whatever the answer says");
});
