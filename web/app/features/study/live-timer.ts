/** A timer on the page: its last known state, and the server's clock, which tells how much of it is over. */

import { computed, signal } from "@preact/signals";
import { serverClock } from "../../core/server-clock";
import type { Timer } from "../../core/types";

/** News about a timer, on views that do not show its room, or of that of the user alone; null if there is none. */
export const phaseNotice = signal<{ readonly text: string; readonly roomId: string | null } | null>(null);

export class LiveTimer {
  /** The last state that the server sent; null before the room is joined. */
  readonly known = signal<Timer | null>(null);
  readonly isStarted = computed(() => (this.known.value?.state ?? "idle") !== "idle");

  readonly #onChange: (before: Timer | null, after: Timer) => void;

  /** @param onChange called with the states before and after an event or an answer. */
  constructor(onChange: (before: Timer | null, after: Timer) => void = () => {}) {
    this.#onChange = onChange;
  }

  /** The state of an answer to joining replaces the one before: after a restore, the server's versions may be lower. */
  reset(timer: Timer): void {
    serverClock.heard(timer.serverTime);
    this.known.value = timer;
  }

  /** Adopt a state of an event or of an answer, unless a later one is known. */
  adopt(timer: Timer): void {
    serverClock.heard(timer.serverTime);
    const known = this.known.peek();
    if (known && timer.version < known.version) return;
    this.known.value = timer;
    this.#onChange(known, timer);
  }

  /** The server's clock is known better: all that shows the timer is drawn again. */
  corrected(): void {
    const known = this.known.peek();
    if (known) this.known.value = { ...known };
  }
}
