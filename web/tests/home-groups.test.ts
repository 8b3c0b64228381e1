import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, PresentUser, StudyingNow } from "../app/core/types";
import { messagesByRoom, peopleIn } from "../app/features/rooms/home-groups";

const message = (id: string, roomId: string) => ({ id, roomId }) as Message;
const present = (userId: string, activity: string | null = null) => ({ userId, name: userId, activity }) as PresentUser;
const studying = (id: string, roomId: string, focusing: boolean, activity: string | null = null) =>
  ({ roomId, user: { id, name: id }, focusing, activity }) as StudyingNow;
const ids = (found: ReturnType<typeof peopleIn>) => found.people.map(({ id }) => id);

test("messages are grouped by room, the room with the newest one first", () => {
  const groups = messagesByRoom([message("4", "b"), message("3", "a"), message("2", "b"), message("1", "a")]);
  assert.deepEqual(
    groups.map(({ roomId, messages }) => [roomId, messages.map(({ id }) => id)]),
    [
      ["b", ["4", "2"]],
      ["a", ["3", "1"]],
    ],
  );
});

test("people who focus come first, then those with an activity; the user is left out", () => {
  const room = { id: "a", activeMembers: 4 };
  const here = [present("me"), present("ben"), present("cem", "Sheet 4"), present("dee")];
  const found = peopleIn(room, here, [studying("dee", "a", true), studying("ben", "b", true)], "me", 9);
  assert.deepEqual(found, {
    people: [
      { id: "dee", name: "dee", activity: null, isFocusing: true },
      { id: "cem", name: "cem", activity: "Sheet 4", isFocusing: false },
      { id: "ben", name: "ben", activity: null, isFocusing: false },
    ],
    more: 0,
  });
  assert.equal(peopleIn(room, here, [], "me", 2).more, 1);
});

test("a full room shows members of the dashboard, and the number of the others", () => {
  const room = { id: "a", activeMembers: 30 };
  const found = peopleIn(room, [], [studying("ben", "a", true), studying("eve", "b", true)], "me", 4);
  assert.deepEqual(ids(found), ["ben"]);
  assert.equal(found.more, 29);
  assert.deepEqual(peopleIn(room, [], [], "me", 4), { people: [], more: 0 });
});
