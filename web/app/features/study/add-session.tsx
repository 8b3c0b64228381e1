/** Dialog that adds study time which was not counted, such as that of an afternoon in the library. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { focus as api } from "../../core/api";
import { browserZone } from "../../core/days";
import { isolated } from "../../core/format";
import { ApiError } from "../../core/http";
import { newId } from "../../core/ids";
import { serverClock } from "../../core/server-clock";
import type { FocusSession } from "../../core/types";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { SelectOption } from "../../ui/select-option";
import { zoneLabel } from "../account/zones";
import { myRooms } from "../rooms/my-rooms";
import { MAX_ACTIVITY } from "./focus-card";
import { focusSession } from "./my-focus";
import { addDays } from "./progress-days";
import { overlapping, spanOf, titleOf } from "./session-text";
import { clockIn, momentOf, studyZone } from "./study-days";
import { studyText } from "./study-time";
import { inOrder } from "./task-groups";
import { tasks, watchTasks } from "./task-store";

/** Days after which study time cannot be added any more. */
const MAX_AGE = 31;
const FIELDS = ["date", "startedAt", "endedAt", "activity", "taskId", "roomId"] as const;

type Values = Record<(typeof FIELDS)[number], string>;

interface AddSessionProps {
  /** Sessions that are shown: an overlap with one of them is named. */
  sessions: readonly FocusSession[];
  /** Called with a sentence for the user when it is stored. */
  onAdd(text: string): unknown;
  onClose(): void;
}

export function AddSession({ sessions, onAdd, onClose }: AddSessionProps): JSX.Element {
  const clientId = useMemo(newId, []);
  const zone = studyZone();
  useEffect(watchTasks, []);
  const { busy, problem, submit } = useForm<keyof Values>(async (values) => {
    const period = periodOf(values, zone);
    try {
      const { seconds } = await api.add({ ...bodyOf(values, period), clientId });
      onClose();
      onAdd(t("focus.added", { length: studyText(seconds) }));
    } catch (error) {
      const open = focusSession.peek();
      throw explained(error, open ? [open, ...sessions] : sessions, period);
    }
  });
  return (
    <Dialog title={t("focus.addTitle")} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <ErrorMessage problem={problem} fields={FIELDS} />
        <PeriodFields zone={zone} problem={problem} />
        <Field
          label={t("focus.workedOn")}
          name="activity"
          maxlength={MAX_ACTIVITY}
          dir="auto"
          autocomplete="off"
          problem={problem}
        />
        <AboutFields problem={problem} />
        <div class="choices">
          <Submit busy={busy} busyLabel={t("focus.adding")} class="primary">
            {t("focus.add")}
          </Submit>
        </div>
      </form>
    </Dialog>
  );
}

/** Start and end in ms since 1970. An end before the start is on the next day. */
export function periodOf(values: Pick<Values, "date" | "startedAt" | "endedAt">, zone: string): readonly [number, number] {
  const { date, startedAt, endedAt } = values;
  const last = endedAt < startedAt ? addDays(date, 1) : date;
  return [momentOf(date, startedAt, zone), momentOf(last, endedAt, zone)];
}

function bodyOf({ activity, taskId, roomId }: Values, [start, end]: readonly [number, number]) {
  return {
    startedAt: new Date(start).toISOString(),
    endedAt: new Date(end).toISOString(),
    activity: activity.trim(),
    ...(taskId && { taskId }),
    ...(roomId && { roomId }),
  };
}

/** The error of an overlap with the name of the other session, if it is known; else the error as it is. */
function explained(error: unknown, sessions: readonly FocusSession[], period: readonly [number, number]): unknown {
  const other = error instanceof ApiError && error.code === "focus_overlap" && overlapping(sessions, period);
  if (!other) return error;
  const message = t("focus.overlaps", { session: isolated(titleOf(other)), span: spanOf(other) });
  return new ApiError({ code: "overlap_named", message });
}

interface FieldsProps {
  problem: ApiError | null;
}

function PeriodFields({ zone, problem }: FieldsProps & { zone: string }) {
  const today = clockIn(serverClock.now(), zone).date;
  const values = useSignal({ date: today, startedAt: "", endedAt: "" });
  const set = ({ currentTarget: { name, value } }: { currentTarget: HTMLInputElement }) => {
    values.value = { ...values.peek(), [name]: value };
  };
  return (
    <>
      <div class="side-by-side period">
        <Field
          label={t("schedule.date")}
          name="date"
          type="date"
          required
          min={addDays(today, -MAX_AGE)}
          max={today}
          defaultValue={today}
          problem={problem}
          onInput={set}
        />
        <Field
          label={t("focus.startTime")}
          called={t("focus.startCalled")}
          name="startedAt"
          type="time"
          required
          problem={problem}
          onInput={set}
        />
        <Field
          label={t("focus.endTime")}
          called={t("focus.endCalled")}
          name="endedAt"
          type="time"
          required
          problem={problem}
          onInput={set}
        />
      </div>
      <p class="hint" role="status">
        {lengthText(values.value, zone)}
        {zone !== browserZone() && ` ${t("schedule.zone", { place: zoneLabel(zone) })}`}
      </p>
    </>
  );
}

function lengthText(values: Pick<Values, "date" | "startedAt" | "endedAt">, zone: string): string {
  if (!values.date || !values.startedAt || !values.endedAt) return t("focus.addHint");
  const [start, end] = periodOf(values, zone);
  const length = studyText((end - start) / 1000);
  return values.endedAt < values.startedAt ? t("focus.addsUntilNextDay", { length }) : t("focus.adds", { length });
}

/** The task and the room, for users who have some. */
function AboutFields({ problem }: FieldsProps) {
  const rooms = myRooms.value ?? [];
  const open = inOrder(tasks.value ?? []).filter(({ done }) => !done);
  return (
    <>
      {open.length > 0 && (
        <Field as="select" label={t("progress.task")} name="taskId" problem={problem}>
          <SelectOption value="" isDefault>
            {t("progress.noTask")}
          </SelectOption>
          {open.map(({ id, title }) => (
            <SelectOption value={id} key={id}>
              {title}
            </SelectOption>
          ))}
        </Field>
      )}
      {rooms.length > 0 && (
        <Field as="select" label={t("progress.room")} name="roomId" problem={problem}>
          <SelectOption value="" isDefault>
            {t("progress.noRoom")}
          </SelectOption>
          {rooms.map(({ id, name }) => (
            <SelectOption value={id} key={id}>
              {name}
            </SelectOption>
          ))}
        </Field>
      )}
    </>
  );
}
