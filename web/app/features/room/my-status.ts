/** Status of the user in a room: chosen, or following the user's input, which is reported at intervals. */

import { signal } from "@preact/signals";
import { leadingThrottle, onInput } from "../../core/activity";
import { connection, sendEvent } from "../../core/connection";
import { user } from "../../core/session";
import type { ChatEvents, JoinAck, Status } from "../../core/types";

/** Milliseconds between two reports of input, unless the user would be away before. */
const REPORT_INTERVAL = 60_000;
/** Reports within the time after which the server takes a user for away. */
const REPORTS_UNTIL_AWAY = 2;

export class MyStatus {
  /** The chosen status; null while it follows the input. */
  readonly chosen = signal<Status | null>(null);
  /** Stop to report input. */
  readonly stop: () => void;
  readonly #roomId: string;
  #awayAfter = Infinity;
  #isInRoom = false;

  constructor(roomId: string) {
    this.#roomId = roomId;
    const report = leadingThrottle(
      () => {
        sendEvent("update-status", { roomId }).catch(() => {});
      },
      () => Math.min(REPORT_INTERVAL, (this.#awayAfter * 1000) / REPORTS_UNTIL_AWAY),
    );
    this.stop = onInput(() => {
      if (this.#isInRoom && connection.peek() === "online") report();
    });
  }

  /** Take over the ack of `join-room`. */
  entered({ chosenStatus, awayAfter }: Pick<JoinAck, "chosenStatus" | "awayAfter">): void {
    this.#isInRoom = true;
    this.chosen.value = chosenStatus;
    this.#awayAfter = awayAfter;
  }

  left(): void {
    this.#isInRoom = false;
  }

  /** Choose a status, or "automatic". */
  async choose(status: Status | "automatic"): Promise<void> {
    await sendEvent("update-status", { roomId: this.#roomId, status });
    this.chosen.value = status === "automatic" ? null : status;
  }

  /** A status was published. If it differs from the choice known here, it was chosen in another tab or on another device. */
  updated({ userId, status }: Pick<ChatEvents["status-updated"][0], "userId" | "status">): void {
    const chosen = this.chosen.peek();
    if (userId !== user.peek()?.id || status === chosen) return;
    if (chosen !== null || status === "busy") this.chosen.value = status === "active" ? null : status;
  }
}
