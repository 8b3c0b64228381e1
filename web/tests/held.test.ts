import "./support/browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { HeldMessage } from "../app/core/types";
import { addHeld, clearHeld, held, heldPublished, removeHeld, replaceHeld } from "../app/features/messages/held";

let lastId = 0;

function waiting(roomId: string, id = `m${++lastId}`): HeldMessage {
  const at = "2026-12-01T18:02:00.000Z";
  const message = { id, roomId, seq: 0, content: id, isSystem: false, sender: null, timestamp: at, sentAt: at };
  return { held: true, releaseAt: "2026-12-01T18:25:00.000Z", message };
}

const ids = () => held.value.map(({ message }) => message.id);

beforeEach(clearHeld);

test("a message that is told twice, by the ack and to all tabs, waits once", () => {
  const one = waiting("room");
  addHeld(one);
  addHeld({ ...one, releaseAt: "2026-12-01T18:30:00.000Z" });
  assert.deepEqual(
    held.value.map(({ releaseAt }) => releaseAt),
    ["2026-12-01T18:30:00.000Z"],
  );
});

test("a published message waits no longer, also if its ack arrives after it", () => {
  const [before, after] = [waiting("room"), waiting("room")];
  addHeld(before);
  heldPublished(before.message.id);
  heldPublished(after.message.id);
  addHeld(after);
  assert.deepEqual(ids(), []);
});

test("the answer to joining replaces the messages of its room only", () => {
  const [here, there, now] = [waiting("here"), waiting("there"), waiting("here")];
  addHeld(here);
  addHeld(there);
  replaceHeld("here", [now]);
  assert.deepEqual(ids(), [there.message.id, now.message.id]);
});

test("a message that is removed is returned once", () => {
  const one = waiting("room");
  addHeld(one);
  assert.equal(removeHeld(one.message.id), one);
  assert.equal(removeHeld(one.message.id), null);
});
