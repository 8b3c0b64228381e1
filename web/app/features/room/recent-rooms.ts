/** Rooms that were on the page recently: their last state is shown again before the server answers, or if it cannot. */

import { effect } from "@preact/signals";
import { user } from "../../core/session";
import type { Member, Message, Room } from "../../core/types";

/** Visible state of a room. */
export interface RoomSnapshot {
  /** Time of this state, in ms since 1970. */
  readonly at: number;
  readonly epoch: string;
  readonly info: Room | null;
  readonly members: readonly Member[];
  readonly lastRead: number;
  readonly unreadAfter: number | null;
  readonly mutedUntil: string | null;
  readonly visibleFrom: number;
  readonly messages: readonly Message[];
  readonly last: number;
  readonly first: number;
}

const MAX_ROOMS = 12;
const snapshots = new Map<string, RoomSnapshot>();

/** Store the state of a room; null removes it. */
export function storeSnapshot(roomId: string, snapshot: RoomSnapshot | null): void {
  snapshots.delete(roomId);
  if (snapshot) snapshots.set(roomId, snapshot);
  const [oldest] = snapshots.keys();
  if (oldest !== undefined && snapshots.size > MAX_ROOMS) snapshots.delete(oldest);
}

/** The stored state of a room, or null. */
export const snapshotOf = (roomId: string): RoomSnapshot | null => snapshots.get(roomId) ?? null;

/** Start to remove all states when the user changes: a shared computer stores nothing of earlier users. */
export function startRecentRooms(): void {
  let userId: string | undefined;
  effect(() => {
    if (userId !== user.value?.id) snapshots.clear();
    userId = user.value?.id;
  });
}
