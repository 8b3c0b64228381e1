/** The user's focus sessions of today, which can be renamed, shortened and deleted. */

import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { focus as api } from "../../core/api";
import { isolated, time } from "../../core/format";
import { type ApiError, toApiError } from "../../core/http";
import { now } from "../../core/now";
import { serverClock } from "../../core/server-clock";
import { user } from "../../core/session";
import type { FocusSession } from "../../core/types";
import { t } from "../../core/words";
import { ConfirmButton } from "../../ui/confirm-button";
import { Dialog } from "../../ui/dialog";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { nameOf } from "../rooms/my-rooms";
import { studyText } from "./focus-words";
import { focusChanges, focusSession } from "./my-focus";

const LIMIT = 50;
const HOUR = 3_600_000;
const MINUTE = 60;
const MAX_ACTIVITY = 80;

/** Start of the study day of a moment: at an hour of the user's choice, by the clock of this browser. */
export function dayStart(at: number, startsAt: number): number {
  const day = new Date(at - startsAt * HOUR);
  return day.setHours(startsAt, 0, 0, 0);
}

export function Today(): JSX.Element | null {
  const { sessions, problem, load } = useToday();
  const edited = useSignal<FocusSession | null>(null);
  const close = () => {
    edited.value = null;
  };
  const total = totalOf(sessions ?? [], focusSession.value);
  if (problem) return <ErrorMessage problem={problem} retry={load} />;
  if (!sessions?.length) return null;
  return (
    <details class="focus-today">
      <summary>{t("focus.todayTotal", { length: studyText(total) })}</summary>
      <ul class="focus-sessions" aria-label={t("focus.today")}>
        {sessions.map((session) => (
          <li key={session.id}>
            <SessionText session={session} />
            <button
              type="button"
              class="button quiet"
              aria-label={t("focus.changeOf", { session: titleOf(session), time: time(session.startedAt) })}
              onClick={() => {
                edited.value = session;
              }}
            >
              {t("focus.change")}
            </button>
          </li>
        ))}
      </ul>
      {edited.value && <ChangeDialog session={edited.value} reload={load} onClose={close} />}
    </details>
  );
}

const today = (): number => dayStart(serverClock.now(), user.peek()?.dayStartsAt ?? 0);

/** Seconds of today: of sessions that ended, and of the one that runs. */
export function totalOf(sessions: readonly FocusSession[], open: FocusSession | null | undefined, at = now()): number {
  const start = today();
  const ended = sessions.reduce((sum, { startedAt, seconds }) => {
    const before = Math.max(0, start - Date.parse(startedAt)) / 1000;
    return sum + Math.max(0, seconds - before);
  }, 0);
  return ended + (open ? Math.max(0, at - Math.max(start, Date.parse(open.startedAt))) / 1000 : 0);
}

/** Sessions of today that ended, latest first; loaded again when one ends. */
function useToday() {
  const sessions = useSignal<readonly FocusSession[] | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const load = async () => {
    try {
      const found = await api.sessions({ limit: LIMIT });
      const start = today();
      sessions.value = found.sessions.filter(({ endedAt }) => endedAt && Date.parse(endedAt) > start);
      problem.value = null;
    } catch (failed) {
      problem.value = toApiError(failed);
    }
  };
  useSignalEffect(() => {
    focusChanges.value; // a subscription
    void load();
  });
  return { sessions: sessions.value, problem: problem.value, load };
}

const titleOf = ({ activity, roomId }: FocusSession): string => activity || (roomId && nameOf(roomId)) || t("focus.session");

const SessionText = ({ session }: { session: FocusSession }) => (
  <span class="row-text">
    <b>
      <bdi>{titleOf(session)}</bdi>
    </b>
    <span class="hint figures">
      {t("focus.span", { from: time(session.startedAt), to: time(session.endedAt ?? ""), length: studyText(session.seconds) })}
      {session.source === "manual" && ` · ${t("focus.manual")}`}
    </span>
  </span>
);

interface ChangeDialogProps {
  session: FocusSession;
  reload(): Promise<void>;
  onClose(): void;
}

function ChangeDialog({ session, reload, onClose }: ChangeDialogProps) {
  const minutes = Math.max(1, Math.floor(session.seconds / MINUTE));
  const done = async () => {
    onClose();
    await reload();
  };
  const { busy, problem, submit } = useForm(async (values) => {
    const wanted = Number(values.minutes);
    const end = new Date(Date.parse(session.startedAt) + wanted * MINUTE * 1000).toISOString();
    await api.change(session.id, { activity: values.activity?.trim() ?? "", ...(wanted < minutes && { endedAt: end }) });
    await done();
  });
  const removal = useForm(async () => {
    await api.remove(session.id);
    await done();
  });
  return (
    <Dialog title={t("focus.changeTitle")} onClose={onClose}>
      <form onSubmit={submit} novalidate>
        <ErrorMessage problem={problem} fields={["activity", "minutes"]} />
        <Field
          label={t("focus.activity")}
          name="activity"
          maxlength={MAX_ACTIVITY}
          dir="auto"
          defaultValue={session.activity}
          problem={problem}
        />
        <Field
          type="number"
          inputmode="numeric"
          label={t("focus.length")}
          name="minutes"
          required
          min={1}
          max={minutes}
          defaultValue={minutes}
          problem={problem}
          hint={t("focus.lengthHint")}
        />
        <div class="choices">
          <Submit busy={busy} busyLabel={t("rooms.saving")} class="primary">
            {t("rooms.save")}
          </Submit>
        </div>
      </form>
      <div class="action">
        <ConfirmButton
          label={t("focus.delete")}
          title={t("focus.deleteTitle")}
          confirm={t("focus.delete")}
          busyLabel={t("focus.deleting")}
          form={removal}
        >
          <p>{t("focus.deleteEffect", { session: isolated(titleOf(session)), length: studyText(session.seconds) })}</p>
        </ConfirmButton>
      </div>
    </Dialog>
  );
}
