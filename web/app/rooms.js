/** My rooms with their unread counts and who is in them, brought up to date while somebody looks. */

import { computed, signal } from "@preact/signals";
import { dashboard as fetchDashboard, rooms as api } from "./api.js";
import { on } from "./connection.js";
import { renamed } from "./names.js";
import { user } from "./session.js";

const EVERY = 20_000;
const MOST_LOOKED_INTO = 8;

/** Last active first; null until they were loaded. */
export const myRooms = signal(null);
/** Why they could not be loaded, or null. */
export const roomsProblem = signal(null);
/** Who is in which of my rooms now: `{roomId: [person]}`. */
export const whoIsIn = signal({});
export const unreadTotal = computed(() => (myRooms.value ?? []).reduce((sum, room) => sum + (room.unread ?? 0), 0));

let loading = null;

export function refresh() {
  if (!user.peek()) return;
  loading ??= load().finally(() => (loading = null));
  return loading;
}

async function load() {
  try {
    const { userRooms } = await api.list({ limit: 1 });
    myRooms.value = userRooms.map(corrected);
    roomsProblem.value = null;
    const lively = userRooms.filter((room) => room.activeMembers > 0).slice(0, MOST_LOOKED_INTO);
    const people = await Promise.all(lively.map((room) => api.presence(room.id).catch(() => [])));
    whoIsIn.value = Object.fromEntries(lively.map((room, at) => [room.id, people[at]]));
  } catch (problem) {
    if (problem.code !== "signed_out") roomsProblem.value = problem;
  }
}

// An open room counts for itself what is unread: the server hears of it a moment later.
const counted = new Map();
const corrected = (room) => (counted.has(room.id) ? { ...room, unread: counted.get(room.id) } : room);

export function noteUnread(roomId, unread) {
  counted.set(roomId, unread);
  note(roomId, { unread });
}

export const stopCounting = (roomId) => counted.delete(roomId);

/** Note what this page knows itself of one of my rooms, before the server is asked again. */
export function note(roomId, fields) {
  const held = myRooms.peek();
  const isNews = held?.some((room) => room.id === roomId && Object.keys(fields).some((name) => room[name] !== fields[name]));
  if (isNews) myRooms.value = held.map((room) => (room.id === roomId ? { ...room, ...fields } : room));
}

/** The name of one of my rooms; "" if it is not known. */
export const nameOf = (roomId) => myRooms.peek()?.find((room) => room.id === roomId)?.name ?? "";

export function dropRoom(roomId) {
  const held = myRooms.peek();
  if (held) myRooms.value = held.filter((room) => room.id !== roomId);
}

export function clearRooms() {
  myRooms.value = roomsProblem.value = null;
  whoIsIn.value = {};
}

export const dashboard = fetchDashboard;

on("notification", refresh);
on("removed-from-room", refresh);
on("user-updated", (event) => (whoIsIn.value = renamed(whoIsIn.peek(), event.user)));
on("connect", refresh);
setInterval(() => document.visibilityState === "visible" && refresh(), EVERY);
addEventListener("focus", refresh);
