// @ts-nocheck
/**
 * The room that I am in: one in each tab, the one I came into last. It stays on whichever view I look at, and through a
 * reload, until I leave it, come into another one, sign out or close the tab.
 */

import { effect, signal } from "@preact/signals";
import { user } from "../../core/session";
import { readTab, writeTab } from "../../core/tab-store";
import { OpenRoom } from "./room-session";

const KEY = "seat";
/** States in which one is not in the room, and does not come into it by waiting. */
const OVER = ["outside", "missing", "deleted", "gone", "left", "removed", "banned"];

/** The room that I am in, or null. */
export const seat = signal(null);

const viewed = new Set();

/** Return the room of this id: the one that I am in, or another one, which I am in as soon as it is open. */
export function visit(id) {
  const known = OpenRoom.live.get(id);
  if (known) return known;
  const room = new OpenRoom(id);
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
    if (seat.peek() !== room) room.close();
  };
}

/** Go out of the room that I am in; I stay a member. */
export function leave() {
  const room = seat.peek();
  set(null);
  if (room && !viewed.has(room)) room.close();
}

/** Begin for the user who is signed in now, or for a guest. */
export function restore() {
  for (const room of [...OpenRoom.live.values()]) if (!viewed.has(room)) room.close();
  seat.value = null;
  const kept = readTab(KEY);
  if (kept && kept.user === user.peek()?.id) visit(kept.room);
  else writeTab(KEY, null);
}

function take(room) {
  const before = seat.peek();
  if (before === room) return;
  set(room);
  if (before && !viewed.has(before)) before.close();
}

function lose(room) {
  if (seat.peek() === room || readTab(KEY)?.room === room.id) set(null);
  if (!viewed.has(room)) room.close();
}

function set(room) {
  seat.value = room;
  writeTab(KEY, room && { user: user.peek()?.id, room: room.id });
}
