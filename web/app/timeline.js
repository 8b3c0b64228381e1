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
    return this.messages.value[0]?.seq ?? this.last.value + 1;
  }

  get high() {
    return this.messages.value.at(-1)?.seq ?? (this.last.value === 0 ? 0 : this.last.value);
  }

  get isAtBeginning() {
    return this.low <= this.first.value;
  }

  get isAtEnd() {
    return this.high >= this.last.value;
  }

  /** Begin again with another run. */
  replace(messages, last) {
    this.last.value = Math.max(last, messages.at(-1)?.seq ?? 0);
    this.messages.value = messages;
  }

  /** Put messages at whichever end they fit; what is there already is left out, and so is what would leave a hole. */
  add(messages) {
    const held = this.messages.peek();
    if (held.length === 0 && this.last.peek() > 0) return this.replace(messages, this.last.peek());
    let low = held[0]?.seq ?? 1;
    let high = held.at(-1)?.seq ?? 0;
    const newer = messages.filter((message) => message.seq === high + 1 && (high = message.seq));
    const older = messages.toReversed().filter((message) => message.seq === low - 1 && (low = message.seq));
    const heard = Math.max(this.last.peek(), ...messages.map((message) => message.seq));
    if (newer.length || older.length) this.messages.value = [...older.reverse(), ...held, ...newer];
    this.last.value = heard;
  }
}
