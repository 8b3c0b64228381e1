/** The task of the user's focus session, on any of their devices. */

import { signal } from "@preact/signals";
import { request } from "../../core/api";
import { on, sendEvent } from "../../core/connection";
import type { Task } from "../../core/types";
import type { RoomSession } from "../room/room-session";
import { loadTasks } from "./task-store";

/** Id of the task that the user works on; null without a session, or in one without a task. */
export const currentTask = signal<string | null>(null);

/** Follow the session while a view shows it; returns a function that ends it. */
export function watchTaskFocus(): () => void {
  let isStopped = false;
  const load = async () => {
    const state = await request("GET /api/focus/current").catch(() => null);
    if (state && !isStopped) currentTask.value = state.session?.taskId ?? null;
  };
  const stops = [
    on("focus-updated", ({ session, ended }) => {
      currentTask.value = session?.taskId ?? null;
      if (ended?.taskId) void loadTasks(); // its time has grown
    }),
    on("listening", load), // events before this may have been missed
  ];
  void load();
  return () => {
    isStopped = true;
    for (const stop of stops) stop();
  };
}

/** Start a focus session with a task in a room. Others read the title as the activity only if the task is shared. */
export async function workOn(room: RoomSession, { id, title, shared }: Task): Promise<void> {
  await sendEvent("start-focus", { roomId: room.id, taskId: id, activity: title });
  currentTask.value = id;
  if (shared) await room.work(title);
}

/** End the session. */
export async function stopWork(): Promise<void> {
  await sendEvent("stop-focus", {});
  currentTask.value = null;
}
