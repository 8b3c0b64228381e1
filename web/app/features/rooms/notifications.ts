/** Notices of events in other rooms: one for each kind and room, with the names of all users in it. */

import { signal } from "@preact/signals";
import { on } from "../../core/connection";
import { route } from "../../core/router";
import type { Notification, UserSummary } from "../../core/types";

/** An event in a room: of the server, or a room that is no longer one of the user's. */
export type RoomEvent = Omit<Notification, "type" | "timestamp" | "totalMembers"> & {
  readonly type: Notification["type"] | "room-ended";
  /** Reason of a room that is no longer the user's. */
  readonly reason?: string;
};

/** A notice of one or more events. */
export interface Notice extends Omit<RoomEvent, "user"> {
  readonly key: string;
  readonly users: readonly UserSummary[];
  /** Number of events. */
  readonly number: number;
  /** Time of the last event, in ms since 1970. */
  readonly at: number;
}

const MAX_NOTICES = 3;
/** Kinds of which only the last one is shown. */
const KIND_OF_TYPE: Partial<Record<RoomEvent["type"], string>> = {
  muted: "mute",
  unmuted: "mute",
  "role-changed": "role",
  "room-handed-over": "role",
};

/** Oldest first. */
export const notifications = signal<readonly Notice[]>([]);

export function dismissNotification(key: string): void {
  notifications.value = notifications.peek().filter((notice) => notice.key !== key);
}

export function clearNotifications(): void {
  notifications.value = [];
}

/** Kinds that the open room does not show. */
const ALSO_IN_ROOM: readonly RoomEvent["type"][] = ["scheduled-session-soon", "task-cleared"];

// the room that is open shows it itself, and its moderation shows reports
function isVisible({ type, roomId }: RoomEvent): boolean {
  if (ALSO_IN_ROOM.includes(type)) return false;
  const { name, id } = route.peek();
  return id === roomId && (name === "room" || (name === "moderation" && type.endsWith("-reported")));
}

function added(shown: readonly Notice[], { user, ...event }: RoomEvent): readonly Notice[] {
  const key = `${KIND_OF_TYPE[event.type] ?? event.type} ${event.roomId}`;
  const before = shown.find((notice) => notice.key === key && notice.type === event.type);
  const users = [...(before?.users ?? []).filter(({ id }) => id !== user?.id), ...(user ? [user] : [])];
  const others = shown.filter(
    (notice) => notice.key !== key && (event.type !== "room-deleted" || notice.roomId !== event.roomId),
  );
  return [...others, { ...event, key, users, number: (before?.number ?? 0) + 1, at: Date.now() }].slice(-MAX_NOTICES);
}

/** Show a notice of an event. The same kind in the same room becomes one with the notice that is shown already. */
export function notify(event: RoomEvent): void {
  notifications.value = added(notifications.peek(), event);
}

/** Start to show notices of the server's notifications. */
export function startNotifications(): void {
  on("notification", (event) => {
    if (!isVisible(event)) notify(event);
  });
}
