/**
 * Drafts: text that was begun in a room and not sent. Each tab stores its own under its own name. The draft of a closed
 * tab goes to the next tab without one. Storage and tabs are passed in.
 */

import { signal } from "@preact/signals";

interface StoredDraft {
  readonly text: string;
  /** Time of the last change, in ms since 1970. */
  readonly at: number;
  readonly roomName?: string;
  /** True if its tab was closed or left. */
  readonly isLeft?: boolean;
}

export interface Draft extends StoredDraft {
  /** Name in the store. */
  readonly name: string;
  readonly roomId: string;
  /** The tab that wrote it. */
  readonly tab: string;
}

export interface DraftEnvironment {
  /** Id of the signed-in user, or null. */
  userId(): string | null;
  /** Name of this tab. */
  tab(): string;
  /** Names of the open tabs, or null if the browser has no locks. */
  openTabs(): Promise<Set<string> | null>;
  roomName(roomId: string): string;
  /** Milliseconds since 1970. */
  now(): number;
  readonly store: {
    names(beginning: string): string[];
    read(name: string): unknown;
    /** Store a value; null removes it. */
    write(name: string, value: StoredDraft | null): void;
  };
}

export class DraftStore {
  /** Counts up when a draft is stored or removed, here or in another tab. */
  readonly changes = signal(0);
  readonly #environment: DraftEnvironment;

  constructor(environment: DraftEnvironment) {
    this.#environment = environment;
  }

  /** The draft of this tab in a room, or "". */
  text(roomId: string): string {
    return toStored(this.#environment.store.read(this.#key(roomId)))?.text ?? "";
  }

  /** Store the draft of this tab in a room; "" removes it. */
  set(roomId: string, text: string): void {
    const { now, roomName, store } = this.#environment;
    store.write(this.#key(roomId), text ? { text, at: now(), roomName: roomName(roomId) } : null);
    this.changed();
  }

  /** Drafts of all tabs, newest first. */
  all(): Draft[] {
    const beginning = this.#beginning();
    const { names, read } = this.#environment.store;
    const drafts = names(beginning).flatMap((name) => {
      const [roomId = "", tab = ""] = name.slice(beginning.length).split(".");
      const stored = toStored(read(name));
      return stored?.text ? [{ ...stored, name, roomId, tab }] : [];
    });
    return drafts.sort((one, other) => other.at - one.at);
  }

  remove(name: string): void {
    this.#environment.store.write(name, null);
    this.changed();
  }

  /** Move the newest draft of a closed tab in this room to this tab, if it has none. Returns the text, or "". */
  async takeOver(roomId: string): Promise<string> {
    const ofRoom = () => this.all().filter((draft) => draft.roomId === roomId);
    if (this.text(roomId) || !ofRoom().length) return "";
    const open = await this.#environment.openTabs();
    const isClosed = ({ tab, isLeft }: Draft) => tab !== this.#environment.tab() && (open ? !open.has(tab) : isLeft || !tab);
    const found = ofRoom().find(isClosed);
    if (!found || this.text(roomId)) return "";
    this.set(roomId, found.text);
    this.remove(found.name);
    return found.text;
  }

  /** Copy the drafts of another tab to this one, which is its duplicate and shows the same text. */
  copyFrom(tab: string): void {
    for (const { roomId, text } of this.#ofTab(tab)) this.set(roomId, text);
  }

  /** Mark the drafts of this tab as left or not, for browsers without locks. */
  mark(isLeft: boolean): void {
    if (!this.#environment.userId()) return;
    for (const { name, text, at, roomName } of this.#ofTab(this.#environment.tab()))
      this.#environment.store.write(name, { text, at, roomName, isLeft });
  }

  changed(): void {
    this.changes.value += 1;
  }

  #ofTab(tab: string): Draft[] {
    return this.all().filter((draft) => draft.tab === tab);
  }

  #beginning(): string {
    return `draft.${this.#environment.userId()}.`;
  }

  #key(roomId: string): string {
    return `${this.#beginning()}${roomId}.${this.#environment.tab()}`;
  }
}

/** A draft as it is stored, or null. Early versions of the page stored only the text. */
function toStored(value: unknown): StoredDraft | null {
  if (typeof value === "string") return { text: value, at: 0 };
  const { text, at, ...rest } = (value ?? {}) as Partial<StoredDraft>;
  return typeof text === "string" ? { ...rest, text, at: at ?? 0 } : null;
}
