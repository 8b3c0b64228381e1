import "./support/browser";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { RoomUser } from "../app/core/types";
import { Presence, type PresenceChange } from "../app/features/room/presence";

let gaps = 0;
let changes: PresenceChange[] = [];
let presence: Presence;

const person = (id: string, status: RoomUser["status"] = "active"): RoomUser => ({
  id,
  name: `Name of ${id}`,
  avatar: null,
  status,
  lastActive: "2026-09-01T10:00:00Z",
  activity: null,
  followsTimer: true,
  focusedToday: null,
  focusSince: null,
});
const ids = () => presence.people.value.map(({ id }) => id);

beforeEach(() => {
  gaps = 0;
  changes = [];
  presence = new Presence(
    () => gaps++,
    (change) => changes.push(change),
  );
  presence.reset([person("ada"), person("ben")], 7);
});

test("users come and go with the next versions", () => {
  presence.joined({ ...person("cem"), version: 8 });
  presence.left({ userId: "ada", version: 9 });
  assert.deepEqual(ids(), ["ben", "cem"]);
  assert.deepEqual(changes, [
    { kind: "joined", name: "Name of cem" },
    { kind: "left", name: "Name of ada" },
  ]);
  assert.equal(gaps, 0);
});

test("a user who comes again is listed once", () => {
  presence.joined({ ...person("ada", "away"), version: 8 });
  assert.deepEqual(ids(), ["ben", "ada"]);
});

test("an event that is older than the list changes nothing", () => {
  presence.left({ userId: "ada", version: 7 });
  presence.left({ userId: "ben", version: 3 });
  assert.deepEqual(ids(), ["ada", "ben"]);
  assert.deepEqual([gaps, changes], [0, []]);
});

test("a gap between versions loads the list again, and changes nothing", () => {
  presence.joined({ ...person("cem"), version: 9 });
  assert.deepEqual(ids(), ["ada", "ben"]);
  assert.deepEqual([gaps, changes, presence.version], [1, [], 7]);
});

test("events before the first list change nothing", () => {
  const empty = new Presence(
    () => gaps++,
    () => {},
  );
  empty.joined({ ...person("cem"), version: 1 });
  assert.deepEqual([empty.people.value, gaps], [[], 0]);
});

test("a status changes in place", () => {
  presence.changed({
    ...person("ada"),
    userId: "ada",
    status: "busy",
    activity: "Sheet 4",
    lastActive: "2026-09-01T10:05:00Z",
    version: 8,
  });
  assert.deepEqual(
    presence.people.value.map(({ id, status }) => [id, status]),
    [
      ["ada", "busy"],
      ["ben", "active"],
    ],
  );
});
