/** Starts to follow timers when the first one is started: most visits of a room need no part of it. */

import { effect } from "@preact/signals";
import { on } from "../../core/connection";
import { studyWords } from "../../core/language";
import type { Timer } from "../../core/types";
import { currentRoom } from "../room/current-room";
import { myTimer } from "./my-timer";

/** A timer as it was last known. */
export interface KnownTimer {
  readonly roomId: string;
  readonly timer: Timer;
}

/** Start to wait for a timer in the current room, and for that of the user alone. */
export function startStudy(): void {
  let isLoading = false;
  /** The room and its timer before it was started: the start is told, too. */
  let before: KnownTimer | null = null;
  const load = () => {
    const room = currentRoom.value;
    const timer = room?.timer.known.value;
    if (room && timer?.state === "idle") before = { roomId: room.id, timer };
    const isStarted = room?.timer.isStarted.value || myTimer.isStarted.value;
    if (isLoading || !isStarted) return;
    isLoading = true;
    studyWords(() => import("./timer-watch")).then(
      ({ startTimerWatch }) => {
        for (const stop of stops) stop();
        startTimerWatch(before);
      },
      () => {
        isLoading = false; // tried again with the next connection
      },
    );
  };
  const stops = [effect(load), on("connect", load)];
}
