// @ts-nocheck
/** Notices of events in other rooms: one for each kind and room, with the names of all users in it. */

import { signal } from "@preact/signals";
import { on } from "../../core/connection";
import { route } from "../../core/router";

const MOST = 3;
const SAME = { muted: "mute", unmuted: "mute", "role-changed": "role", "room-handed-over": "role" };

/** Notices, oldest first: `{key, type, roomId, roomName, users, number, role, until, at}`. */
export const notifications = signal([]);

export function dismissNotification(key) {
  notifications.value = notifications.peek().filter((item) => item.key !== key);
}

// the room that is open shows it itself, and its moderation what is reported
function isSeen({ type, roomId }) {
  const { name, id } = route.peek();
  return id === roomId && (name === "room" || (name === "moderation" && type.endsWith("-reported")));
}

function added(held, { user, ...item }) {
  const key = `${SAME[item.type] ?? item.type} ${item.roomId}`;
  const before = held.find((one) => one.key === key && one.type === item.type);
  const users = [...(before?.users ?? []).filter(({ id }) => id !== user?.id), ...(user ? [user] : [])];
  const others = held.filter((one) => one.key !== key && (item.type !== "room-deleted" || one.roomId !== item.roomId));
  return [...others, { ...item, key, users, number: (before?.number ?? 0) + 1, at: Date.now() }].slice(-MOST);
}

/** Show a notice `{type, roomId, roomName, user}`; the same kind of the same room becomes one with what is shown already. */
export function notify(item) {
  notifications.value = added(notifications.peek(), item);
}

on("notification", (item) => isSeen(item) || notify(item));
