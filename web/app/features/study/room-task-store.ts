/** Checklists that members share with a room, kept up to date by events of the server. */

import { signal } from "@preact/signals";
import { tasks as api } from "../../core/api";
import { on } from "../../core/connection";
import { type ApiError, toApiError } from "../../core/http";
import { renamed } from "../../core/names";
import { PendingChanges } from "../../core/pending-changes";
import type { Checklist, SharedTask, UserSummary } from "../../core/types";

const inOrder = (tasks: readonly SharedTask[]): SharedTask[] =>
  [...tasks].sort((one, other) => one.position - other.position || (one.id < other.id ? -1 : 1));

/** The checklists with those of one owner changed; an empty one is left out, a new one is last. */
export function changedLists(
  lists: readonly Checklist[],
  user: UserSummary,
  changed: readonly SharedTask[],
  removed: readonly string[],
): Checklist[] {
  const before = lists.find((list) => list.user.id === user.id);
  const gone = new Set([...removed, ...changed.map(({ id }) => id)]);
  const tasks = inOrder([...(before?.tasks ?? []).filter(({ id }) => !gone.has(id)), ...changed]);
  const after = { user, tasks };
  const all = before ? lists.map((list) => (list === before ? after : list)) : [...lists, after];
  return all.filter((list) => list.tasks.length > 0);
}

/** The checklists of one room. */
export class RoomTaskStore {
  /** Null until they are loaded. */
  readonly lists = signal<readonly Checklist[] | null>(null);
  readonly hasMore = signal(false);
  readonly problem = signal<ApiError | null>(null);
  readonly #pending = new PendingChanges();

  constructor(readonly roomId: string) {}

  /** Follow the room; returns a function that ends it. */
  watch = (): (() => void) => {
    const stops = [
      on("room-tasks-updated", ({ roomId, user, tasks, removed, reload }) => {
        if (roomId !== this.roomId) return;
        if (reload) void this.load();
        else this.#change((lists) => changedLists(lists, user, tasks, removed));
      }),
      on("member-left", ({ roomId, userId }) => {
        if (roomId === this.roomId) this.#change((lists) => lists.filter(({ user }) => user.id !== userId));
      }),
      on("user-updated", ({ user }) => this.#change((lists) => renamed(lists, user))),
      on("connect", this.load), // events before this may have been missed
    ];
    void this.load();
    return () => {
      for (const stop of stops) stop();
      this.#pending.clear();
    };
  };

  load = async (): Promise<void> => {
    const request = this.#pending.begin();
    try {
      const found = await api.ofRoom(this.roomId);
      if (!request.isCurrent()) return;
      this.lists.value = found.checklists;
      this.hasMore.value = found.hasMore;
      this.problem.value = null;
      request.replay();
    } catch (error) {
      const problem = toApiError(error);
      if (problem.code !== "signed_out") this.problem.value = problem;
    } finally {
      request.end();
    }
  };

  #change(change: (lists: readonly Checklist[]) => readonly Checklist[]): void {
    this.#pending.apply(() => {
      const lists = this.lists.peek();
      if (lists) this.lists.value = change(lists);
    });
  }
}
