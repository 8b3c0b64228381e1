// @ts-nocheck
/** Rooms that went from my rooms without my doing, while I was offline or elsewhere: said as news. */

import { effect } from "@preact/signals";
import { rooms as api, endedHere } from "../../core/api";
import { on } from "../../core/connection";
import { route } from "../../core/router";
import { user } from "../../core/session";
import { myRooms } from "./my-rooms";
import { notify, notifications } from "./notifications";

const reasons = new Map();
on("removed-from-room", ({ roomId, reason }) => isInFront(roomId) || reasons.set(roomId, reason));

let before = { who: null, rooms: null };

effect(() => {
  const now = { who: user.value?.id, rooms: myRooms.value };
  const left = before.who === now.who && now.rooms ? (before.rooms ?? []) : [];
  if (now.rooms || before.who !== now.who) before = now; // a list that is only forgotten tells nothing
  const ids = new Set(now.rooms?.map((room) => room.id));
  for (const room of left) if (!ids.has(room.id)) tell(room);
});

async function tell({ id, name, visibility }) {
  const reason = () => reasons.get(id);
  const isKnown = () => endedHere.has(id) || isInFront(id) || isSaid(id);
  if (isKnown()) return;
  let why = reason();
  if (!why) {
    // a long list may just not show it
    const code = await api.messages(id, { limit: 1 }).then(
      () => null,
      (problem) => problem.code,
    );
    why = reason() ?? { not_a_member: "ended", room_not_found: visibility === "public" ? "deleted" : "gone" }[code];
  }
  if (!why || isKnown()) return;
  reasons.delete(id);
  notify({ type: "room-ended", roomId: id, roomName: name, reason: why });
}

// the door of the room says it
const isInFront = (id) => route.peek().name === "room" && route.peek().id === id;
const isSaid = (id) =>
  notifications.peek().some(({ type, roomId }) => roomId === id && ["room-deleted", "room-ended"].includes(type));
