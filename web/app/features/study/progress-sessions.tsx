/** The user's focus sessions by day, latest first: each can be renamed, shortened and deleted. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { browserZone } from "../../core/days";
import type { FocusSession } from "../../core/types";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { zoneLabel } from "../account/zones";
import { nameOf } from "../rooms/my-rooms";
import { ChangeSession } from "./change-session";
import { addDays, longDate } from "./progress-days";
import type { SessionList } from "./session-list";
import { spanOf, titleOf } from "./session-text";
import { dayRules, studyDate, studyTime, studyToday, studyZone } from "./study-days";
import { studyText } from "./study-time";

export function ProgressSessions({ list }: { list: SessionList }): JSX.Element | null {
  const edited = useSignal<FocusSession | null>(null);
  const today = studyToday();
  const zone = studyZone();
  if (!list.sessions.length && !list.problem) return null;
  return (
    <section class="part" aria-labelledby="progress-sessions">
      <h2 id="progress-sessions">{t("progress.sessions")}</h2>
      {zone !== browserZone() && <p class="hint">{t("schedule.zone", { place: zoneLabel(zone) })}</p>}
      {byDay(list.sessions).map(([date, sessions]) => (
        <div class="session-day" key={date}>
          <h3 id={`sessions-${date}`}>{dayName(date, today)}</h3>
          <ul class="focus-sessions" aria-labelledby={`sessions-${date}`}>
            {sessions.map((session) => (
              <SessionRow session={session} onChange={() => (edited.value = session)} key={session.id} />
            ))}
          </ul>
        </div>
      ))}
      <ErrorMessage problem={list.problem} retry={list.load} />
      {list.hasMore && (
        <p class="more">
          <button type="button" class="button" onClick={list.loadMore}>
            {t("progress.moreSessions")}
          </button>
        </p>
      )}
      {edited.value && <ChangeSession session={edited.value} onChange={list.load} onClose={() => (edited.value = null)} />}
    </section>
  );
}

/** Sessions by the day of study on which they began, in their order. */
export function byDay(sessions: readonly FocusSession[]): [string, FocusSession[]][] {
  const days = new Map<string, FocusSession[]>();
  for (const session of sessions) {
    const date = studyDate(Date.parse(session.startedAt), dayRules());
    days.set(date, [...(days.get(date) ?? []), session]);
  }
  return [...days];
}

function dayName(date: string, today: string): string {
  if (date === today) return t("time.today");
  return date === addDays(today, -1) ? t("time.yesterday") : longDate(date);
}

function SessionRow({ session, onChange }: { session: FocusSession; onChange(): void }) {
  const { activity, roomId, seconds, source, startedAt } = session;
  const room = activity && roomId ? nameOf(roomId) : "";
  return (
    <li>
      <span class="row-text">
        <b>
          <bdi>{titleOf(session)}</bdi>
        </b>
        <span class="hint figures">
          {t("focus.span", { span: spanOf(session), length: studyText(seconds) })}
          {room && (
            <>
              {" · "}
              <bdi>{room}</bdi>
            </>
          )}
          {source === "manual" && ` · ${t("focus.manual")}`}
        </span>
      </span>
      <button
        type="button"
        class="button quiet"
        aria-label={t("focus.changeOf", { session: titleOf(session), time: studyTime(startedAt) })}
        onClick={onChange}
      >
        {t("focus.change")}
      </button>
    </li>
  );
}
