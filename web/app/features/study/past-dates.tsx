/** Dates of a schedule that are over, and how long members studied in the room during each. */

import { type Signal, useSignal } from "@preact/signals";
import type { JSX, TargetedToggleEvent } from "preact";
import { date, time } from "../../core/format";
import { type ApiError, toApiError } from "../../core/http";
import { canModerate } from "../../core/permissions";
import { serverClock } from "../../core/server-clock";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import { Skeleton } from "../../ui/skeleton";
import type { RoomSession } from "../room/room-session";
import { schedule as api } from "./schedule-api";
import { secondsAt, studyText } from "./study-time";

type PastDate = Awaited<ReturnType<typeof api.past>>[number];

export function PastDates({ room }: { room: RoomSession }): JSX.Element {
  const dates = useLoaded(() => api.past(room.id));
  return (
    <details class="past" onToggle={dates.onToggle}>
      <summary>{t("schedule.past")}</summary>
      <ErrorMessage problem={dates.problem.value} retry={dates.load} />
      {dates.found.value?.length === 0 && <p class="hint">{t("schedule.noPast")}</p>}
      {dates.found.value?.length ? (
        <ul>
          {dates.found.value.map((one) => (
            <li key={one.scheduledSessionId + one.startsAt}>
              <PastRow room={room} past={one} />
            </li>
          ))}
        </ul>
      ) : (
        dates.isFirst.value && <Skeleton rows={2} />
      )}
    </details>
  );
}

function PastRow({ room, past: { scheduledSessionId, startsAt, endsAt, title } }: { room: RoomSession; past: PastDate }) {
  const people = useLoaded(() => api.attendance(room.id, scheduledSessionId, startsAt));
  const rows = people.found.value;
  return (
    <details onToggle={people.onToggle}>
      <summary>
        <span class="appointment-title" dir="auto">
          {title || t("schedule.untitled")}
        </span>
        <span class="hint figures">
          {date(startsAt)}, {time(startsAt)}–{time(endsAt)}
        </span>
      </summary>
      <ErrorMessage problem={people.problem.value} retry={people.load} />
      {rows?.length === 0 && <p class="hint">{t("schedule.noAttendance")}</p>}
      {rows && (
        <ul class="attendance">
          {rows.map((one) => (
            <li key={one.userId}>
              <span dir="auto">{one.name}</span> <span class="figures">{studyText(secondsAt(one, serverClock.now()))}</span>
            </li>
          ))}
        </ul>
      )}
      {rows && !canModerate(room.info.value) && <p class="hint">{t("schedule.attendanceHint")}</p>}
      {people.isFirst.value && <Skeleton rows={1} />}
    </details>
  );
}

interface Loaded<T> {
  readonly found: Signal<T | null>;
  readonly problem: Signal<ApiError | null>;
  /** True while it is loaded for the first time. */
  readonly isFirst: Signal<boolean>;
  load(): Promise<void>;
  onToggle(event: TargetedToggleEvent<HTMLDetailsElement>): void;
}

/** What a part shows that is loaded each time it is opened. */
function useLoaded<T>(request: () => Promise<T>): Loaded<T> {
  const found = useSignal<T | null>(null);
  const problem = useSignal<ApiError | null>(null);
  const isFirst = useSignal(false);
  const load = async () => {
    isFirst.value = !found.value;
    try {
      found.value = await request();
      problem.value = null;
    } catch (error) {
      problem.value = toApiError(error);
    } finally {
      isFirst.value = false;
    }
  };
  return { found, problem, isFirst, load, onToggle: ({ currentTarget }) => void (currentTarget.open && load()) };
}
