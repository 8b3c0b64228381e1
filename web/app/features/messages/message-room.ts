/** Types of messages as they are listed, and the parts of a room's session that messages and composer use. */

import type { ReadonlySignal, Signal } from "@preact/signals";
import type { HeldMessage, Member, Message, Room, UserSummary } from "../../core/types";
import type { OutboxEntry } from "./outbox-queue";
import type { Timeline } from "./timeline";

/** A message that is not acked, in the shape of the others. */
export interface PendingMessage extends Pick<Message, "id" | "clientMessageId" | "content" | "timestamp"> {
  readonly isSystem: false;
  readonly sender: UserSummary;
  readonly seq?: undefined;
  readonly entry: OutboxEntry;
  /** True for the last one, below which the progress is shown. */
  readonly isLast: boolean;
}

/** A message that waits for the break, in the shape of the others. */
export interface WaitingMessage extends Omit<PendingMessage, "entry" | "isLast"> {
  readonly entry?: undefined;
  readonly held: HeldMessage;
}

export type ListedMessage =
  | (Message & { readonly entry?: undefined; readonly held?: undefined })
  | (PendingMessage & { readonly held?: undefined })
  | WaitingMessage;

export interface MessageRoom {
  readonly id: string;
  readonly info: ReadonlySignal<Room | null>;
  readonly timeline: Timeline;
  /** Newest names of users. */
  readonly names: { current(person: UserSummary): UserSummary };
  readonly memberOf: ReadonlySignal<ReadonlyMap<string, Member>>;
  /** Messages that are not acked. */
  readonly pending: ReadonlySignal<readonly OutboxEntry[]>;
  /** End of the focus phase that runs, ISO 8601, if messages of members wait for it; else null. */
  readonly quietUntil: ReadonlySignal<string | null>;
  /** Messages that wait for the break. */
  readonly held: ReadonlySignal<readonly HeldMessage[]>;
  /** Number of the last message that the user has read. */
  readonly lastRead: ReadonlySignal<number>;
  /** The line of new messages is below this number; null for no line. */
  readonly unreadAfter: ReadonlySignal<number | null>;
  /** Number of the first message that the user may read. */
  readonly visibleFrom: ReadonlySignal<number>;
  /** End of a mute of the user, ISO 8601, or null. */
  readonly mutedUntil: Signal<string | null>;
  /** True while the end of the timeline is on the screen. */
  isWatched: boolean;
  /** Set by the composer: puts a rejected text back into it, with the reason. */
  restoreDraft: ((text: string, reason?: string) => void) | null;
  markRead(): void;
  /** Cancel a message that waits for the break; its text is in the composer again. */
  cancelHeld(held: HeldMessage): Promise<void>;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Load the newest messages, and drop the others if there is a gap between. */
  toNewest(): Promise<void>;
  /** Load the messages around a number, and drop the others if there is a gap between. */
  readonly toMessage: (seq: number) => Promise<void>;
}
