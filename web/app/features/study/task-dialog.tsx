/** Dialog that changes or deletes a task. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { ApiError } from "../../core/http";
import { toApiError } from "../../core/http";
import type { Task } from "../../core/types";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { SelectOption } from "../../ui/select-option";
import { myRooms } from "../rooms/my-rooms";
import { changeTask, removeTask, type TaskEdit } from "./task-store";

const FIELDS = ["title", "notes", "dueOn", "roomId", "estimateRounds"];
const MAX_ROUNDS = 99;

type Values = Readonly<Partial<Record<string, string>>>;

/** The fields that a form changes: null clears one. */
function editOf(task: Task, { title = "", notes = "", dueOn, roomId, estimateRounds, shared }: Values): TaskEdit {
  const wanted = {
    title,
    notes,
    dueOn: dueOn || null,
    roomId: roomId || null,
    estimateRounds: estimateRounds ? Number(estimateRounds) : null,
    shared: Boolean(shared && roomId),
  };
  const names = Object.keys(wanted) as (keyof typeof wanted)[];
  const changed = names.filter((name) => wanted[name] !== task[name] || (name === "shared" && wanted.roomId !== task.roomId));
  return Object.fromEntries(changed.map((name) => [name, wanted[name]]));
}

export function TaskDialog({ task, onClose }: { task: Task; onClose(): void }): JSX.Element {
  const room = useSignal(task.roomId ?? "");
  const removal = useSignal<ApiError | null>(null);
  const { busy, problem, submit, formProps, restored } = useForm(async (values: Values) => {
    await changeTask(task, editOf(task, values));
    onClose();
  }, `task ${task.id}`);
  const remove = async () => {
    try {
      await removeTask(task.id);
      onClose();
    } catch (error) {
      removal.value = toApiError(error);
    }
  };
  const shown = removal.value ?? problem;
  return (
    <Dialog title={t("tasks.edit")} onClose={onClose}>
      <form onSubmit={submit} noValidate {...formProps}>
        {restored}
        <ErrorMessage problem={shown} fields={FIELDS} />
        <Field
          label={t("tasks.taskTitle")}
          called={t("tasks.titleCalled")}
          name="title"
          required
          maxlength={80}
          dir="auto"
          defaultValue={task.title}
          problem={shown}
        />
        <Field
          as="textarea"
          label={t("tasks.notes")}
          name="notes"
          rows={3}
          maxlength={1000}
          dir="auto"
          defaultValue={task.notes}
          problem={shown}
          hint={t("tasks.notesHint")}
        />
        <div class="side-by-side">
          <Field
            label={t("tasks.dueOn")}
            called={t("tasks.dueOnCalled")}
            name="dueOn"
            type="date"
            min="0001-01-01"
            max="9999-12-31"
            defaultValue={task.dueOn ?? ""}
            problem={shown}
          />
          <Field
            label={t("tasks.estimate")}
            called={t("tasks.estimateCalled")}
            name="estimateRounds"
            type="number"
            inputmode="numeric"
            min={1}
            max={MAX_ROUNDS}
            defaultValue={task.estimateRounds ?? ""}
            problem={shown}
          />
        </div>
        <RoomField task={task} problem={shown} onChange={(id) => (room.value = id)} />
        {room.value && <SharedField task={task} isSame={room.value === task.roomId} key={room.value} />}
        <div class="choices">
          <Submit busy={busy} busyLabel={t("tasks.saving")} class="primary">
            {t("tasks.save")}
          </Submit>
          <button type="button" class="button danger" onClick={remove}>
            {t("tasks.delete")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function RoomField({ task, problem, onChange }: { task: Task; problem: ApiError | null; onChange(id: string): void }) {
  const rooms = myRooms.value ?? [];
  const isListed = !task.roomId || rooms.some(({ id }) => id === task.roomId);
  return (
    <Field
      as="select"
      label={t("tasks.room")}
      name="roomId"
      problem={problem}
      onChange={(event: { currentTarget: HTMLSelectElement }) => onChange(event.currentTarget.value)}
    >
      <SelectOption value="" isDefault={!task.roomId}>
        {t("tasks.noRoom")}
      </SelectOption>
      {!isListed && task.roomId && (
        <SelectOption value={task.roomId} isDefault>
          {t("rooms.unknownRoom")}
        </SelectOption>
      )}
      {rooms.map(({ id, name }) => (
        <SelectOption value={id} isDefault={id === task.roomId} key={id}>
          {name}
        </SelectOption>
      ))}
    </Field>
  );
}

const SharedField = ({ task, isSame }: { task: Task; isSame: boolean }) => (
  <label class="tick">
    <input type="checkbox" name="shared" value="yes" defaultChecked={isSame && task.shared} />
    <span>
      <b>{t("tasks.share")}</b>
      <br />
      <span class="hint">{t("tasks.shareHint")}</span>
    </span>
  </label>
);
