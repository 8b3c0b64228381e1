/** Events of the server that concern one room. */

import { on, type ServerEvents } from "../../core/connection";
import type { Message, RoomUser, UserSummary } from "../../core/types";
import { onRefused, onSent } from "../messages/outbox";
import type { OutboxEntry, SendError } from "../messages/outbox-queue";

/** Handlers of a room's session, by event. */
export interface RoomHandlers {
  connected(): void;
  disconnected(): void;
  message(message: Message): void;
  users(users: readonly RoomUser[], version: number): void;
  userJoined(event: ServerEvents["user-joined"][0]): void;
  userLeft(event: ServerEvents["user-left"][0]): void;
  /** A user has another name or picture, in any room. `looks` are those of the name, if they are known. */
  userUpdated(user: UserSummary, looks?: readonly string[]): void;
  statusUpdated(event: ServerEvents["status-updated"][0]): void;
  messagesExpired(event: ServerEvents["messages-expired"][0]): void;
  roomUpdated(event: ServerEvents["room-updated"][0]): void;
  memberUpdated(event: ServerEvents["member-updated"][0]): void;
  memberLeft(event: ServerEvents["member-left"][0]): void;
  roomDeleted(): void;
  readUpdated(event: ServerEvents["read-updated"][0]): void;
  removed(event: ServerEvents["removed-from-room"][0]): void;
  timerUpdated(event: ServerEvents["timer-updated"][0]): void;
  /** A message of the user was rejected. Returns true if its text has a place elsewhere. */
  refused(entry: OutboxEntry, error: SendError): boolean;
}

/** Call the handlers on events of a room; returns a function that ends it. */
export function subscribe(roomId: string, handlers: RoomHandlers): () => void {
  const ofRoom =
    <E extends { readonly roomId: string | null }>(handler: (event: E) => void) =>
    (event: E) => {
      if (event.roomId === roomId) handler(event);
    };
  const stops = [
    on("connect", handlers.connected),
    on("disconnect", handlers.disconnected),
    on("message", ofRoom(handlers.message)),
    on("room-users", (users, event) => {
      if (event.roomId === roomId) handlers.users(users, event.version);
    }),
    on("user-joined", ofRoom(handlers.userJoined)),
    on("user-left", ofRoom(handlers.userLeft)),
    on("user-updated", ({ user, looks }) => handlers.userUpdated(user, looks)),
    on("status-updated", ofRoom(handlers.statusUpdated)),
    on("messages-expired", ofRoom(handlers.messagesExpired)),
    on("room-updated", ofRoom(handlers.roomUpdated)),
    on("member-updated", ofRoom(handlers.memberUpdated)),
    on("member-left", ofRoom(handlers.memberLeft)),
    on("room-deleted", ofRoom(handlers.roomDeleted)),
    on("read-updated", ofRoom(handlers.readUpdated)),
    on("removed-from-room", ofRoom(handlers.removed)),
    on("timer-updated", ofRoom(handlers.timerUpdated)),
    onSent(ofRoom(handlers.message)),
    onRefused((entry, error) => entry.roomId === roomId && handlers.refused(entry, error)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
