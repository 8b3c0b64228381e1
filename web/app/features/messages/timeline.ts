/** Timeline of a room: loaded messages without a gap, and the bounds of the whole history. */

import { signal } from "@preact/signals";
import type { Message } from "../../core/types";

/** Fields of a message that a timeline needs. */
type Numbered = Pick<Message, "seq">;

export class Timeline<M extends Numbered = Message> {
  /** Loaded messages, oldest first. Their `seq` counts up by one. */
  readonly messages = signal<readonly M[]>([]);
  /** The number of the newest known message. It exceeds `high` while newer messages are not loaded. */
  readonly last = signal(0);
  /** The number of the first stored message. Older ones are deleted. */
  readonly first = signal(1);

  get low(): number {
    return this.messages.value[0]?.seq ?? this.first.value;
  }

  get high(): number {
    return this.messages.value.at(-1)?.seq ?? this.first.value - 1;
  }

  get isAtBeginning(): boolean {
    return this.low <= this.first.value;
  }

  get isAtEnd(): boolean {
    return this.high >= this.last.value;
  }

  /** Replace all messages. `first` is the number of the first stored message. */
  replace(messages: readonly M[], last: number, first: number): void {
    this.first.value = first;
    this.last.value = Math.max(last, messages.at(-1)?.seq ?? 0);
    this.messages.value = messages.filter(({ seq }) => seq >= first);
  }

  /** Add messages at both ends. Known messages are skipped, and messages that would leave a gap. */
  add(messages: readonly M[]): void {
    const loaded = this.messages.peek();
    let { low, high } = this;
    const newer = messages.filter(({ seq }) => seq === high + 1 && ++high);
    const older = [...messages].reverse().filter(({ seq }) => seq === low - 1 && seq >= this.first.peek() && low--);
    const last = Math.max(this.last.peek(), ...messages.map(({ seq }) => seq));
    if (newer.length || older.length) this.messages.value = [...older.reverse(), ...loaded, ...newer];
    this.last.value = last;
  }

  /** Drop all messages before `first`, which are deleted. A smaller number than the known one is a late answer, and ignored. */
  expire(first: number): void {
    if (first <= this.first.peek()) return;
    this.first.value = first;
    const [oldest] = this.messages.peek();
    if (oldest && oldest.seq < first) this.messages.value = this.messages.peek().filter(({ seq }) => seq >= first);
  }
}
