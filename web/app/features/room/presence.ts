// @ts-nocheck
/** Who is in a room, kept by version: every change counts up by one, so a jump tells that something was missed. */

import { signal } from "@preact/signals";
import { quoted } from "../../core/format";

export class Presence {
  /** `lost()` is called when a change was missed: ask again for everybody. `said(text)` when somebody came or went. */
  constructor(lost, said) {
    this.people = signal([]);
    this.version = 0;
    this.lost = lost;
    this.said = said;
  }

  reset(people, version) {
    this.people.value = people;
    this.version = version;
  }

  joined({ roomId, activeMembers, version, ...person }) {
    this.#step(version, (people) => {
      this.said(`${quoted(person.name)} came in.`);
      return [...people.filter((other) => other.id !== person.id), person];
    });
  }

  left({ userId, version }) {
    this.#step(version, (people) => {
      const gone = people.find((person) => person.id === userId);
      if (gone) this.said(`${quoted(gone.name)} left.`);
      return people.filter((person) => person !== gone);
    });
  }

  changed({ userId, status, lastActive, version }) {
    this.#step(version, (people) =>
      people.map((person) => (person.id === userId ? { ...person, status, lastActive } : person)),
    );
  }

  #step(version, change) {
    if (this.version === 0 || version <= this.version) return;
    if (version > this.version + 1) return this.lost();
    this.version = version;
    this.people.value = change(this.people.peek());
  }
}
