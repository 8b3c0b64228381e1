/** Unsent text: rejected messages and drafts in rooms that the user left, except those in the room on the page. */

import { computed, signal } from "@preact/signals";
import { user } from "../../core/session";
import { myRooms, nameOf } from "../rooms/my-rooms";
import { allDrafts, changes, removeDraft } from "./drafts";
import { discard, outbox } from "./outbox";

export interface UnsentText {
  readonly id: string;
  readonly roomId: string;
  readonly roomName: string;
  readonly text: string;
  /** Time of writing: ISO 8601, or ms since 1970. */
  readonly at: string | number;
  /** Reason of a rejection; null for a draft. */
  readonly reason: string | null;
  /** True if the user is a member of the room. */
  readonly isMember: boolean;
  readonly remove: () => void;
}

type Found = Omit<UnsentText, "isMember" | "roomName"> & { readonly roomName?: string };

/** Id of the room whose messages and composer are on the page, or null. */
export const roomOnPage = signal<string | null>(null);

const refusedMessages = (): Found[] =>
  outbox.value
    .filter(({ reason }) => reason)
    .map(({ content, ...entry }) => ({ ...entry, text: content, remove: () => discard(entry.id) }));

const leftDrafts = (isMember: (roomId: string) => boolean): Found[] =>
  allDrafts()
    .filter(({ roomId }) => !isMember(roomId))
    .map(({ name, ...draft }) => ({ ...draft, id: name, reason: null, remove: () => removeDraft(name) }))
    .reverse();

/** Oldest first: rejected messages, then drafts. */
export const unsent = computed((): UnsentText[] => {
  void changes.value; // drafts are read again
  const rooms: readonly { id: string; name: string }[] | null = myRooms.value;
  const names = new Map(rooms?.map(({ id, name }) => [id, name]));
  const drafts = user.value && rooms ? leftDrafts((roomId) => names.has(roomId)) : [];
  return [...refusedMessages(), ...drafts]
    .filter(({ roomId }) => roomId !== roomOnPage.value)
    .map((one) => ({
      ...one,
      roomName: names.get(one.roomId) ?? (one.roomName || nameOf(one.roomId)),
      isMember: names.has(one.roomId),
    }));
});
