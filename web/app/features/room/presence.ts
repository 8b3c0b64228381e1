/** Users in a room by version: each change counts up by one, so a gap means a missed event. */

import { signal } from "@preact/signals";
import type { ChatEvents, RoomUser, Timer } from "../../core/types";
import { throughPhase } from "./people-study";

type Joined = ChatEvents["user-joined"][0];
type Left = ChatEvents["user-left"][0];
type StatusUpdated = ChatEvents["status-updated"][0];

/** A user who came or went. */
export interface PresenceChange {
  readonly kind: "joined" | "left";
  readonly name: string;
}

export class Presence {
  readonly people = signal<readonly RoomUser[]>([]);
  version = 0;
  readonly #onGap: () => void;
  readonly #onChange: (change: PresenceChange) => void;

  /**
   * @param onGap called when an event was missed: all users have to be loaded again.
   * @param onChange called when a user came or went.
   */
  constructor(onGap: () => void, onChange: (change: PresenceChange) => void) {
    this.#onGap = onGap;
    this.#onChange = onChange;
  }

  reset(people: readonly RoomUser[], version: number): void {
    this.people.value = people;
    this.version = version;
  }

  joined({ version, ...joined }: Omit<Joined, "roomId" | "activeMembers">): void {
    const { id, name, avatar, status, lastActive, activity, followsTimer, focusedToday, focusSince } = joined;
    const person = { id, name, avatar, status, lastActive, activity, followsTimer, focusedToday, focusSince };
    this.#apply(version, (people) => {
      this.#onChange({ kind: "joined", name });
      return [...people.filter((other) => other.id !== id), person];
    });
  }

  left({ userId, version }: Pick<Left, "userId" | "version">): void {
    this.#apply(version, (people) => {
      const gone = people.find(({ id }) => id === userId);
      if (gone) this.#onChange({ kind: "left", name: gone.name });
      return people.filter((person) => person !== gone);
    });
  }

  changed({ userId, version, ...event }: Omit<StatusUpdated, "roomId">): void {
    const { status, lastActive, activity, followsTimer, focusedToday, focusSince } = event;
    const next = { status, lastActive, activity, followsTimer, focusedToday, focusSince };
    this.#apply(version, (people) => people.map((person) => (person.id === userId ? { ...person, ...next } : person)));
  }

  /** The timer of the room changed, and with it the study time of its followers. */
  throughPhase(before: Timer | null, after: Timer): void {
    this.people.value = throughPhase(this.people.peek(), before, after);
  }

  /** Set the activity of a user, as the server acked it: its event may come a moment later. */
  works(userId: string | undefined, activity: string): void {
    this.people.value = this.people
      .peek()
      .map((person) => (person.id === userId ? { ...person, activity: activity || null } : person));
  }

  #apply(version: number, change: (people: readonly RoomUser[]) => readonly RoomUser[]): void {
    if (this.version === 0 || version <= this.version) return;
    if (version > this.version + 1) return this.#onGap();
    this.version = version;
    this.people.value = change(this.people.peek());
  }
}
