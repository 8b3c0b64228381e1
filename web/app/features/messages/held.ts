/** Messages of the user that quiet focus holds until the break. Nobody else sees them. */

import { signal } from "@preact/signals";
import { on, sendEvent } from "../../core/connection";
import type { HeldMessage } from "../../core/types";

const MAX_PUBLISHED = 100;

/** Held messages of all rooms, in the order in which they were sent. */
export const held = signal<readonly HeldMessage[]>([]);
/** Ids of messages that were published: the ack that says that they are held may arrive later. */
const published = new Set<string>();

export function addHeld(message: HeldMessage): void {
  if (published.has(message.message.id)) return;
  held.value = [...without(message.message.id), message];
}

/** Replace the held messages of a room. */
export function replaceHeld(roomId: string, messages: readonly HeldMessage[]): void {
  held.value = [...held.peek().filter(({ message }) => message.roomId !== roomId), ...messages];
}

/** Remove a message, and return it; null if it is not held. */
export function removeHeld(id: string): HeldMessage | null {
  const found = held.peek().find(({ message }) => message.id === id) ?? null;
  if (found) held.value = without(id);
  return found;
}

/** A message of the user that was held is in the room. */
export function heldPublished(id: string): void {
  published.add(id);
  const [oldest] = published;
  if (published.size > MAX_PUBLISHED && oldest) published.delete(oldest);
  removeHeld(id);
}

/** Cancel a held message. Returns its text; null if it was published before. Rejects with an `ApiError`. */
export async function cancelHeld({ message: { id, roomId, content, clientMessageId } }: HeldMessage): Promise<string | null> {
  const { cancelled } = await sendEvent("cancel-held", { roomId, clientMessageId: clientMessageId ?? "" });
  if (cancelled) removeHeld(id);
  return cancelled ? content : null;
}

export function clearHeld(): void {
  held.value = [];
}

/** Start to follow other tabs and devices; call once. */
export function startHeld(): void {
  on("held-updated", ({ state, message, releaseAt }) => {
    if (state === "held" && releaseAt) addHeld({ held: true, message, releaseAt });
    else removeHeld(message.id);
  });
}

const without = (id: string): HeldMessage[] => held.peek().filter(({ message }) => message.id !== id);
