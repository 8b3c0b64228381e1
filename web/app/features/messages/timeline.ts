// @ts-nocheck
/** What was said in a room: a run of messages without a hole, and how far the room goes beyond it. */

import { signal } from "@preact/signals";

export class Timeline {
  constructor() {
    /** Oldest first, their `seq` counting up by one. */
    this.messages = signal([]);
    /** The number of the last message that we know of; larger than `high` where newer ones are not loaded. */
    this.last = signal(0);
    /** The number of the first message that is kept; older ones are deleted. */
    this.first = signal(1);
  }

  get low() {
    return this.messages.value[0]?.seq ?? this.first.value;
  }

  get high() {
    return this.messages.value.at(-1)?.seq ?? this.first.value - 1;
  }

  get isAtBeginning() {
    return this.low <= this.first.value;
  }

  get isAtEnd() {
    return this.high >= this.last.value;
  }

  /** Begin again with another run; `first` is the first number that is kept. */
  replace(messages, last, first) {
    this.first.value = first;
    this.last.value = Math.max(last, messages.at(-1)?.seq ?? 0);
    this.messages.value = messages.filter(({ seq }) => seq >= first);
  }

  /** Put messages at whichever end they fit; what is there already is left out, and so is what would leave a hole. */
  add(messages) {
    const held = this.messages.peek();
    let { low, high } = this;
    const newer = messages.filter((message) => message.seq === high + 1 && (high = message.seq));
    const older = [...messages].reverse().filter(({ seq }) => seq === low - 1 && seq >= this.first.peek() && (low = seq));
    const heard = Math.max(this.last.peek(), ...messages.map((message) => message.seq));
    if (newer.length || older.length) this.messages.value = [...older.reverse(), ...held, ...newer];
    this.last.value = heard;
  }

  /** Drop what is deleted, all before `first`; an answer that was on its way for long says a smaller number than is known. */
  expire(first) {
    if (first <= this.first.peek()) return;
    this.first.value = first;
    if (this.messages.peek()[0]?.seq < first) this.messages.value = this.messages.peek().filter(({ seq }) => seq >= first);
  }
}
