/** Position of the user in the messages of a room: what is read, and the line of new messages. */

import { batch, computed, signal } from "@preact/signals";
import type { Message } from "../../core/types";
import type { Timeline } from "../messages/timeline";

/** Milliseconds after which reading is sent: several messages at once need one event. */
const SEND_DELAY = 300;

/** The parts of a room's session that its reading position needs. */
export interface ReadingContext {
  readonly timeline: Timeline;
  /** True if the user sent the message. */
  isOwn(message: Message): boolean;
  /** True if the page is visible. */
  isVisible(): boolean;
  /** True if the user is in the room. */
  isOpen(): boolean;
  /** Update the other views of the page. */
  publish(lastRead: number): void;
  /** Send the position to the server. */
  send(lastRead: number): void;
}

export class ReadingPosition {
  /** Number of the last message that is read. */
  readonly lastRead = signal(0);
  /** The line of new messages is below this number; null for no line. */
  readonly unreadAfter = signal<number | null>(null);
  /** Number of unread messages. */
  readonly unread = computed(() => Math.max(0, this.#context.timeline.last.value - this.lastRead.value));
  /** True while the end of the timeline is on the screen. */
  isWatched = false;

  readonly #context: ReadingContext;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(context: ReadingContext) {
    this.#context = context;
  }

  /** Begin with the position of the server. */
  begin(lastRead: number, lastSeq: number): void {
    this.lastRead.value = lastRead;
    this.unreadAfter.value = lastRead < lastSeq ? lastRead : null;
  }

  /** Go on after an absence. What was read meanwhile did not reach the server. */
  resume(lastRead: number): void {
    if (lastRead < this.lastRead.peek()) this.#send();
    else this.lastRead.value = lastRead;
  }

  /** A message arrives: a line is drawn above it, unless it is the user's or seen at once. */
  arrives(message: Message): void {
    const isSeen = this.isWatched && this.#context.isVisible();
    if (this.#context.isOwn(message)) this.unreadAfter.value = null;
    else if (!isSeen && (this.unreadAfter.peek() === null || this.unread.peek() === 0))
      this.unreadAfter.value = message.seq - 1;
  }

  /** The user's own message is read. */
  sent({ seq }: Message): void {
    this.lastRead.value = Math.max(this.lastRead.peek(), seq);
  }

  /** Messages before `first` are deleted, and so not unread. */
  expire(first: number): void {
    this.lastRead.value = Math.max(this.lastRead.peek(), first - 1);
    const line = this.unreadAfter.peek();
    if (line !== null) this.unreadAfter.value = this.unread.peek() ? Math.max(line, first - 1) : line;
  }

  /** Another tab or device read as far as this. */
  readElsewhere(lastRead: number): void {
    if (lastRead <= this.lastRead.peek()) return;
    this.lastRead.value = lastRead;
    this.#context.publish(lastRead);
  }

  /** Read to the end, if that is on the screen. */
  markRead(): void {
    const { timeline, isOpen, isVisible, publish } = this.#context;
    const last = timeline.last.peek();
    const isSeen = this.isWatched && timeline.isAtEnd && isVisible();
    if (!isSeen || last <= this.lastRead.peek() || !isOpen()) return;
    this.lastRead.value = last;
    publish(last);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#send(), SEND_DELAY);
  }

  /** No view shows the room any more: a line is drawn above later messages. */
  unwatch(): void {
    batch(() => {
      this.isWatched = false;
      this.unreadAfter.value = this.unread.peek() ? this.lastRead.peek() : null;
    });
  }

  /** Send what is not sent yet. */
  close(): void {
    if (this.#timer !== null) this.#send();
  }

  #send(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#context.send(this.lastRead.peek());
  }
}
