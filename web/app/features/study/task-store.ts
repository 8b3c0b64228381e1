/** The user's tasks, kept up to date by events of the server. */

import { effect, signal } from "@preact/signals";
import { tasks as api } from "../../core/api";
import { on } from "../../core/connection";
import { type ApiError, toApiError } from "../../core/http";
import { newId } from "../../core/ids";
import { PendingChanges } from "../../core/pending-changes";
import { user } from "../../core/session";
import type { RouteBody, Task } from "../../core/types";
import { focusSession } from "./my-focus";

/** Open tasks, and those that were done since the list was opened; null until they are loaded. */
export const tasks = signal<readonly Task[] | null>(null);
/** Error of the last request of the list, or null. */
export const tasksError = signal<ApiError | null>(null);

const pending = new PendingChanges();
/** Views that show tasks. */
let watchers = 0;
let stops: (() => void)[] = [];
let owner: string | null = null;
/** Tasks that were done while a view showed them: they stay in their place, so that a slip can be undone there. */
const doneHere = new Set<string>();

export type TaskEdit = RouteBody<"PUT /api/tasks/{id}">;

function put(changed: readonly Task[]): void {
  const kept = new Map((tasks.peek() ?? []).map((task) => [task.id, task]));
  for (const task of changed) {
    if (task.done && kept.get(task.id)?.done === false) doneHere.add(task.id);
    if (!task.done) doneHere.delete(task.id);
    if (!task.done || doneHere.has(task.id)) kept.set(task.id, task);
  }
  if (tasks.peek()) tasks.value = [...kept.values()];
}

function drop(ids: readonly string[]): void {
  if (tasks.peek()) tasks.value = (tasks.peek() ?? []).filter(({ id }) => !ids.includes(id));
}

const received = (changed: readonly Task[]) => pending.apply(() => put(changed));
const removed = (ids: readonly string[]) => pending.apply(() => drop(ids));

/** Load the open tasks. Changes that arrive meanwhile are applied to the answer again. */
export async function loadTasks(): Promise<void> {
  const request = pending.begin();
  try {
    const found = await api.open();
    if (!request.isCurrent()) return;
    const ids = new Set(found.map(({ id }) => id));
    const done = (tasks.peek() ?? []).filter((task) => doneHere.has(task.id) && !ids.has(task.id));
    tasks.value = [...found, ...done];
    tasksError.value = null;
    request.replay();
  } catch (error) {
    const problem = toApiError(error);
    if (problem.code !== "signed_out") tasksError.value = problem;
  } finally {
    request.end();
  }
}

/** Tasks of a room that the user left or that was deleted: the server tells it by the room. */
const inRoom = (roomId: string, change: Partial<Task>) => () =>
  received((tasks.peek() ?? []).filter((task) => task.roomId === roomId).map((task) => ({ ...task, ...change })));

function clear(): void {
  tasks.value = tasksError.value = null;
  doneHere.clear();
  pending.clear();
}

/** Load the tasks when a session with one has ended: its time has grown. No event tells of sessions that end with a phase. */
function followSession(): () => void {
  let last = focusSession.peek();
  return effect(() => {
    const session = focusSession.value;
    if (last?.taskId && last.id !== session?.id) void loadTasks();
    last = session;
  });
}

function start(): void {
  const id = user.peek()?.id ?? null;
  if (id !== owner) clear(); // another user signed in
  owner = id;
  stops = [
    on("tasks-updated", ({ tasks: changed, deleted, reload }) => {
      if (reload) return void loadTasks();
      removed(deleted);
      received(changed);
    }),
    on("removed-from-room", ({ roomId }) => inRoom(roomId, { shared: false })()),
    on("room-deleted", ({ roomId }) => inRoom(roomId, { shared: false, roomId: null })()),
    on("notification", ({ type, roomId }) => {
      if (type === "room-deleted") inRoom(roomId, { shared: false, roomId: null })();
    }),
    followSession(),
    on("listening", loadTasks), // events before this may have been missed
  ];
  void loadTasks();
}

/** Follow the tasks while a view shows them; returns a function that ends it. */
export function watchTasks(): () => void {
  if (watchers++ === 0) start();
  return () => {
    if (--watchers > 0) return;
    for (const stop of stops) stop();
    stops = [];
    doneHere.clear();
    drop((tasks.peek() ?? []).filter(({ done }) => done).map(({ id }) => id));
  };
}

/** Change a task at once, and take the change back if the server refuses it. */
export async function changeTask(task: Task, edit: TaskEdit): Promise<Task> {
  const { after: _, ...fields } = edit;
  const shown = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  received([{ ...task, ...shown } as Task]);
  try {
    const changed = await api.change(task.id, edit);
    received([changed]);
    return changed;
  } catch (error) {
    received([task]);
    throw error;
  }
}

/** Delete a task. */
export async function removeTask(id: string): Promise<void> {
  await api.remove(id);
  removed([id]);
}

/** A request that adds a task, with a key by which the server recognises its retry. */
let lastAdded = { title: "", clientId: "" };

/** Add a task with this title. After a failure, the same title again is a retry. */
export async function addTask(title: string, roomId: string | null = null): Promise<Task> {
  if (lastAdded.title !== title) lastAdded = { title, clientId: newId() };
  const added = await api.add({ title, clientId: lastAdded.clientId, ...(roomId && { roomId }) });
  lastAdded = { title: "", clientId: "" };
  received([added]);
  return added;
}
