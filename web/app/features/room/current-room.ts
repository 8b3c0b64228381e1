// @ts-nocheck
/**
 * The room that I am in: one in each tab, the one I came into last. It stays on whichever view I look at, and through a
 * reload, until I leave it, come into another one, sign out or close the tab.
 */

import { effect, signal } from "@preact/signals";
import { user } from "../../core/session";
import { readTab, writeTab } from "../../core/tab-store";
import { RoomSession } from "./room-session";

const KEY = "seat";
/** States in which one is not in the room, and does not come into it by waiting. */
const OVER = ["outside", "missing", "deleted", "gone", "left", "removed", "banned"];

/** The room that I am in, or null. */
export const currentRoom = signal(null);

const viewed = new Set();

/** Return the room of this id: the one that I am in, or another one, which I am in as soon as it is open. */
export function visit(id) {
  const known = RoomSession.live.get(id);
  if (known) return known;
  const room = new RoomSession(id);
  room.stops.push(
    effect(() => {
      const state = room.state.value;
      // after whoever sets the state has done so: what is here closes rooms
      queueMicrotask(() => !room.isClosed && (state === "open" ? take(room) : OVER.includes(state) && lose(room)));
    }),
  );
  return room;
}

/** Register a view that shows the room; returns what ends that. */
export function show(room) {
  viewed.add(room);
  return () => {
    viewed.delete(room);
    room.unwatch();
    if (currentRoom.peek() !== room) room.close();
  };
}

/** Go out of the room that I am in; I stay a member. */
export function leave() {
  const room = currentRoom.peek();
  set(null);
  if (room && !viewed.has(room)) room.close();
}

/** Begin for the user who is signed in now, or for a guest. */
export function restoreCurrentRoom() {
  for (const room of [...RoomSession.live.values()]) if (!viewed.has(room)) room.close();
  currentRoom.value = null;
  const kept = readTab(KEY);
  if (kept && kept.user === user.peek()?.id) visit(kept.room);
  else writeTab(KEY, null);
}

function take(room) {
  const before = currentRoom.peek();
  if (before === room) return;
  set(room);
  if (before && !viewed.has(before)) before.close();
}

function lose(room) {
  if (currentRoom.peek() === room || readTab(KEY)?.room === room.id) set(null);
  if (!viewed.has(room)) room.close();
}

function set(room) {
  currentRoom.value = room;
  writeTab(KEY, room && { user: user.peek()?.id, room: room.id });
}
