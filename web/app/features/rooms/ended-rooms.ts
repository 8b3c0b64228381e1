/** Rooms that are no longer the user's, not by this page: removed from or deleted during an absence. They are shown as notices. */

import { effect } from "@preact/signals";
import { rooms as api, endedHere } from "../../core/api";
import { on } from "../../core/connection";
import { ApiError } from "../../core/http";
import { route } from "../../core/router";
import { user } from "../../core/session";
import type { ListedRoom } from "../../core/types";
import { myRooms } from "./my-rooms";
import { notifications, notify } from "./notifications";

interface Seen {
  readonly userId: string | undefined;
  readonly rooms: readonly ListedRoom[] | null;
}

/** Reasons that the server gave, by room. */
const reasons = new Map<string, string>();

/** Start to compare each list of rooms with the one before. */
export function startEndedRooms(): void {
  on("removed-from-room", ({ roomId, reason }) => {
    if (!isOnPage(roomId)) reasons.set(roomId, reason);
  });
  let before: Seen = { userId: undefined, rooms: null };
  effect(() => {
    const now: Seen = { userId: user.value?.id, rooms: myRooms.value };
    const earlier = before.userId === now.userId && now.rooms ? (before.rooms ?? []) : [];
    if (now.rooms || before.userId !== now.userId) before = now; // a list that is only cleared is no news
    const ids = new Set(now.rooms?.map(({ id }) => id));
    for (const room of earlier) if (!ids.has(room.id)) void notifyOfEnd(room);
  });
}

async function notifyOfEnd({ id, name, visibility }: ListedRoom): Promise<void> {
  const isKnown = () => endedHere.has(id) || isOnPage(id) || isNotified(id);
  await null; // a later listener of the same event may make a notice
  if (isKnown()) return;
  const reason = reasons.get(id) ?? (await findReason(id, visibility));
  if (!reason || isKnown()) return;
  reasons.delete(id);
  notify({ type: "room-ended", roomId: id, roomName: name, reason });
}

/** Load the reason, because a long list may only lack the room; null if the user is still a member. */
async function findReason(id: string, visibility: ListedRoom["visibility"]): Promise<string | null> {
  const code = await api.messages(id, { limit: 1 }).then(
    () => "",
    (error: unknown) => (error instanceof ApiError ? error.code : ""),
  );
  const received = reasons.get(id);
  if (received) return received;
  if (code === "not_a_member") return "ended";
  if (code === "room_not_found") return visibility === "public" ? "deleted" : "gone";
  return null;
}

// the view of the room shows it
const isOnPage = (id: string): boolean => route.peek().name === "room" && route.peek().id === id;
const isNotified = (id: string): boolean =>
  notifications.peek().some(({ type, roomId }) => roomId === id && (type === "room-deleted" || type === "room-ended"));
