/**
 * The room that the user is in: one in each tab, the one that was joined last. It stays on all views, and through a reload, until
 * the user leaves it, joins another one, signs out or closes the tab.
 */

import { effect, signal } from "@preact/signals";
import { user } from "../../core/session";
import { readTab, writeTab } from "../../core/tab-store";
import { RoomSession } from "./room-session";
import type { RoomState } from "./room-state";

const KEY = "current-room";
/** States in which the user is not in the room, and does not get into it by waiting. */
const FINAL_STATES: readonly RoomState[] = ["outside", "missing", "deleted", "gone", "left", "removed", "banned"];

/** The room that the user is in, or null. */
export const currentRoom = signal<RoomSession | null>(null);

/** Rooms that a view shows. */
const shown = new Set<RoomSession>();

interface Stored {
  readonly user?: unknown;
  readonly room?: unknown;
}

const stored = (): Stored => (readTab(KEY) as Stored | null) ?? {};

/** The session of a room: the current one, or another one, which becomes the current one as soon as it is open. */
export function sessionOf(id: string): RoomSession {
  const known = RoomSession.live.get(id);
  if (known) return known;
  const room = new RoomSession(id);
  const stop = effect(() => {
    const state = room.state.value;
    // after the code that sets the state has run: this may close rooms
    queueMicrotask(() => {
      if (room.isClosed) return;
      if (state === "open") enter(room);
      else if (FINAL_STATES.includes(state)) lose(room);
    });
  });
  room.onClose(stop);
  return room;
}

/** Register a view that shows the room; returns a function for the end of that view. */
export function registerView(room: RoomSession): () => void {
  shown.add(room);
  return () => {
    shown.delete(room);
    room.unwatch();
    queueMicrotask(closeUnused); // the next view may show the same room
  };
}

/** Close the sessions that no view needs, also that of a view that was replaced before it was on the page. */
function closeUnused(): void {
  for (const room of [...RoomSession.live.values()]) {
    const isNeeded = shown.has(room) || room === currentRoom.peek() || room.id === stored().room;
    if (!isNeeded) room.close();
  }
}

/** Leave the current room for now; the user stays a member. */
export function leaveCurrentRoom(): void {
  const room = currentRoom.peek();
  setCurrent(null);
  if (room && !shown.has(room)) room.close();
}

/** Begin for the user who is signed in now, or for a guest. */
export function restoreCurrentRoom(): void {
  for (const room of [...RoomSession.live.values()]) if (!shown.has(room)) room.close();
  currentRoom.value = null;
  const before = stored();
  if (typeof before.room === "string" && before.user === user.peek()?.id) sessionOf(before.room);
  else writeTab(KEY, null);
}

function enter(room: RoomSession): void {
  const before = currentRoom.peek();
  if (before === room) return;
  setCurrent(room);
  if (before && !shown.has(before)) before.close();
}

function lose(room: RoomSession): void {
  if (currentRoom.peek() === room || stored().room === room.id) setCurrent(null);
  if (!shown.has(room)) room.close();
}

function setCurrent(room: RoomSession | null): void {
  currentRoom.value = room;
  writeTab(KEY, room && { user: user.peek()?.id, room: room.id });
}
