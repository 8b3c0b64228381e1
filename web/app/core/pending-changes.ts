/** Changes by events during a request, whose answer may be from before them. */

export type Change = () => void;

/** A request whose answer replaces what events change. */
export interface Collecting {
  /** False after a later request began, or the changes were cleared. */
  isCurrent(): boolean;
  /** Apply the collected changes to the answer, in their order. Returns their number. */
  replay(): number;
  /** Stop to collect changes for this request. */
  end(): void;
}

export class PendingChanges {
  /** Changes for the request that began last; null without one. */
  #changes: Change[] | null = null;

  /** Apply a change now, and again to the answer that is on its way. */
  apply(change: Change): void {
    this.#changes?.push(change);
    change();
  }

  /** Begin to collect changes for a request; an earlier one gets no more. */
  begin(): Collecting {
    const changes: Change[] = [];
    this.#changes = changes;
    const isCurrent = () => this.#changes === changes;
    return {
      isCurrent,
      replay: () => {
        for (const change of changes) change();
        return changes.length;
      },
      end: () => {
        if (isCurrent()) this.clear();
      },
    };
  }

  /** Drop the request that is on its way: its answer is not needed. */
  clear(): void {
    this.#changes = null;
  }
}
