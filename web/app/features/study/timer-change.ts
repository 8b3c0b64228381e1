/** Changes of a timer by the user. */

import { useSignal } from "@preact/signals";
import { sendEvent } from "../../core/connection";
import { type ApiError, toApiError } from "../../core/http";
import { canModerate } from "../../core/permissions";
import { serverClock } from "../../core/server-clock";
import type { RouteBody, Timer } from "../../core/types";
import type { RoomSession } from "../room/room-session";
import type { LiveTimer } from "./live-timer";
import { timerAt } from "./timer";

type VersionedChange = RouteBody<"PUT /api/focus/timer">;
export type TimerChange = Omit<VersionedChange, "version">;

/** A timer that is shown with its controls. */
export interface TimerPlace {
  readonly timer: LiveTimer;
  /** Send a change, and return the state after it. */
  send(change: VersionedChange): Promise<Timer>;
  /** Reason why the user may not change the timer, or null. */
  denied(): "moderators" | "muted" | null;
}

/** The timer of a room. */
export const timerOf = (room: RoomSession): TimerPlace => ({
  timer: room.timer,
  send: async (change) => (await sendEvent("set-timer", { roomId: room.id, ...change })).timer,
  denied: () => {
    const info = room.info.value;
    const until = room.mutedUntil.value;
    if (until && Date.parse(until) > serverClock.now()) return "muted";
    return info?.timerControl === "moderators" && !canModerate(info) ? "moderators" : null;
  },
});

/**
 * Change a timer. If it was changed meanwhile, by another user or by the end of a phase, that is shown instead: two users who
 * press Pause at once pause once.
 *
 * @throws ApiError if the server rejects the change for another reason.
 */
export async function changeTimer({ timer, send }: TimerPlace, change: TimerChange): Promise<void> {
  const known = timer.known.peek();
  if (!known) return;
  const { version } = timerAt(known, serverClock.now());
  const arrived = serverClock.measure();
  try {
    const changed = await send({ version, ...change });
    arrived(changed.serverTime);
    timer.adopt(changed);
  } catch (failed) {
    const error = toApiError(failed);
    if (error.timer) timer.reset(error.timer);
    if (error.code !== "timer_changed") throw error;
  }
}

/** A function that changes a timer, and the error of the last change. Presses that follow each other fast are told apart by the version. */
export function useTimerChange(place: TimerPlace) {
  const problem = useSignal<ApiError | null>(null);
  const change = async (wanted: TimerChange) => {
    problem.value = null;
    await changeTimer(place, wanted).catch((error: ApiError) => {
      problem.value = error;
    });
  };
  return { change, problem: problem.value };
}
