/** Users who are present in the rooms of a list, by room. */

import { signal } from "@preact/signals";
import { rooms as api } from "../../core/api";
import { on } from "../../core/connection";
import { renamed } from "../../core/names";
import { PendingChanges } from "../../core/pending-changes";
import { route, type ViewName } from "../../core/router";
import { type Throttled, trailingThrottle } from "../../core/throttle";
import type { ListedRoom, PresentUser } from "../../core/types";

const REQUEST_INTERVAL = 5_000;
/** Rooms of which a list has the names of the users. */
const MAX_ROOMS = 8;
/** Users of a room whose names are shown; of more only the number. */
const MAX_USERS = 20;
/** Views with names of users in rooms. */
const VIEWS: readonly ViewName[] = ["dashboard", "rooms"];

type PresentUsers = Readonly<Record<string, readonly PresentUser[]>>;

/** Users by the id of their room. */
export const presentUsers = signal<PresentUsers>({});

/** Number of users in each room, as received last. */
const counts = new Map<string, number>();
/** Throttled requests for the users of each room. */
const requests = new Map<string, Throttled>();
const pending = new PendingChanges();

const hasNames = (activeMembers: number): boolean => activeMembers > 0 && activeMembers <= MAX_USERS;
const usersOf = (roomId: string): Promise<PresentUser[]> => api.presence(roomId).catch(() => []);

/** Load the users of the first rooms with a few of them; `isCurrent()` is false if the answer is not needed any more. */
export async function loadPresence(rooms: readonly ListedRoom[], isCurrent: () => boolean): Promise<void> {
  const request = pending.begin();
  const withNames = rooms.filter(({ activeMembers }) => hasNames(activeMembers)).slice(0, MAX_ROOMS);
  const found = await Promise.all(withNames.map(async ({ id }) => [id, await usersOf(id)] as const));
  request.end();
  if (!isCurrent()) return;
  presentUsers.value = Object.fromEntries(found);
  request.replay();
}

async function load(roomId: string): Promise<void> {
  const count = counts.get(roomId);
  const shown = presentUsers.peek();
  const hasPlace = roomId in shown || Object.keys(shown).length < MAX_ROOMS;
  const isNeeded = hasPlace && VIEWS.includes(route.peek().name) && document.visibilityState === "visible";
  const users = isNeeded ? await usersOf(roomId) : [];
  if (count && counts.get(roomId) === count) setUsers(roomId, users); // else users came or went meanwhile
}

const setUsers = (roomId: string, users: readonly PresentUser[]): void =>
  pending.apply(() => {
    const { [roomId]: _before, ...others } = presentUsers.peek();
    presentUsers.value = users.length ? { ...others, [roomId]: users } : others; // an empty room would take one of the places
  });

/** Clear all users when another user signs in. */
export function clearPresence(): void {
  for (const request of requests.values()) request.stop();
  counts.clear();
  requests.clear();
  pending.clear();
  presentUsers.value = {};
}

/** Start to follow the presence in rooms. */
export function startPresence(): void {
  on("user-updated", ({ user }) =>
    pending.apply(() => {
      presentUsers.value = Object.fromEntries(
        Object.entries(presentUsers.peek()).map(([id, users]) => [id, renamed(users, user)]),
      );
    }),
  );
  on("room-presence", ({ roomId, activeMembers }) => {
    counts.set(roomId, activeMembers);
    if (!hasNames(activeMembers)) return setUsers(roomId, []);
    const request = requests.get(roomId) ?? trailingThrottle(() => load(roomId), REQUEST_INTERVAL);
    requests.set(roomId, request);
    request();
  });
}
