/** Loading of messages of a room beyond those on the page. */

import { batch, type Signal, signal } from "@preact/signals";
import type { History, Message } from "../../core/types";
import type { Timeline } from "../messages/timeline";

const PAGE_SIZE = 100;
const RETRY_DELAY = 2_000;
/** Messages before the first unread one. */
const BEFORE_UNREAD = 20;

type Query = { readonly before?: number; readonly after?: number; readonly limit: number };
type Apply = (messages: readonly Message[], firstSeq: number) => void;

/** Functions that load a page of messages and put it into the timeline; `firstSeq` is that of the first stored message. */
export interface HistoryContext {
  load(query: Query): Promise<History>;
  readonly add: Apply;
  readonly replace: Apply;
}

export class HistoryLoader {
  readonly loadingOlder = signal(false);
  readonly loadingNewer = signal(false);
  readonly #timeline: Timeline;
  readonly #context: HistoryContext;

  constructor(timeline: Timeline, context: HistoryContext) {
    this.#timeline = timeline;
    this.#context = context;
  }

  loadOlder(): Promise<void> {
    return this.#load(this.loadingOlder, { before: this.#timeline.low });
  }

  loadNewer(): Promise<void> {
    return this.#load(this.loadingNewer, { after: this.#timeline.high });
  }

  /** Load the newest messages in place of the others, unless they are on the page. */
  async toNewest(): Promise<void> {
    if (this.#timeline.isAtEnd) return;
    const { messages, pagination } = await this.#page({});
    this.#context.replace(messages, pagination.firstSeq);
  }

  /** Load the messages around `seq` in place of the others, unless it is on the page. */
  async toMessage(seq: number): Promise<void> {
    const { low, high } = this.#timeline;
    if (seq >= low && seq <= high) return;
    const { messages, pagination } = await this.#page({ after: Math.max(0, seq - PAGE_SIZE / 2) });
    this.#context.replace(messages, pagination.firstSeq);
  }

  /** The messages around the first unread one, or `latest` if that is not possible. */
  async firstPage(lastRead: number, latest: readonly Message[]): Promise<readonly Message[]> {
    const after = Math.max(0, lastRead - BEFORE_UNREAD);
    return this.#page({ after }).then(
      ({ messages }) => messages,
      () => latest,
    );
  }

  async #load(isLoading: Signal<boolean>, bound: { before: number } | { after: number }): Promise<void> {
    if (isLoading.peek()) return;
    isLoading.value = true;
    try {
      const { messages, pagination } = await this.#page(bound);
      batch(() => {
        this.#context.add(messages, pagination.firstSeq);
        isLoading.value = false;
      });
    } catch {
      await new Promise<void>((done) => setTimeout(done, RETRY_DELAY));
    } finally {
      isLoading.value = false;
    }
  }

  #page(bound: { before?: number; after?: number }): Promise<History> {
    return this.#context.load({ ...bound, limit: PAGE_SIZE });
  }
}
