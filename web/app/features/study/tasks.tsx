/** View of the user's tasks: by due date, with a line that adds one, and those that are done. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { tasks as api } from "../../core/api";
import { type ApiError, toApiError } from "../../core/http";
import type { Task } from "../../core/types";
import { t } from "../../core/words";
import { EmptyState } from "../../ui/empty-state";
import { ErrorMessage } from "../../ui/error-message";
import { Heading } from "../../ui/heading";
import { Skeleton } from "../../ui/skeleton";
import { AddTask } from "./add-task";
import { dayRules, studyToday } from "./study-days";
import { TaskDialog } from "./task-dialog";
import { grouped } from "./task-groups";
import { TaskRows } from "./task-rows";
import { loadTasks, tasks, tasksError, watchTasks } from "./task-store";

const TITLES = {
  today: "tasks.today",
  week: "tasks.thisWeek",
  later: "tasks.later",
  undated: "tasks.undated",
} as const;

export function Tasks(): JSX.Element {
  const isSorting = useSignal(false);
  const edited = useSignal<string | null>(null);
  useEffect(watchTasks, []);
  const all = tasks.value;
  const rules = dayRules();
  const today = studyToday();
  const groups = useMemo(() => grouped(all ?? [], today, rules), [all, today, rules]);
  const open = (all ?? []).filter(({ done }) => !done);
  const task = all?.find(({ id }) => id === edited.value);
  return (
    <section class="page narrow tasks-page">
      <header class="page-head">
        <div>
          <Heading title={t("tasks.title")} />
          <p class="lead">{all?.length ? t("tasks.openNow", { count: open.length }) : "\u00a0"}</p>
        </div>
        {open.length > 1 && (
          <button
            type="button"
            class="button"
            aria-pressed={isSorting.value ? "true" : "false"}
            onClick={() => (isSorting.value = !isSorting.value)}
          >
            {t("tasks.changeOrder")}
          </button>
        )}
      </header>
      <AddTask />
      <ErrorMessage problem={tasksError.value} retry={loadTasks} />
      {!all && !tasksError.value && <Skeleton rows={4} />}
      {all?.length === 0 && (
        <EmptyState title={t("tasks.none")}>
          <p>{t("tasks.noneHint")}</p>
        </EmptyState>
      )}
      {groups.map(([group, listed]) => (
        <section key={group} aria-labelledby={`tasks-${group}`}>
          <h2 id={`tasks-${group}`}>{t(TITLES[group])}</h2>
          <TaskRows
            tasks={listed}
            all={open}
            today={today}
            isSorting={isSorting.value}
            showsRoom
            onEdit={(id) => (edited.value = id)}
          />
        </section>
      ))}
      {all && <DoneTasks />}
      {task && <TaskDialog task={task} onClose={() => (edited.value = null)} />}
    </section>
  );
}

/** Tasks that were done, latest first; loaded when they are opened. */
function DoneTasks() {
  const shown = useSignal<readonly Task[] | null>(null);
  const hasMore = useSignal(false);
  const problem = useSignal<ApiError | null>(null);
  const load = async (before?: string) => {
    problem.value = null;
    try {
      const page = await api.done(before);
      shown.value = before ? [...(shown.peek() ?? []), ...page.tasks] : page.tasks;
      hasMore.value = page.hasMore;
    } catch (error) {
      problem.value = toApiError(error);
    }
  };
  const toggled = (event: { currentTarget: HTMLDetailsElement }) => {
    if (event.currentTarget.open) void load();
  };
  // those that were opened again are in the list above
  const openIds = new Set((tasks.value ?? []).filter(({ done }) => !done).map(({ id }) => id));
  const listed = shown.value?.filter(({ id }) => !openIds.has(id));
  return (
    <details class="done-tasks" onToggle={toggled}>
      <summary>{t("tasks.done")}</summary>
      <ErrorMessage problem={problem.value} retry={() => load()} />
      {listed?.length === 0 && <p class="hint">{t("tasks.noneDone")}</p>}
      {listed && <TaskRows tasks={listed} all={[]} today="" isSorting={false} showsRoom />}
      {hasMore.value && (
        <button type="button" class="button" onClick={() => load(shown.peek()?.at(-1)?.id)}>
          {t("tasks.moreDone")}
        </button>
      )}
    </details>
  );
}
