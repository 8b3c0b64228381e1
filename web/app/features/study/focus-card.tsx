/** The user's own study time: the session that counts, or a button that starts one. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { type ApiError, toApiError } from "../../core/http";
import { newId } from "../../core/ids";
import { now } from "../../core/now";
import { serverClock } from "../../core/server-clock";
import type { FocusSession } from "../../core/types";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Field, Submit, useForm } from "../../ui/form";
import { nameOf } from "../rooms/my-rooms";
import { resumeFocus, startFocus, stopFocus } from "./focus-change";
import { endedSession, focusSession } from "./my-focus";
import { studyText } from "./study-time";
import { clockText } from "./timer";

export const MAX_ACTIVITY = 80;
/** Milliseconds for which the server continues a session that has ended. */
const RESUMABLE_FOR = 5 * 60_000;

interface FocusCardProps {
  /** Room in which the user studies; null on their own. */
  roomId: string | null;
  /** What the user works on, as the room shows it; without it there is a field for it. */
  activity?: string | undefined;
  /** Controls beside the heading. */
  tools?: ComponentChildren;
  /** Shown above the controls, also before it is known whether a session is open. */
  lead?: ComponentChildren;
  children?: ComponentChildren;
}

export function FocusCard({ roomId, activity, tools, lead, children }: FocusCardProps): JSX.Element | null {
  const id = useId();
  const isTooShort = useSignal(false);
  const session = focusSession.value;
  if (session === undefined && !lead) return null;
  const onStop = (ended: FocusSession | null) => {
    isTooShort.value = ended === null;
  };
  return (
    <section class={`focus-card ${lead ? "wide" : ""}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{t("focus.title")}</h2>
        {tools}
      </header>
      {lead}
      {session && <OpenSession session={session} roomId={roomId} onStop={onStop} />}
      {session === null && <StartForm roomId={roomId} activity={activity} />}
      {session === null && <EndedSession />}
      <p class={isTooShort.value && !session ? "hint" : "hidden"} role="status">
        {isTooShort.value && !session && t("focus.tooShort")}
      </p>
      {children}
    </section>
  );
}

interface OpenSessionProps {
  session: FocusSession;
  roomId: string | null;
  /** Called with the session that was stored, or null if it was too short. */
  onStop(ended: FocusSession | null): void;
}

function OpenSession({ session, roomId, onStop }: OpenSessionProps) {
  const problem = useSignal<ApiError | null>(null);
  const stop = async () => {
    problem.value = null;
    try {
      onStop(await stopFocus());
    } catch (failed) {
      problem.value = toApiError(failed);
    }
  };
  const elsewhere = session.roomId && session.roomId !== roomId ? nameOf(session.roomId) : "";
  return (
    <>
      <div class="focus-running">
        <p class="focus-time" role="timer" aria-live="off">
          <Elapsed since={session.startedAt} />
        </p>
        <button type="button" class="button" onClick={stop}>
          {t("focus.stop")}
        </button>
      </div>
      {session.activity && (
        <p class="focus-activity" dir="auto">
          {session.activity}
        </p>
      )}
      {session.source === "timer" && <p class="hint">{t("focus.withTimer")}</p>}
      {elsewhere && <p class="hint">{t("focus.inRoom", { room: elsewhere })}</p>}
      <ErrorMessage problem={problem.value} />
    </>
  );
}

/** The session that has just ended, which can be continued: a slip costs no study time. */
function EndedSession() {
  const problem = useSignal<ApiError | null>(null);
  now(); // a subscription: the offer ends
  const ended = endedSession.value;
  if (!ended?.endedAt || serverClock.now() - Date.parse(ended.endedAt) > RESUMABLE_FOR) return null;
  const resume = async () => {
    problem.value = null;
    try {
      await resumeFocus(ended.id);
    } catch (failed) {
      problem.value = toApiError(failed);
    }
  };
  return (
    <div class="focus-ended">
      <p role="status">
        {ended.seconds < 60 ? t("focus.endedUnderMinute") : t("focus.ended", { length: studyText(ended.seconds) })}
      </p>
      <button type="button" class="button" onClick={resume}>
        {t("focus.resume")}
      </button>
      <ErrorMessage problem={problem.value} />
    </div>
  );
}

/** The time since a moment of the server's clock. */
function Elapsed({ since }: { since: string }) {
  const ticks = useSignal(0);
  ticks.value; // a subscription
  const passed = () => Math.max(0, serverClock.now() - Date.parse(since));
  useEffect(() => {
    let timeout: ReturnType<typeof setTimeout>;
    const plan = () => {
      timeout = setTimeout(tick, 1000 - (passed() % 1000));
    };
    const tick = () => {
      ticks.value++;
      plan();
    };
    plan();
    return () => clearTimeout(timeout);
  }, [since]);
  return <>{clockText(Math.floor(passed() / 1000))}</>;
}

function StartForm({ roomId, activity }: Pick<FocusCardProps, "roomId" | "activity">) {
  const clientId = useRef(newId()).current;
  const { busy, problem, submit } = useForm((values) =>
    startFocus(roomId, (activity ?? values.activity ?? "").trim(), clientId),
  );
  return (
    <form onSubmit={submit} novalidate class="focus-start">
      <ErrorMessage problem={problem} fields={["activity"]} />
      {activity === undefined && (
        <Field
          label={t("focus.activity")}
          name="activity"
          maxlength={MAX_ACTIVITY}
          dir="auto"
          autocomplete="off"
          enterkeyhint="go"
          problem={problem}
        />
      )}
      <Submit busy={busy}>{t("focus.start")}</Submit>
    </form>
  );
}
