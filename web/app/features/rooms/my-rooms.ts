// @ts-nocheck
/** My rooms with their unread counts and who is in them, kept up to date by what the server pushes. */

import { computed, signal } from "@preact/signals";
import { rooms as api, dashboard as fetchDashboard } from "../../core/api";
import { on } from "../../core/connection";
import { renamed } from "../../core/names";
import { route } from "../../core/router";
import { user } from "../../core/session";
import { paced } from "../../core/throttle";
import { ReadMarks } from "./read-marks";

/** Milliseconds for which a list is good when one comes back to the tab, and between two that events ask for. */
const GOOD_FOR = 30_000;
const PAUSE = 2_000;
const LOOK_PAUSE = 5_000;
/** Rooms of which a list names who is there, and how many those may be: of a crowd only the number is shown. */
const MOST_LOOKED_INTO = 8;
const CROWD = 20;
/** Views that name who is in rooms. */
const LISTS = ["dashboard", "rooms"];

/** Last active first; null until they were loaded. */
export const myRooms = signal(null);
/** Why they could not be loaded, or null. */
export const roomsProblem = signal(null);
/** Who is in which of my rooms now: `{roomId: [person]}`. */
export const whoIsIn = signal({});
export const unreadTotal = computed(() => (myRooms.value ?? []).reduce((sum, room) => sum + (room.unread ?? 0), 0));

/** When `myRooms` was loaded, in ms since 1970. */
export const roomsAt = signal(0);
/** The desk as it was shown last, with the time in `at`; null before that. */
export const lastDesk = signal(null);

let marks = new ReadMarks();
/** Marks that arrive while a list is loaded that replaces all others. */
let afresh = null;
let loading = null;
let loadedAt = -Infinity;
let soon = 0;

export function refresh() {
  if (!user.peek()) return;
  const asked = (loading ??= load().finally(() => loading === asked && (loading = null)));
  return loading;
}

// What was missed before now is in the list that is asked for now. The server may have begun anew, with smaller numbers.
async function beginAnew() {
  await loading;
  afresh = new ReadMarks();
  await refresh();
  afresh = null;
}

/** Ask again in a moment: several events that come together ask once. */
function refreshSoon() {
  soon ||= setTimeout(
    () => {
      soon = 0;
      Promise.resolve(loading).then(refresh); // what is on its way may be from before
    },
    PAUSE * (0.5 + Math.random()),
  );
}

/** Changes that events said while the list was on its way, which may be from before them; null if none is. */
let meanwhile = null;

/** Change the list, and once more the one that is on its way. */
function apply(change) {
  meanwhile?.push(change);
  change();
}

const again = (changes) => changes.forEach((change) => change());

const isLookedInto = ({ activeMembers }) => activeMembers > 0 && activeMembers <= CROWD;
const whoIs = (roomId) => api.presence(roomId).catch(() => []);
/** Number of people in each room, as pushed last, and the lookups of their names. */
const counted = new Map();
const looking = new Map();

async function load() {
  const heard = (meanwhile = []);
  try {
    const { userRooms } = await api.list({ limit: 1 });
    if (afresh) marks = afresh;
    myRooms.value = userRooms.map((room) => ({ ...room, unread: marks.listed(room) }));
    roomsProblem.value = null;
    roomsAt.value = Date.now();
    loadedAt = Date.now();
    again(heard);
    const lively = myRooms.peek().filter(isLookedInto).slice(0, MOST_LOOKED_INTO);
    const found = await Promise.all(lively.map(async ({ id }) => [id, await whoIs(id)]));
    if (meanwhile !== heard) return; // another user signed in
    whoIsIn.value = Object.fromEntries(found);
    again(heard);
  } catch (problem) {
    if (problem.code !== "signed_out") roomsProblem.value = problem;
  } finally {
    if (meanwhile === heard) meanwhile = null;
  }
}

/** Store the last message of a room, and the last one read, as this page knows them. */
export function setUnread(roomId, known) {
  afresh?.note(roomId, known);
  change(roomId, { unread: marks.note(roomId, known) }); // a list on its way is compared with the marks
}

/** Note what this page knows itself of one of my rooms, before the server is asked again. */
export const note = (roomId, fields) => apply(() => change(roomId, fields));

function change(roomId, fields) {
  const held = myRooms.peek();
  const isNews = held?.some((room) => room.id === roomId && Object.keys(fields).some((name) => room[name] !== fields[name]));
  if (isNews) myRooms.value = held.map((room) => (room.id === roomId ? { ...room, ...fields } : room));
}

/** The name of one of my rooms; "" if it is not known. */
export const nameOf = (roomId) => myRooms.peek()?.find((room) => room.id === roomId)?.name ?? "";

export const dropRoom = (roomId) =>
  apply(() => {
    const held = myRooms.peek();
    if (held) myRooms.value = held.filter((room) => room.id !== roomId);
  });

export function clearRooms() {
  myRooms.value = roomsProblem.value = lastDesk.value = null;
  marks = new ReadMarks();
  loading = meanwhile = null;
  counted.clear();
  looking.clear();
  whoIsIn.value = {};
}

export const dashboard = fetchDashboard;

on("notification", ({ type, roomId, totalMembers }) => {
  if (type === "room-deleted") dropRoom(roomId);
  else if (["role-changed", "room-handed-over"].includes(type)) refreshSoon();
  else if (totalMembers) note(roomId, { totalMembers });
});
on("removed-from-room", ({ roomId }) => {
  dropRoom(roomId);
  refreshSoon();
});
on("user-updated", (event) => apply(() => (whoIsIn.value = renamed(whoIsIn.peek(), event.user))));

const isKnown = (roomId) => !myRooms.peek() || myRooms.peek().some(({ id }) => id === roomId);

/** Put a room first: the list is by last activity. */
function rise(roomId) {
  note(roomId, { lastActive: new Date().toISOString() });
  apply(() => {
    const held = myRooms.peek();
    const room = held?.find(({ id }) => id === roomId);
    if (room && room !== held[0]) myRooms.value = [room, ...held.filter((other) => other !== room)];
  });
}

on("room-activity", ({ roomId, lastSeq }) => {
  setUnread(roomId, { lastSeq });
  rise(roomId);
  if (!isKnown(roomId)) refreshSoon();
});
on("read-updated", ({ roomId, lastRead, unread }) => {
  setUnread(roomId, { lastSeq: lastRead + unread, read: lastRead });
  if (!isKnown(roomId)) refreshSoon();
});
on("room-presence", ({ roomId, activeMembers }) => {
  note(roomId, { activeMembers, isActive: activeMembers > 0 });
  counted.set(roomId, activeMembers);
  if (!isLookedInto({ activeMembers })) return name(roomId, []);
  if (!looking.has(roomId))
    looking.set(
      roomId,
      paced(() => look(roomId), LOOK_PAUSE),
    );
  looking.get(roomId)();
});

async function look(roomId) {
  const activeMembers = counted.get(roomId);
  const isShown = roomId in whoIsIn.peek() || Object.keys(whoIsIn.peek()).length < MOST_LOOKED_INTO;
  const isNamed = isShown && LISTS.includes(route.peek().name) && document.visibilityState === "visible";
  const people = isNamed ? await whoIs(roomId) : [];
  if (activeMembers && counted.get(roomId) === activeMembers) name(roomId, people); // else others came or went meanwhile
}

const name = (roomId, people) =>
  apply(() => {
    const next = { ...whoIsIn.peek(), [roomId]: people };
    if (!people.length) delete next[roomId]; // else it would take one of the places
    whoIsIn.value = next;
  });

// before this something may have been missed; from here on it is heard
on("listening", beginAnew);
const comeBack = () => document.visibilityState === "visible" && Date.now() - loadedAt > GOOD_FOR && refresh();
addEventListener("focus", comeBack);
document.addEventListener("visibilitychange", comeBack);
