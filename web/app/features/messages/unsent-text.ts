// @ts-nocheck
/** Unsent text: my refused messages and stranded drafts, except those that the conversation on the page shows itself. */

import { computed, signal } from "@preact/signals";
import { user } from "../../core/session";
import { myRooms } from "../rooms/my-rooms";
import { allDrafts, changes, removeDraft } from "./drafts";
import { discard, outbox } from "./outbox";

/** The room whose conversation is on the page, with its composer; null for none. */
export const inFront = signal(null);

/**
 * Refused messages, and drafts in rooms that I am in no more, oldest first: `[{id, roomId, roomName, text, at, reason,
 * isMine, remove}]`. `isMine` says whether I am in the room; `reason` is null for a draft.
 */
export const unsent = computed(() => {
  const mine = myRooms.value && new Map(myRooms.value.map((room) => [room.id, room.name]));
  const about = (entry) => ({
    ...entry,
    roomName: mine?.get(entry.roomId) ?? entry.roomName,
    isMine: mine?.has(entry.roomId) ?? false,
  });
  const refused = outbox.value
    .filter(({ reason }) => reason)
    .map(({ id, roomId, roomName, content, at, reason }) => ({
      id,
      roomId,
      roomName,
      text: content,
      at,
      reason,
      remove: () => discard(id),
    }));
  changes.value; // read again
  const drafts = (user.value && mine ? allDrafts() : [])
    .filter(({ roomId }) => !mine.has(roomId))
    .map(({ name, roomId, roomName, text, at }) => ({
      id: name,
      roomId,
      roomName,
      text,
      at,
      reason: null,
      remove: () => removeDraft(name),
    }));
  return [...refused, ...drafts.reverse()].filter(({ roomId }) => roomId !== inFront.value).map(about);
});
