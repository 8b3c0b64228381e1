/** Rows of the user's tasks: done or not, facts, and buttons that move a task up or down. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { date } from "../../core/format";
import { toApiError } from "../../core/http";
import type { Task } from "../../core/types";
import { figure, t } from "../../core/words";
import { Icon } from "../../ui/icon";
import { Words } from "../../ui/words";
import { myRooms } from "../rooms/my-rooms";
import { daysUntil, placeFor } from "./task-groups";
import { changeTask, type TaskEdit } from "./task-store";

interface TaskRowsProps {
  tasks: readonly Task[];
  /** All open tasks, whose order changes. */
  all: readonly Task[];
  /** The reader's date, "" to leave out how long is left. */
  today: string;
  isSorting: boolean;
  /** True to name the room of each task. */
  showsRoom?: boolean;
  onEdit?(id: string): void;
  /** A button at the end of the row of an open task. */
  action?(task: Task): JSX.Element;
}

export function TaskRows({ tasks, all, today, isSorting, showsRoom = false, onEdit, action }: TaskRowsProps): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  const status = useSignal("");
  const problem = useSignal("");
  const run = async (task: Task, edit: TaskEdit, words = "") => {
    problem.value = "";
    try {
      await changeTask(task, edit);
      status.value = words;
    } catch (error) {
      problem.value = toApiError(error).message;
    }
  };
  const open = tasks.filter(({ done }) => !done);
  const move = async (task: Task, by: -1 | 1) => {
    const after = placeFor(all, open, task.id, by);
    if (after === undefined) return;
    const place = open.findIndex(({ id }) => id === task.id) + 1 + by;
    await run(task, { after }, t("tasks.moved", { place: figure(place), count: open.length }));
    // a row that moves in the document loses the focus
    const kept = list.current?.querySelector<HTMLElement>(`[data-move="${task.id} ${by}"]`);
    requestAnimationFrame(() => kept?.focus());
  };
  return (
    <>
      <ul class="tasks" ref={list}>
        {tasks.map((task) => (
          <li key={task.id} class={task.done ? "task is-done" : "task"}>
            <TaskTick task={task} onTick={(done) => run(task, { done })} />
            <TaskText task={task} today={today} showsRoom={showsRoom} onEdit={onEdit} />
            {action && !task.done && action(task)}
            {isSorting && !task.done && (
              <MoveButtons task={task} isFirst={task === open[0]} isLast={task === open.at(-1)} move={(by) => move(task, by)} />
            )}
          </li>
        ))}
      </ul>
      <p class="hidden" role="status">
        {status.value}
      </p>
      {problem.value && (
        <p class="field-error" role="alert">
          {problem.value}
        </p>
      )}
    </>
  );
}

const TaskTick = ({ task, onTick }: { task: Task; onTick(done: boolean): void }) => (
  <label class="task-tick">
    <input
      type="checkbox"
      checked={task.done}
      aria-label={t("tasks.isDone", { title: task.title })}
      onChange={(event) => onTick(event.currentTarget.checked)}
    />
  </label>
);

interface TaskTextProps {
  task: Task;
  today: string;
  showsRoom: boolean;
  onEdit: ((id: string) => void) | undefined;
}

function TaskText({ task, today, showsRoom, onEdit }: TaskTextProps) {
  const words = (
    <>
      <span class="task-title" dir="auto">
        {task.title}
      </span>
      {task.notes && (
        <span class="task-notes" dir="auto">
          {task.notes}
        </span>
      )}
      <Facts task={task} today={today} showsRoom={showsRoom} />
    </>
  );
  if (!onEdit) return <span class="task-text">{words}</span>;
  return (
    <button type="button" class="task-text" title={t("tasks.edit")} onClick={() => onEdit(task.id)}>
      {words}
    </button>
  );
}

function Facts({ task, today, showsRoom }: { task: Task; today: string; showsRoom: boolean }) {
  const { dueOn, roomId, estimateRounds, spentSeconds, shared } = task;
  const rooms = myRooms.value;
  const room = showsRoom && roomId && rooms ? (rooms.find(({ id }) => id === roomId)?.name ?? t("rooms.unknownRoom")) : "";
  const minutes = Math.floor(spentSeconds / 60);
  const isLate = Boolean(today && dueOn && !task.done && dueOn < today);
  const facts = [
    dueOn && <span class={isLate ? "late" : ""}>{dueWords(dueOn, today, isLate)}</span>,
    room && <bdi>{room}</bdi>,
    shared && t("tasks.sharedFact"),
    estimateRounds && t("tasks.rounds", { count: estimateRounds }),
    minutes > 0 && t("tasks.spent", { count: minutes }),
  ].filter(Boolean);
  if (!facts.length) return null;
  return (
    <span class="task-facts">
      {facts.map((fact, index) => (
        <span key={index}>{fact}</span>
      ))}
    </span>
  );
}

function dueWords(dueOn: string, today: string, isLate: boolean): JSX.Element | string {
  const written = date(`${dueOn}T12:00:00`);
  if (!today) return t("tasks.due", { date: written });
  const left = daysUntil(dueOn, today);
  if (left === 0) return t("tasks.dueToday");
  if (left === 1) return t("tasks.dueTomorrow");
  return isLate ? <Words of="tasks.late" date={written} /> : t("tasks.due", { date: written });
}

interface MoveButtonsProps {
  task: Task;
  isFirst: boolean;
  isLast: boolean;
  move(by: -1 | 1): void;
}

const MoveButtons = ({ task: { id, title }, isFirst, isLast, move }: MoveButtonsProps) => (
  <span class="task-moves">
    <button
      type="button"
      class="icon-button"
      data-move={`${id} -1`}
      aria-label={t("tasks.moveUp", { title })}
      title={t("tasks.moveUpShort")}
      aria-disabled={isFirst ? "true" : undefined}
      onClick={() => move(-1)}
    >
      <Icon name="up" />
    </button>
    <button
      type="button"
      class="icon-button"
      data-move={`${id} 1`}
      aria-label={t("tasks.moveDown", { title })}
      title={t("tasks.moveDownShort")}
      aria-disabled={isLast ? "true" : undefined}
      onClick={() => move(1)}
    >
      <Icon name="down" />
    </button>
  </span>
);
