// @ts-nocheck
/** The last message of each room and the last one that I have read. Numbers only grow: of two reports the larger is right. */
export class ReadMarks {
  #held = new Map();

  /** Store the number of the last message, or of the last one read, and return how many are unread. */
  note(roomId, { lastSeq = 0, read = 0 }) {
    const held = this.#held.get(roomId) ?? { lastSeq: 0, read: 0 };
    const now = { lastSeq: Math.max(held.lastSeq, lastSeq, read), read: Math.max(held.read, read) };
    this.#held.set(roomId, now);
    return now.lastSeq - now.read;
  }

  /** The same for a room as a list shows it. */
  listed({ id, lastSeq, unread }) {
    return this.note(id, { lastSeq, read: lastSeq - unread });
  }
}
