/** Queue of written messages until they are acked: stored in the browser and sent in order. Time, ids and storage are passed in. */

import { signal } from "@preact/signals";
import type { Message } from "../../core/types";

/** A message that is not acked. */
export interface OutboxEntry {
  /** The idempotency key `clientMessageId`, the same for each attempt. */
  readonly id: string;
  readonly roomId: string;
  readonly roomName: string;
  readonly content: string;
  /** Time of writing, ISO 8601. */
  readonly at: string;
  /** Order of messages that this tab wrote in the same millisecond. */
  readonly turn: number;
  /** Reason of a rejection as a sentence, or null while the message waits. */
  readonly reason: string | null;
  /** True if the content is invalid, so that the same content is rejected again. */
  readonly isInvalid?: boolean;
}

/** An error of a request. `retryAfter` is in seconds. */
export interface SendError {
  readonly code: string;
  readonly message: string;
  readonly retryAfter?: number;
}

export interface OutboxEnvironment {
  /** Id of the signed-in user, or null. */
  userId(): string | null;
  isOnline(): boolean;
  /** Send an entry. Returns the published message, or null if it waits elsewhere; rejects with a SendError. */
  send(entry: OutboxEntry): Promise<Message | null>;
  isRetryable(error: SendError): boolean;
  /** The reason of a rejection as a sentence. */
  refusalText(error: SendError): string;
  roomName(roomId: string): string;
  newId(): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Call `work` after `ms`; returns a function that cancels it. */
  later(work: () => void, ms: number): () => void;
  readonly store: {
    names(beginning: string): string[];
    read(name: string): unknown;
    /** Store a value; null removes it. */
    write(name: string, value: OutboxEntry | null): void;
  };
}

type SentListener = (message: Message) => void;
/** Returns true if the text has a place elsewhere, so that the entry can go. */
type RefusedListener = (entry: OutboxEntry, error: SendError) => boolean;

const FIRST_PAUSE = 1_000;
const MAX_PAUSE = 15_000;

export class OutboxQueue {
  /** All entries of this user in the order of writing. */
  readonly entries = signal<readonly OutboxEntry[]>([]);
  /** End of a pause that the server asked for, in ms since 1970, or 0. */
  readonly pausedUntil = signal(0);

  readonly #environment: OutboxEnvironment;
  readonly #sentListeners = new Set<SentListener>();
  readonly #refusedListeners = new Set<RefusedListener>();
  #isSending = false;
  #failures = 0;
  #turn = 0;
  #cancelRetry = () => {};

  constructor(environment: OutboxEnvironment) {
    this.#environment = environment;
  }

  /** Load the entries of the signed-in user, also those of earlier visits, and send them. */
  restore(): void {
    this.entries.value = this.#environment.userId() ? this.#stored() : [];
    void this.flush();
  }

  add(roomId: string, content: string): void {
    const { newId, now, roomName } = this.#environment;
    const entry = { id: newId(), roomId, roomName: roomName(roomId), content, turn: this.#turn++, reason: null };
    this.#change((entries) => [...entries, { ...entry, at: new Date(now()).toISOString() }]);
    void this.flush();
  }

  /** Add a message that was rejected after its ack, so that its text is not lost. */
  addRefused({ id, roomId, content, at }: Pick<OutboxEntry, "id" | "roomId" | "content" | "at">, error: SendError): void {
    const { refusalText, roomName } = this.#environment;
    const entry = { id, roomId, roomName: roomName(roomId), content, at, turn: this.#turn++, reason: refusalText(error) };
    this.#change((entries) => [...entries.filter((one) => one.id !== id), entry]);
  }

  /** Send a rejected entry again, after all others. */
  resend(id: string): void {
    this.#change((entries) => {
      const found = entries.find((entry) => entry.id === id);
      return found ? [...entries.filter((entry) => entry !== found), { ...found, reason: null }] : entries;
    });
    void this.flush();
  }

  /** Remove an entry: it is acked, or its author does not want it any more. */
  remove(id: string): void {
    if (this.#has(id)) this.#change((entries) => entries.filter((entry) => entry.id !== id));
  }

  /** Call `listener` with the message of each ack. Returns a function that ends it. */
  onSent(listener: SentListener): () => void {
    this.#sentListeners.add(listener);
    return () => void this.#sentListeners.delete(listener);
  }

  /** Call `listener` with each rejected entry and the error. Returns a function that ends it. */
  onRefused(listener: RefusedListener): () => void {
    this.#refusedListeners.add(listener);
    return () => void this.#refusedListeners.delete(listener);
  }

  /** Apply what another tab stored: the entry is sent, removed or rejected there. */
  storedElsewhere(name: string, stored: unknown): void {
    const found = this.#environment.userId() && this.entries.peek().find(({ id }) => name === this.#key(id));
    if (!found) return;
    const entry = isEntry(stored) ? [stored] : [];
    this.entries.value = this.entries.peek().flatMap((one) => (one === found ? entry : [one]));
  }

  /** A connection is there: send what waits, without the pause of earlier failures. */
  connected(): void {
    this.#failures = 0;
    void this.flush();
  }

  /** Send all entries that are not rejected, one at a time. */
  async flush(): Promise<void> {
    const { isOnline, now } = this.#environment;
    if (this.#isSending || !isOnline() || this.pausedUntil.peek() > now()) return;
    this.#cancelRetry();
    this.#isSending = true;
    try {
      for (let next = this.#next(); next; next = this.#next()) await this.#send(next);
    } catch (error) {
      this.#retryAfter(error as SendError);
    } finally {
      this.#isSending = false;
    }
  }

  async #send(entry: OutboxEntry): Promise<void> {
    const { send, isRetryable } = this.#environment;
    let message: Message | null;
    try {
      message = await send(entry);
    } catch (thrown) {
      const error = thrown as SendError;
      if (isRetryable(error) || error.code === "not_signed_in") throw error;
      return this.#refuse(entry.id, error);
    }
    if (message) for (const listener of this.#sentListeners) listener(message);
    this.remove(entry.id);
    this.#failures = 0;
  }

  #refuse(id: string, error: SendError): void {
    const entry = this.entries.peek().find((one) => one.id === id);
    if (!entry) return;
    if ([...this.#refusedListeners].some((listener) => listener(entry, error))) return this.remove(id);
    const refused = { ...entry, reason: this.#environment.refusalText(error), isInvalid: error.code === "invalid_input" };
    this.#change((entries) => entries.map((one) => (one.id === id ? refused : one)));
  }

  #retryAfter({ code, retryAfter = 0 }: SendError): void {
    if (code === "disconnected" || code === "not_signed_in") return; // connected() continues
    const { now, later } = this.#environment;
    const asked = retryAfter * 1000;
    const pause = asked || Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** this.#failures++);
    if (asked) this.pausedUntil.value = now() + asked;
    this.#cancelRetry = later(() => {
      this.pausedUntil.value = 0;
      void this.flush();
    }, pause);
  }

  #next(): OutboxEntry | undefined {
    return this.entries.peek().find((entry) => !entry.reason);
  }

  #has(id: string): boolean {
    return this.entries.peek().some((entry) => entry.id === id);
  }

  // each entry has a name of its own, so that no tab overwrites entries of another
  #key(id = ""): string {
    return `outbox.${this.#environment.userId()}.${id}`;
  }

  #stored(): OutboxEntry[] {
    const { names, read } = this.#environment.store;
    const entries = names(this.#key()).map(read).filter(isEntry);
    return entries.sort((one, other) => String(one.at).localeCompare(other.at) || one.turn - other.turn);
  }

  #change(next: (entries: readonly OutboxEntry[]) => readonly OutboxEntry[]): void {
    const before = new Map(this.entries.peek().map((entry) => [entry.id, entry]));
    this.entries.value = next(this.entries.peek());
    if (!this.#environment.userId()) return;
    const { write } = this.#environment.store;
    for (const entry of this.entries.peek()) {
      if (before.get(entry.id) !== entry) write(this.#key(entry.id), entry);
      before.delete(entry.id);
    }
    for (const id of before.keys()) write(this.#key(id), null);
  }
}

function isEntry(value: unknown): value is OutboxEntry {
  const { id, roomId, content } = (value ?? {}) as Partial<Record<keyof OutboxEntry, unknown>>;
  return [id, roomId, content].every((field) => typeof field === "string");
}
