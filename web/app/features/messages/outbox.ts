/** The outbox of this tab: messages that are not acked, stored in the browser. */

import { connection, isRetryable, on, sendEvent } from "../../core/connection";
import { ApiError } from "../../core/http";
import { newId } from "../../core/ids";
import { onStoredNames, read, storedNames, write } from "../../core/local-store";
import { user } from "../../core/session";
import { t } from "../../core/words";
import { nameOf } from "../rooms/my-rooms";
import { addHeld, clearHeld, removeHeld, startHeld } from "./held";
import { OutboxQueue, type SendError } from "./outbox-queue";

/** The reason of a rejected message as a sentence. */
export function refusalText({ code, message }: Pick<SendError, "code" | "message">): string {
  if (code === "not_a_member") return t("messages.noLongerMember");
  if (code === "room_not_found") return t("messages.roomGone");
  return message;
}

const queue = new OutboxQueue({
  userId: () => user.peek()?.id ?? null,
  isOnline: () => connection.peek() === "online",
  send: async ({ id, roomId, content }) => {
    const { message, held, releaseAt } = await sendEvent("send-message", { roomId, content, clientMessageId: id });
    if (!held || !releaseAt) return message;
    addHeld({ held, message, releaseAt });
    return null;
  },
  isRetryable,
  refusalText,
  roomName: nameOf,
  newId,
  now: Date.now,
  later: (work, ms) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
  store: { names: storedNames, read, write },
});

/** Entries in the order of writing. An entry with a `reason` is rejected. */
export const outbox = queue.entries;
/** End of a pause that the server asked for, in ms since 1970, or 0. */
export const pausedUntil = queue.pausedUntil;

/** Load the entries of the signed-in user; call when the user changes. */
export function restoreOutbox(): void {
  clearHeld();
  queue.restore();
}
export const send = (roomId: string, content: string): void => queue.add(roomId, content);
export const resend = (id: string): void => queue.resend(id);
export const discard = (id: string): void => queue.remove(id);
/** The message with this `clientMessageId` is in the room. */
export const confirm = discard;
/** Call a listener with the message of each ack, also if the event of the room does not arrive. */
export const onSent = queue.onSent.bind(queue);
export const onRefused = queue.onRefused.bind(queue);

/** Start to send when a connection is there, and to follow other tabs; call once. */
export function startOutbox(): void {
  onStoredNames("outbox.", (name: string, entry: unknown) => queue.storedElsewhere(name, entry));
  on("connect", () => queue.connected());
  startHeld();
  on("held-refused", ({ messageId, code }) => {
    const held = removeHeld(messageId)?.message;
    if (held) queue.addRefused({ ...held, id: held.clientMessageId ?? messageId, at: held.timestamp }, new ApiError({ code }));
  });
}
