/** Status and activity of the user in a room: chosen by hand, or following the user's input. */

import { signal } from "@preact/signals";
import { sendEvent } from "../../core/connection";
import { user } from "../../core/session";
import type { ChatEvents, ChosenStatus } from "../../core/types";

export class MyStatus {
  /** The chosen status; null while it follows the input. */
  readonly chosen = signal<ChosenStatus | null>(null);
  readonly #roomId: string;

  constructor(roomId: string) {
    this.#roomId = roomId;
  }

  /** Choose a status, or null for "automatic". */
  async choose(status: ChosenStatus | null): Promise<void> {
    await sendEvent("update-status", { roomId: this.#roomId, status: status ?? "automatic" });
    this.chosen.value = status;
  }

  /** A status was published. If it differs from the choice known here, it was chosen in another tab or on another device. */
  updated({ userId, status }: Pick<ChatEvents["status-updated"][0], "userId" | "status">): void {
    const chosen = this.chosen.peek();
    if (userId !== user.peek()?.id || status === chosen) return;
    if (chosen !== null || status === "busy") this.chosen.value = status === "active" ? null : status;
  }
}
