/** Sequence numbers of a room, as far as they are known. */
export interface KnownSeqs {
  /** Number of the last message. */
  readonly lastSeq?: number;
  /** Number of the last message that the user has read. */
  readonly read?: number;
}

/** The last message of each room, and the last one that the user has read. Numbers only grow: of two reports the larger is right. */
export class ReadMarks {
  #known = new Map<string, Required<KnownSeqs>>();

  /** Learn the number of the last message, or of the last one read, and return how many are unread. */
  update(roomId: string, { lastSeq = 0, read = 0 }: KnownSeqs): number {
    const known = this.#known.get(roomId) ?? { lastSeq: 0, read: 0 };
    const now = { lastSeq: Math.max(known.lastSeq, lastSeq, read), read: Math.max(known.read, read) };
    this.#known.set(roomId, now);
    return now.lastSeq - now.read;
  }

  /** The same for a room of a list. */
  updateListed({
    id,
    lastSeq,
    unread,
  }: {
    readonly id: string;
    readonly lastSeq: number | null;
    readonly unread: number;
  }): number {
    return this.update(id, { lastSeq: lastSeq ?? 0, read: (lastSeq ?? 0) - unread });
  }
}
