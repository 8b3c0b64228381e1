// @ts-nocheck
/** My status in a room: chosen by hand, or following what I do, which is reported now and then. */

import { signal } from "@preact/signals";
import { onInput, sparing } from "../../core/activity";
import { ask, connection } from "../../core/connection";
import { user } from "../../core/session";

/** Milliseconds between two reports that the user is doing something, unless they would be away before. */
const REPORT_EVERY = 60_000;

export class MyStatus {
  constructor(roomId) {
    this.roomId = roomId;
    /** The status that I chose by hand; null while it follows what I do. */
    this.chosen = signal(null);
    this.awayAfter = Infinity;
    this.isInside = false;
    const report = sparing(
      () => ask("update-status", { roomId }).catch(() => {}),
      () => Math.min(REPORT_EVERY, this.awayAfter * 500),
    );
    this.stop = onInput(() => this.isInside && connection.peek() === "online" && report());
  }

  /** Take over what the ack of `join-room` says. */
  entered({ chosenStatus, awayAfter }) {
    this.isInside = true;
    this.chosen.value = chosenStatus;
    this.awayAfter = awayAfter;
  }

  left() {
    this.isInside = false;
  }

  /** Choose a status, or "automatic". */
  async choose(status) {
    await ask("update-status", { roomId: this.roomId, status });
    this.chosen.value = status === "automatic" ? null : status;
  }

  // Chosen in another tab or on another device: what differs from the choice known here is another choice.
  updated({ userId, status }) {
    const chosen = this.chosen.peek();
    if (userId !== user.peek()?.id || status === chosen) return;
    if (chosen !== null || status === "busy") this.chosen.value = status === "active" ? null : status;
  }
}
