/** Starting and stopping the user's focus session. */

import { sendEvent } from "../../core/connection";
import type { FocusSession } from "../../core/types";
import { takeFocus } from "./my-focus";

/**
 * Start a session. In a room whose timer runs and is followed, it belongs to the timer.
 *
 * @param roomId the room in which the user studies, or null.
 * @param activity what the user works on, or "".
 * @param clientId the same for each attempt: a retry after a lost answer does not start another session.
 * @param taskId the user's task, or null.
 * @throws ApiError if the server rejects it.
 */
export async function startFocus(
  roomId: string | null,
  activity: string,
  clientId: string,
  taskId: string | null = null,
): Promise<void> {
  const about = { ...(roomId && { roomId }), ...(activity && { activity }), ...(taskId && { taskId }) };
  takeFocus(await sendEvent("start-focus", { ...about, clientId }));
}

/** Continue a session that ended in the last 5 minutes; these count, too. @throws ApiError if it is too late, among others. */
export const resumeFocus = async (id: string): Promise<void> => takeFocus(await sendEvent("start-focus", { resume: id }));

/** Stop the session, and return it as it is stored; null if it was too short. @throws ApiError if the server cannot be reached. */
export async function stopFocus(): Promise<FocusSession | null> {
  const state = await sendEvent("stop-focus", {});
  takeFocus(state);
  return state.ended;
}

/** Answer the question whether the user still studies. @throws ApiError if the server cannot be reached. */
export const confirmFocus = async (): Promise<void> => takeFocus(await sendEvent("confirm-focus", {}));
