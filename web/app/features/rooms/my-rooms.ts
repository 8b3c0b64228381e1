/** The user's rooms with their unread counts, kept up to date by events of the server. */

import { computed, signal } from "@preact/signals";
import { rooms as api } from "../../core/api";
import { on } from "../../core/connection";
import { type ApiError, toApiError } from "../../core/http";
import { PendingChanges } from "../../core/pending-changes";
import { user } from "../../core/session";
import type { Dashboard, ListedRoom } from "../../core/types";
import { clearPresence, loadPresence, startPresence } from "./present-users";
import { type KnownSeqs, ReadMarks } from "./read-marks";

/** Milliseconds for which a list is fresh when the user comes back to the tab. */
const FRESH_FOR = 30_000;
/** Mean milliseconds until the request that events cause. Clients spread theirs, as an event may reach thousands. */
const REQUEST_DELAY = 2_000;

/** Last active first; null until they are loaded. */
export const myRooms = signal<readonly ListedRoom[] | null>(null);
/** Error of the last request, or null. */
export const roomsError = signal<ApiError | null>(null);
export const unreadTotal = computed(() => (myRooms.value ?? []).reduce((sum, { unread }) => sum + unread, 0));
/** Time when `myRooms` was loaded, in ms since 1970. */
export const roomsLoadedAt = signal(0);
/** The home view as it was shown last, with the time in `at`; null before that. */
export const lastHome = signal<(Dashboard & { readonly at: number }) | null>(null);

/** Names of rooms as last seen, also of rooms that have left the list since. */
const names = new Map<string, string>();
let marks = new ReadMarks();
/** Marks that arrive during the request of a list that replaces all others. */
let newMarks: ReadMarks | null = null;
let loading: Promise<void> | null = null;
let loadedAt = -Infinity;
let timer: ReturnType<typeof setTimeout> | null = null;

const pending = new PendingChanges();

/** Load the list; a request that is on its way is used. */
export function refresh(): Promise<void> {
  if (!user.peek()) return Promise.resolve();
  if (loading) return loading;
  const request = load().finally(() => {
    if (loading === request) loading = null;
  });
  loading = request;
  return request;
}

// The list has what was missed before now. The server may have begun anew, with smaller numbers.
async function reload(): Promise<void> {
  await loading;
  newMarks = new ReadMarks();
  await refresh();
  newMarks = null;
}

/** Load the list in a moment: several events that come together cause one request. */
function refreshSoon(): void {
  timer ??= setTimeout(
    async () => {
      timer = null;
      await loading; // its answer may be from before the event
      await refresh();
    },
    REQUEST_DELAY * (0.5 + Math.random()),
  );
}

async function load(): Promise<void> {
  const request = pending.begin();
  try {
    const { userRooms } = await api.list({ limit: 1 });
    if (!request.isCurrent()) return; // another user signed in
    if (newMarks) marks = newMarks;
    for (const { id, name } of userRooms) names.set(id, name);
    myRooms.value = userRooms.map((room) => ({ ...room, unread: marks.updateListed(room) }));
    roomsError.value = null;
    roomsLoadedAt.value = loadedAt = Date.now();
    request.replay();
    await loadPresence(myRooms.peek() ?? [], request.isCurrent);
  } catch (error) {
    const problem = toApiError(error);
    if (problem.code !== "signed_out") roomsError.value = problem;
  } finally {
    request.end();
  }
}

/** Learn the last message of a room, and the last one read, and update the unread count. */
export function setUnread(roomId: string, known: KnownSeqs): void {
  newMarks?.update(roomId, known);
  patch(roomId, { unread: marks.update(roomId, known) }); // a list on its way is compared with the marks
}

/** Change fields of one of the rooms, before the server is asked again. */
export const patchRoom = (roomId: string, fields: Partial<ListedRoom>): void => pending.apply(() => patch(roomId, fields));

function patch(roomId: string, fields: Partial<ListedRoom>): void {
  const rooms = myRooms.peek();
  const room = rooms?.find(({ id }) => id === roomId);
  if (!rooms || !room) return;
  const changed = { ...room, ...fields };
  const names = Object.keys(fields) as (keyof ListedRoom)[];
  if (names.some((name) => room[name] !== changed[name])) myRooms.value = rooms.map((one) => (one === room ? changed : one));
}

/** Remember the name of a room that is opened: the list may not be loaded yet. */
export const rememberName = ({ id, name }: Pick<ListedRoom, "id" | "name">): void => void names.set(id, name);

/** The name of a room that is or was in the list, or was opened on this page; "" if it is unknown. */
export const nameOf = (roomId: string): string =>
  myRooms.peek()?.find(({ id }) => id === roomId)?.name ?? names.get(roomId) ?? "";

/** Remove a room from the list. */
export const removeRoom = (roomId: string): void =>
  pending.apply(() => {
    const rooms = myRooms.peek();
    if (rooms) myRooms.value = rooms.filter(({ id }) => id !== roomId);
  });

/** Clear all rooms when another user signs in. */
export function clearRooms(): void {
  myRooms.value = roomsError.value = lastHome.value = null;
  marks = new ReadMarks();
  names.clear();
  loading = null;
  pending.clear();
  clearPresence();
}

/** Move a room to the top: the list is by last activity. */
function moveToTop(roomId: string): void {
  patchRoom(roomId, { lastActive: new Date().toISOString() });
  pending.apply(() => {
    const rooms = myRooms.peek();
    const room = rooms?.find(({ id }) => id === roomId);
    if (rooms && room && room !== rooms[0]) myRooms.value = [room, ...rooms.filter((other) => other !== room)];
  });
}

/** An event of a room that is not in the list: the user joined it elsewhere. */
function refreshIfUnknown(roomId: string): void {
  const rooms = myRooms.peek();
  if (rooms && !rooms.some(({ id }) => id === roomId)) refreshSoon();
}

function refreshIfStale(): void {
  if (document.visibilityState === "visible" && Date.now() - loadedAt > FRESH_FOR) void refresh();
}

/** Start to follow events of the server, and to load the list when the user comes back to the tab. */
export function startMyRooms(): void {
  on("notification", ({ type, roomId, totalMembers }) => {
    if (type === "room-deleted") removeRoom(roomId);
    else if (type === "role-changed" || type === "room-handed-over") refreshSoon();
    else if (totalMembers) patchRoom(roomId, { totalMembers });
  });
  on("removed-from-room", ({ roomId }) => {
    removeRoom(roomId);
    refreshSoon();
  });
  on("room-activity", ({ roomId, lastSeq }) => {
    setUnread(roomId, { lastSeq });
    moveToTop(roomId);
    refreshIfUnknown(roomId);
  });
  on("read-updated", ({ roomId, lastRead, unread }) => {
    setUnread(roomId, { lastSeq: lastRead + unread, read: lastRead });
    refreshIfUnknown(roomId);
  });
  on("room-presence", ({ roomId, activeMembers }) => patchRoom(roomId, { activeMembers, isActive: activeMembers > 0 }));
  startPresence();
  on("listening", reload); // events before this may have been missed; later ones arrive
  addEventListener("focus", refreshIfStale);
  document.addEventListener("visibilitychange", refreshIfStale);
}
