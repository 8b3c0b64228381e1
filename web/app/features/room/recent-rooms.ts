// @ts-nocheck
/** Rooms that were on the page lately: what was shown of them is there again before the server answers, or if it cannot. */

import { batch, effect } from "@preact/signals";
import { user } from "../../core/session";

const MOST = 12;
const SIGNALS = ["info", "members", "lastRead", "unreadAfter", "mutedUntil", "visibleFrom"];
const shown = new Map();

/** Keep what an `RoomSession` shows, or forget the room if it is closed to me. */
export function remember(room) {
  shown.delete(room.id);
  if (room.epoch === null || !["open", "loading"].includes(room.state.peek())) return;
  const values = SIGNALS.map((name) => room[name].peek());
  const { messages, last, first } = room.timeline;
  const talk = [messages.peek(), last.peek(), first.peek()];
  shown.set(room.id, { at: room.asOf.peek() ?? Date.now(), epoch: room.epoch, values, talk });
  if (shown.size > MOST) shown.delete(shown.keys().next().value);
}

/** Show in a room what was remembered, unless it has something newer. */
export function recall(room) {
  const kept = shown.get(room.id);
  if (!kept || room.epoch !== null || room.state.peek() !== "loading") return;
  batch(() => {
    SIGNALS.forEach((name, at) => (room[name].value = kept.values[at]));
    room.timeline.replace(...kept.talk);
    room.asOf.value = kept.at;
    room.epoch = kept.epoch;
  });
}

/** Start to forget all rooms when the user changes: a shared computer stores nothing of earlier users. */
export function startRecentRooms() {
  let userId = null;
  effect(() => {
    if (userId !== user.value?.id) shown.clear();
    userId = user.value?.id;
  });
}
