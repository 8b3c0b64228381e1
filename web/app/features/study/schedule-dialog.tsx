/** The schedule of a room: dates by day, who is going, and the form of a date. */

import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { on } from "../../core/connection";
import { day, date as longDate, moment, time } from "../../core/format";
import { type ApiError, toApiError } from "../../core/http";
import { now } from "../../core/now";
import { canModerate } from "../../core/permissions";
import { user } from "../../core/session";
import type { ScheduledSession } from "../../core/types";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { EmptyState } from "../../ui/empty-state";
import { ErrorMessage } from "../../ui/error-message";
import { Icon } from "../../ui/icon";
import { Skeleton } from "../../ui/skeleton";
import { zoneLabel } from "../account/zones";
import type { RoomSession } from "../room/room-session";
import { PastDates } from "./past-dates";
import { minutesOf } from "./plan-fields";
import { schedule as api } from "./schedule-api";
import {
  type Appointment,
  changed,
  isElsewhere,
  scheduleDays,
  splitLocal,
  WEEKDAYS,
  weekdayNames,
  withGoing,
  withoutMember,
} from "./schedule-days";
import { ScheduleForm } from "./schedule-form";

interface ScheduleProps {
  room: RoomSession;
  onClose(): void;
}

/** The date that is planned or changed; null for the list. */
type Edited = Appointment | "new" | null;

export function ScheduleDialog({ room, onClose }: ScheduleProps): JSX.Element {
  const edited = useSignal<Edited>(null);
  const status = useSignal("");
  const list = useSchedule(room.id);
  const back = (text = "") => {
    status.value = text;
    edited.value = null;
    void list.load();
  };
  if (edited.value)
    return (
      <Dialog
        title={edited.value === "new" ? t("schedule.planTitle") : t("schedule.changeTitle")}
        onClose={() => back()}
        key="form"
      >
        <ScheduleForm room={room} edited={edited.value} onDone={back} />
      </Dialog>
    );
  const isMuted = room.mutedUntil.value !== null && Date.parse(room.mutedUntil.value) > now();
  return (
    <Dialog title={t("schedule.title")} onClose={onClose} key="list">
      <p role="status" class={status.value ? "form-status" : "hidden"}>
        {status.value}
      </p>
      {isMuted ? (
        <p class="hint">{t("schedule.muted")}</p>
      ) : (
        room.info.value?.role && (
          <p>
            <button type="button" class="button primary" onClick={() => (edited.value = "new")}>
              {t("schedule.plan")}
            </button>
          </p>
        )
      )}
      <ErrorMessage problem={list.problem.value} retry={list.load} />
      {list.sessions.value ? (
        <Days room={room} sessions={list.sessions as Signal<readonly ScheduledSession[]>} isMuted={isMuted} edited={edited} />
      ) : (
        !list.problem.value && <Skeleton rows={3} />
      )}
      {room.info.value?.role && <PastDates room={room} />}
    </Dialog>
  );
}

interface Schedule {
  readonly sessions: Signal<readonly ScheduledSession[] | null>;
  readonly problem: Signal<ApiError | null>;
  load(): Promise<void>;
}

/** The sessions of a room, current as long as the dialog is open. */
function useSchedule(roomId: string): Schedule {
  const sessions = useSignal<readonly ScheduledSession[] | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const load = async () => {
    try {
      sessions.value = await api.list(roomId);
      problem.value = null;
    } catch (error) {
      problem.value = toApiError(error);
    }
  };
  const change = (next: (known: readonly ScheduledSession[]) => readonly ScheduledSession[]) => {
    if (sessions.value) sessions.value = next(sessions.value);
  };
  useEffect(() => {
    void load();
    const stops = [
      on("schedule-updated", (event) => event.roomId === roomId && change((known) => changed(known, event))),
      on("member-left", (event) => event.roomId === roomId && change((known) => withoutMember(known, event.userId))),
      on("connect", () => void load()),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [roomId]);
  return { sessions, problem, load };
}

interface DaysProps {
  room: RoomSession;
  sessions: Signal<readonly ScheduledSession[]>;
  isMuted: boolean;
  edited: Signal<Edited>;
}

function Days({ room, sessions, isMuted, edited }: DaysProps) {
  const days = scheduleDays(sessions.value, now());
  if (!days.length)
    return (
      <EmptyState title={t("schedule.empty")}>
        <p class="hint">{t("schedule.emptyHint")}</p>
      </EmptyState>
    );
  return (
    <div class="schedule">
      {days.map(({ at, appointments }) => (
        <section key={at}>
          <h3>{day(at)}</h3>
          <ul>
            {appointments.map((appointment) => (
              <Row
                key={appointment.session.id + appointment.occurrence.date}
                room={room}
                appointment={appointment}
                sessions={sessions}
                isMuted={isMuted}
                onEdit={() => (edited.value = appointment)}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

interface RowProps extends Omit<DaysProps, "edited"> {
  appointment: Appointment;
  onEdit(): void;
}

function Row({ room, appointment, sessions, isMuted, onEdit }: RowProps) {
  const { session, occurrence } = appointment;
  const mayChange = !isMuted && (session.createdBy === user.value?.id || canModerate(room.info.value));
  const title = session.title || t("schedule.untitled");
  return (
    <li class="appointment">
      <p class="appointment-time figures">
        <time dateTime={occurrence.startsAt}>{time(occurrence.startsAt)}</time>
        <span aria-hidden="true">–</span>
        <span class="hidden"> {t("schedule.until")} </span>
        <time dateTime={occurrence.endsAt}>{time(occurrence.endsAt)}</time>
      </p>
      <div class="appointment-text">
        <p class="appointment-title" dir="auto">
          {title}
        </p>
        <Details appointment={appointment} />
      </div>
      <div class="appointment-actions">
        {room.info.value?.role && (
          <GoingButton session={session} sessions={sessions} name={title} isMuted={isMuted} at={occurrence.startsAt} />
        )}
        {mayChange && (
          <button
            type="button"
            class="button quiet"
            aria-label={t("schedule.changeOf", { title, when: moment(occurrence.startsAt) })}
            onClick={onEdit}
          >
            {t("schedule.change")}
          </button>
        )}
      </div>
    </li>
  );
}

/** Weekdays, the time of another place, and how many are going. */
function Details({ appointment: { session, occurrence } }: { appointment: Appointment }) {
  const parts = [t("schedule.going", { count: session.going.length })];
  if (session.until && session.days.length === WEEKDAYS.length)
    parts.unshift(t("schedule.daily", { date: longDate(`${session.until}T12:00:00`) }));
  else if (session.until)
    parts.unshift(t("schedule.weekly", { days: weekdayNames(session.days), date: longDate(`${session.until}T12:00:00`) }));
  if (session.plan)
    parts.push(t("schedule.timer", { focus: minutesOf(session.plan.focus), pause: minutesOf(session.plan.shortBreak) }));
  if (isElsewhere(session, occurrence))
    parts.unshift(t("schedule.elsewhere", { time: splitLocal(session.localStart).time, place: zoneLabel(session.timeZone) }));
  return <p class="hint">{parts.join(" · ")}</p>;
}

interface GoingButtonProps {
  session: ScheduledSession;
  sessions: Signal<readonly ScheduledSession[]>;
  /** Title of the session. */
  name: string;
  isMuted: boolean;
  at: string;
}

function GoingButton({ session, sessions, name, isMuted, at }: GoingButtonProps) {
  const problem = useSignal<ApiError | null>(null);
  const myId = user.value?.id ?? "";
  const isGoing = session.going.includes(myId);
  const show = (going: boolean) => {
    sessions.value = sessions.value.map((one) => (one.id === session.id ? withGoing(one, myId, going) : one));
  };
  const toggle = async () => {
    problem.value = null;
    show(!isGoing);
    try {
      await (isGoing ? api.cancel : api.go)(session.roomId, session.id);
    } catch (error) {
      show(isGoing);
      problem.value = toApiError(error);
    }
  };
  return (
    <>
      <button
        type="button"
        class="button going"
        aria-pressed={isGoing}
        aria-label={t("schedule.goOf", { title: name, when: moment(at) })}
        disabled={isMuted && !isGoing}
        onClick={toggle}
      >
        {isGoing && <Icon name="check" />}
        {t("schedule.go")}
      </button>
      {problem.value && (
        <p class="field-error" role="alert">
          {problem.value.message}
        </p>
      )}
    </>
  );
}
