/** Members of a room, kept up to date by events. */

import { computed, signal } from "@preact/signals";
import type { Names } from "../../core/names";
import { PendingChanges } from "../../core/pending-changes";
import { type Throttled, trailingThrottle } from "../../core/throttle";
import { MAX_TIMER } from "../../core/timeout";
import type { Member, Role } from "../../core/types";

/** Milliseconds until the list is loaded again after a missed event. Clients spread their requests. */
const RELOAD_DELAY = 10_000;
/** The server lists this many members at most. */
const MAX_LISTED = 1_000;
/** Milliseconds after the end of a mute until it is shown. */
const AFTER_MUTE = 300;
const ROLES: readonly Role[] = ["owner", "moderator", "member"];

/** The parts of a room's session that its list of members needs. */
export interface MemberListContext {
  readonly names: Names;
  /** Load all members; null if that fails. */
  load(): Promise<readonly Member[] | null>;
  /** Apply loaded members after their names were learned. */
  learn(members: readonly Member[], apply: () => void): void;
  /** False if the list is not needed any more. */
  isNeeded(): boolean;
  /** Number of members, as far as it is known. */
  totalMembers(): number | undefined;
  /** A number from 0 to 1, which spreads the requests of clients. */
  random(): number;
}

const byRole = (one: Member, other: Member): number =>
  ROLES.indexOf(one.role) - ROLES.indexOf(other.role) || (one.joinedAt + one.id < other.joinedAt + other.id ? -1 : 1);

export class MemberList {
  /** The owner first, then moderators, each in the order of joining. */
  readonly members = signal<readonly Member[]>([]);
  readonly byId = computed<ReadonlyMap<string, Member>>(() => new Map(this.members.value.map((member) => [member.id, member])));

  readonly #context: MemberListContext;
  readonly #reloadLater: Throttled;
  #loading: Promise<void> | null = null;
  #isStale = false;
  readonly #pending = new PendingChanges();
  #muteTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: MemberListContext) {
    this.#context = context;
    this.#reloadLater = trailingThrottle(() => void this.load(), RELOAD_DELAY * (1 + context.random()), RELOAD_DELAY);
  }

  /** Load all members, and once more if an event changed them meanwhile. */
  load(): Promise<void> {
    this.#isStale = true;
    this.#loading ??= this.#loadAll().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #loadAll(): Promise<void> {
    while (this.#isStale && this.#context.isNeeded()) {
      this.#isStale = false;
      const request = this.#pending.begin();
      const found = await this.#context.load();
      request.end();
      if (found) this.#context.learn(found, () => this.set(found));
      if (request.replay()) this.#checkNumber();
    }
  }

  /** Replace all members. */
  set(members: readonly Member[]): void {
    clearTimeout(this.#muteTimer);
    const isShared = new Map<string, boolean>();
    for (const look of members.flatMap(({ looks }) => looks)) isShared.set(look, isShared.has(look));
    const { names } = this.#context;
    this.members.value = members.map((member) => ({
      ...names.current(member),
      lookalike: member.looks.some((look) => isShared.get(look)),
    }));
    this.#planEndOfMute();
  }

  // the server sends no event when a mute ends
  #planEndOfMute(): void {
    const ends = this.members.peek().flatMap(({ mutedUntil }) => (mutedUntil ? [Date.parse(mutedUntil) - Date.now()] : []));
    const next = Math.min(...ends.filter((left) => left > 0), MAX_TIMER);
    if (next < MAX_TIMER) this.#muteTimer = setTimeout(() => this.set([...this.members.peek()]), next + AFTER_MUTE);
  }

  /** A member joined, or another role or mute was set. */
  updated(member: Member): void {
    this.#pending.apply(() => this.set([...this.members.peek().filter(({ id }) => id !== member.id), member].sort(byRole)));
    this.#checkNumber();
  }

  /** A member left. */
  left(userId: string): void {
    this.#pending.apply(() => this.set(this.members.peek().filter(({ id }) => id !== userId)));
    this.#checkNumber();
  }

  /** Show current names. If `looks` of a user are unknown, the list is loaded again for the names that look alike. */
  renamed(userId?: string, looks?: readonly string[]): void {
    if (!userId || !looks) {
      this.set(this.members.peek());
      this.#reloadLater();
      return;
    }
    this.#pending.apply(() =>
      this.set(this.members.peek().map((one) => (one.id === userId ? { ...one, looks: [...looks] } : one))),
    );
  }

  /** Stop all timers. */
  close(): void {
    this.#reloadLater.stop();
    clearTimeout(this.#muteTimer);
  }

  // Each change is an event. If one was missed, the list is loaded again.
  #checkNumber(): void {
    const { length } = this.members.peek();
    const total = this.#context.totalMembers() ?? length;
    if (length < Math.min(total, MAX_LISTED) || length > total) this.#reloadLater();
  }
}
