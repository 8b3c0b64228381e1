/** Tasks in a room: the user's own for this room, and the checklists that other members share. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { tasks as api } from "../../core/api";
import { toApiError } from "../../core/http";
import { newId } from "../../core/ids";
import { canManage } from "../../core/permissions";
import { user } from "../../core/session";
import type { Checklist, SharedTask, Task } from "../../core/types";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Icon } from "../../ui/icon";
import type { RoomSession } from "../room/room-session";
import { AddTask } from "./add-task";
import { startFocus } from "./focus-change";
import { focusSession } from "./my-focus";
import { RoomTaskStore } from "./room-task-store";
import { studyToday } from "./study-days";
import { TaskDialog } from "./task-dialog";
import { inOrder } from "./task-groups";
import { TaskRows } from "./task-rows";
import { loadTasks, tasks, tasksError, watchTasks } from "./task-store";

export function RoomTasks({ room }: { room: RoomSession }): JSX.Element {
  const edited = useSignal<string | null>(null);
  const problem = useSignal("");
  useEffect(watchTasks, []);
  const mine = inOrder((tasks.value ?? []).filter(({ roomId }) => roomId === room.id));
  const task = mine.find(({ id }) => id === edited.value);
  const workOn = async ({ id, title, shared }: Task) => {
    problem.value = "";
    try {
      await startFocus(room.id, title, newId(), id);
      if (shared) await room.work(title); // others read the titles of shared tasks only
    } catch (error) {
      problem.value = toApiError(error).message;
    }
  };
  const action = (one: Task) =>
    focusSession.value?.taskId === one.id ? (
      <span class="task-work hint">{t("tasks.working")}</span>
    ) : (
      <button
        type="button"
        class="button quiet task-work"
        aria-label={t("tasks.workOnTask", { title: one.title })}
        onClick={() => workOn(one)}
      >
        {t("tasks.workOn")}
      </button>
    );
  return (
    <div class="room-tasks">
      <h2>{t("tasks.mine")}</h2>
      <AddTask roomId={room.id} />
      <ErrorMessage problem={tasksError.value} retry={loadTasks} />
      {tasks.value && !mine.length && <p class="hint">{t("tasks.noneHere")}</p>}
      <TaskRows
        tasks={mine}
        all={(tasks.value ?? []).filter(({ done }) => !done)}
        today={studyToday()}
        isSorting={false}
        onEdit={(id) => (edited.value = id)}
        action={action}
      />
      {problem.value && (
        <p class="field-error" role="alert">
          {problem.value}
        </p>
      )}
      {room.state.value === "open" && <SharedLists room={room} />}
      {task && <TaskDialog task={task} onClose={() => (edited.value = null)} />}
    </div>
  );
}

function SharedLists({ room }: { room: RoomSession }) {
  const store = useMemo(() => new RoomTaskStore(room.id), [room.id]);
  useEffect(store.watch, [store]);
  const others = (store.lists.value ?? []).filter((list) => list.user.id !== user.value?.id);
  if (!others.length && !store.problem.value) return null;
  return (
    <>
      <h2>{t("tasks.shared")}</h2>
      <ErrorMessage problem={store.problem.value} retry={store.load} />
      {others.map((list) => (
        <SharedList room={room} list={list} key={list.user.id} />
      ))}
      {store.hasMore.value && <p class="hint">{t("tasks.moreShared")}</p>}
    </>
  );
}

function SharedList({ room, list: { user: owner, tasks: listed } }: { room: RoomSession; list: Checklist }) {
  const problem = useSignal("");
  const member = room.memberOf.value.get(owner.id);
  const info = room.info.value;
  const isManaged = Boolean(member && info && canManage(info, member));
  const clear = async (task: SharedTask) => {
    problem.value = "";
    try {
      await api.clear(room.id, task.id);
    } catch (error) {
      problem.value = toApiError(error).message;
    }
  };
  const done = listed.filter((task) => task.done).length;
  return (
    <details class="shared-list">
      <summary>
        <bdi>{owner.name}</bdi> <span class="hint">{t("tasks.doneOf", { done, count: listed.length })}</span>
      </summary>
      <ul class="tasks">
        {listed.map((task) => (
          <li key={task.id} class={task.done ? "task is-done" : "task"}>
            <span class="task-mark">{task.done && <Icon name="check" />}</span>
            <span class="task-text">
              <span class="task-title" dir="auto">
                {task.title}
              </span>
              <span class="hidden">{task.done ? t("tasks.stateDone") : t("tasks.stateOpen")}</span>
            </span>
            {isManaged && (
              <button
                type="button"
                class="icon-button"
                aria-label={t("tasks.clear", { title: task.title })}
                title={t("tasks.clearShort")}
                onClick={() => clear(task)}
              >
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {problem.value && (
        <p class="field-error" role="alert">
          {problem.value}
        </p>
      )}
    </details>
  );
}
