/** Groups of messages: consecutive ones of a sender, on one day, without a long pause. */

import { dayOf } from "../../core/format";
import type { ListedMessage } from "./message-room";

/** Maximum time between two messages of one group, in ms. */
const MAX_PAUSE = 5 * 60_000;

export interface GroupedMessage {
  readonly message: ListedMessage;
  /** True for the first message of a group. */
  readonly isFirst: boolean;
  readonly isFirstOfDay: boolean;
  /** True for the first message after those that were read. */
  readonly isFirstNew: boolean;
}

/** Group messages, oldest first. `unreadAfter` is the number of the last message above the line of new ones, or null. */
export const groupMessages = (messages: readonly ListedMessage[], unreadAfter: number | null): GroupedMessage[] =>
  messages.map((message, at) => {
    const before = messages[at - 1];
    const isFirstOfDay = !before || dayOf(before.timestamp) !== dayOf(message.timestamp);
    const isFirstNew = unreadAfter !== null && message.seq === unreadAfter + 1;
    return { message, isFirst: isFirstOfDay || isFirstNew || !isContinued(before, message), isFirstOfDay, isFirstNew };
  });

const isContinued = (before: ListedMessage, { sender, timestamp }: ListedMessage): boolean =>
  !before.isSystem && before.sender?.id === sender?.id && Date.parse(timestamp) - Date.parse(before.timestamp) <= MAX_PAUSE;
