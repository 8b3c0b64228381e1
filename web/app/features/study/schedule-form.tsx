/** The form that plans or changes a date, and the buttons that delete it. */

import { useSignal } from "@preact/signals";
import type { JSX, TargetedInputEvent } from "preact";
import { useMemo } from "preact/hooks";
import { browserZone } from "../../core/days";
import { duration } from "../../core/duration";
import { dateStamp, day } from "../../core/format";
import type { ApiError } from "../../core/http";
import { newId } from "../../core/ids";
import { canModerate } from "../../core/permissions";
import type { ScheduledSession, Weekday } from "../../core/types";
import { t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { SelectOption } from "../../ui/select-option";
import { zoneLabel } from "../account/zones";
import type { RoomSession } from "../room/room-session";
import { PLAN_FIELDS, PlanFields, planOf } from "./plan-fields";
import { schedule as api } from "./schedule-api";
import { type Appointment, daysAfter, splitLocal, WEEKDAYS, weekdayName, weekdayOf } from "./schedule-days";
import type { Plan } from "./timer";

const LENGTHS = [25, 30, 45, 60, 90, 120, 180, 240];
const USUAL_LENGTH = 60;
const USUAL_DAYS = 56;
/** Hour after which the first proposal is tomorrow. */
const LATEST_HOUR = 20;
const MAX_TITLE = 80;
const USUAL_PLAN: Plan = { focus: 1500, shortBreak: 300, longBreak: 900, rounds: 4 };
const FIELDS = ["title", "startsAt", "minutes", "until", ...PLAN_FIELDS];

interface ScheduleFormProps {
  room: RoomSession;
  edited: Appointment | "new";
  /** Called when it is saved or deleted, with a sentence for the user. */
  onDone(text: string): void;
}

type Values = Record<"title" | "startsAt" | "time" | "minutes" | "repeat" | "until" | "scope" | "startTimer", string>;

export function ScheduleForm({ room, edited, onDone }: ScheduleFormProps): JSX.Element {
  const clientId = useMemo(newId, []);
  const session = edited === "new" ? null : edited.session;
  const timeZone = session?.timeZone ?? browserZone() ?? "UTC";
  const usual = session?.plan ?? room.timer.known.value?.plan ?? USUAL_PLAN;
  const { busy, problem, submit } = useForm<keyof Values>(async (values, form) => {
    const body = { ...bodyOf(values, form, edited), ...planChange(values, session, usual) };
    if (edited === "new") await api.plan(room.id, { ...body, timeZone, clientId });
    else await api.change(room.id, edited.session.id, body, values.scope === "later" ? edited.occurrence.date : undefined);
    onDone(edited === "new" ? t("schedule.planned") : t("schedule.changed"));
  });
  return (
    <>
      <form onSubmit={submit} noValidate>
        <ErrorMessage problem={problem} fields={FIELDS} />
        <Field
          label={t("schedule.titleField")}
          name="title"
          maxlength={MAX_TITLE}
          defaultValue={session?.title ?? ""}
          hint={t("schedule.titleHint")}
          problem={problem}
          autocomplete="off"
        />
        <WhenFields edited={edited} problem={problem} />
        {(session?.plan || mayStart(room)) && <TimerFields plan={usual} isOn={Boolean(session?.plan)} problem={problem} />}
        {timeZone !== browserZone() && <p class="hint">{t("schedule.zone", { place: zoneLabel(timeZone) })}</p>}
        <Submit busy={busy} busyLabel={t("schedule.saving")} class="primary">
          {edited === "new" ? t("schedule.planDate") : t("schedule.save")}
        </Submit>
      </form>
      {edited !== "new" && <DeleteButtons appointment={edited} onDone={onDone} />}
    </>
  );
}

const mayStart = ({ info: { value: info } }: RoomSession): boolean => info?.timerControl === "members" || canModerate(info);

/** The plan in the request, if it changes. */
function planChange(values: Values, session: ScheduledSession | null, usual: Plan): { plan?: Plan | null } {
  const plan = values.startTimer ? planOf(values, usual) : null;
  const before = session?.plan ?? null;
  const isSame =
    plan && before ? PLAN_FIELDS.every((name) => plan[name as keyof Plan] === before[name as keyof Plan]) : plan === before;
  return isSame ? {} : { plan };
}

/** Whether the room's timer starts with the date, and with which plan. */
function TimerFields({ plan, isOn, problem }: { plan: Plan; isOn: boolean; problem: ApiError | null }) {
  const starts = useSignal(isOn);
  return (
    <>
      <label class="tick">
        <input
          type="checkbox"
          name="startTimer"
          defaultChecked={isOn}
          onChange={({ currentTarget }) => (starts.value = currentTarget.checked)}
        />
        <span>
          {t("schedule.startTimer")}
          <br />
          <span class="hint">{t("schedule.startTimerHint")}</span>
        </span>
      </label>
      {starts.value && <PlanFields plan={plan} problem={problem} />}
    </>
  );
}

/** The request of the form. The time of a weekly session changes on all of its dates, or on those from one on. */
function bodyOf(
  { title, startsAt, time, minutes, repeat, until, scope }: Values,
  form: HTMLFormElement,
  edited: Appointment | "new",
) {
  const days = new FormData(form).getAll("days") as Weekday[];
  const isWeekly = repeat === "weekly";
  const first =
    edited === "new" || !edited.session.until
      ? startsAt
      : scope === "later"
        ? edited.occurrence.date
        : firstDate(edited.session);
  return {
    title,
    startsAt: `${first}T${time}`,
    minutes: Number(minutes),
    repeat: isWeekly ? ("weekly" as const) : ("none" as const),
    ...(isWeekly && { days, until: until || null }),
  };
}

const firstDate = ({ localStart }: ScheduledSession): string => splitLocal(localStart).date;

interface WhenProps {
  edited: Appointment | "new";
  problem: ReturnType<typeof useForm>["problem"];
}

function WhenFields({ edited, problem }: WhenProps) {
  const session = edited === "new" ? null : edited.session;
  const start = session ? splitLocal(session.localStart) : nextStart(new Date());
  const isWeekly = useSignal(session?.repeat === "weekly");
  const date = useSignal(start.date);
  const wasWeekly = session?.repeat === "weekly";
  return (
    <>
      {edited !== "new" && wasWeekly && <ScopeFields appointment={edited} />}
      <div class="side-by-side">
        {!wasWeekly && (
          <Field
            label={t("schedule.date")}
            name="startsAt"
            type="date"
            required
            min={dateStamp()}
            defaultValue={start.date}
            problem={problem}
            onInput={({ currentTarget: { value } }: TargetedInputEvent<HTMLInputElement>) => (date.value = value)}
          />
        )}
        <Field label={t("schedule.time")} name="time" type="time" required defaultValue={start.time} problem={problem} />
        <Field as="select" label={t("schedule.length")} name="minutes" problem={problem}>
          {lengths(session).map((minutes) => (
            <SelectOption value={minutes} isDefault={minutes === (session?.minutes ?? USUAL_LENGTH)} key={minutes}>
              {duration(minutes * 60)}
            </SelectOption>
          ))}
        </Field>
      </div>
      {wasWeekly ? (
        <input type="hidden" name="repeat" value="weekly" />
      ) : (
        <Field
          as="select"
          label={t("schedule.repeat")}
          name="repeat"
          onInput={({ currentTarget: { value } }: TargetedInputEvent<HTMLSelectElement>) =>
            (isWeekly.value = value === "weekly")
          }
        >
          <option value="none">{t("schedule.once")}</option>
          <option value="weekly">{t("schedule.everyWeek")}</option>
        </Field>
      )}
      {isWeekly.value && <WeekFields session={session} date={date.value} problem={problem} />}
    </>
  );
}

/** Dates of a weekly session that change: from the one that was opened on, or all. */
const ScopeFields = ({ appointment: { session, occurrence } }: { appointment: Appointment }) => {
  const isFirst = occurrence.date <= firstDate(session);
  return (
    <fieldset class="field" hidden={isFirst}>
      <legend>{t("schedule.scope")}</legend>
      <label class="tick">
        <input type="radio" name="scope" value="later" defaultChecked={!isFirst} />
        {t("schedule.scopeLater", { day: day(occurrence.startsAt) })}
      </label>
      <label class="tick">
        <input type="radio" name="scope" value="all" defaultChecked={isFirst} />
        {t("schedule.scopeAll")}
      </label>
    </fieldset>
  );
};

interface WeekProps extends Pick<WhenProps, "problem"> {
  session: ScheduledSession | null;
  date: string;
}

function WeekFields({ session, date, problem }: WeekProps) {
  const chosen = session?.days.length ? session.days : [weekdayOf(date)];
  return (
    <>
      <fieldset class="field">
        <legend>{t("schedule.days")}</legend>
        <div class="weekdays">
          {WEEKDAYS.map((one) => (
            <label key={`${one}${session ? "" : date}`}>
              <input type="checkbox" name="days" value={one} defaultChecked={chosen.includes(one)} />
              <span aria-hidden="true">{weekdayName(one, "short")}</span>
              <span class="hidden">{weekdayName(one, "long")}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <Field
        label={t("schedule.lastDate")}
        name="until"
        type="date"
        required
        min={date}
        defaultValue={session?.until ?? daysAfter(date || dateStamp(), USUAL_DAYS)}
        hint={t("schedule.lastDateHint")}
        problem={problem}
      />
    </>
  );
}

function DeleteButtons({
  appointment: { session, occurrence },
  onDone,
}: {
  appointment: Appointment;
  onDone(text: string): void;
}) {
  const { roomId, id, except } = session;
  const isWeekly = session.repeat === "weekly";
  const one = useForm(async () => {
    await api.change(roomId, id, { except: [...except, occurrence.date] });
    onDone(t("schedule.deleted"));
  });
  const rest = useForm(async () => {
    await api.remove(roomId, id, isWeekly ? occurrence.date : undefined);
    onDone(t("schedule.deleted"));
  });
  const when = day(occurrence.startsAt);
  return (
    <div class="choices appointment-deletions">
      {isWeekly && session.occurrences.length > 1 && (
        <ConfirmButton
          label={t("schedule.deleteOne")}
          title={t("schedule.deleteOneTitle", { day: when })}
          confirm={t("schedule.delete")}
          busyLabel={t("schedule.deleting")}
          form={one}
        >
          <p>{t("schedule.deleteOneEffect")}</p>
        </ConfirmButton>
      )}
      <ConfirmButton
        label={isWeekly ? t("schedule.deleteLater") : t("schedule.delete")}
        title={isWeekly ? t("schedule.deleteLaterTitle", { day: when }) : t("schedule.deleteTitle")}
        confirm={t("schedule.delete")}
        busyLabel={t("schedule.deleting")}
        form={rest}
      >
        <p>{t("schedule.deleteEffect")}</p>
      </ConfirmButton>
    </div>
  );
}

/** The usual lengths, and that of the session, in minutes. */
const lengths = (session: ScheduledSession | null): number[] =>
  [...new Set([...LENGTHS, ...(session ? [session.minutes] : [])])].sort((one, other) => one - other);

/** The next full hour of today, or the same time tomorrow when it is late. */
function nextStart(present: Date): { date: string; time: string } {
  const hour = present.getHours() + 1;
  if (hour <= LATEST_HOUR) return { date: dateStamp(present), time: `${String(hour).padStart(2, "0")}:00` };
  return { date: daysAfter(dateStamp(present), 1), time: "17:00" };
}
