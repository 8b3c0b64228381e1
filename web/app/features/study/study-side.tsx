/** All that a room has for studying: its timer, the user's own focus time, tasks. */

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { t } from "../../core/words";
import { Dialog } from "../../ui/dialog";
import { ErrorBoundary } from "../../ui/error-boundary";
import type { RoomSession } from "../room/room-session";
import { RoomFocus } from "./room-focus";
import { RoomTasks } from "./room-tasks";
import { TimerCard } from "./timer-card";
import { timerOf } from "./timer-change";

/** Beside the conversation. */
export const StudySide = ({ room }: { room: RoomSession }): JSX.Element => (
  <aside class="study-side" aria-label={t("study.title")}>
    <StudyParts room={room} />
  </aside>
);

/** The same in narrow windows. */
export const StudyDialog = ({ room, onClose }: { room: RoomSession; onClose(): void }): JSX.Element => (
  <Dialog title={t("study.title")} class="study-dialog" onClose={onClose}>
    <div class="study-side">
      <StudyParts room={room} />
    </div>
  </Dialog>
);

function StudyParts({ room }: { room: RoomSession }) {
  const place = useMemo(() => timerOf(room), [room]);
  return (
    <>
      <ErrorBoundary>
        <TimerCard place={place} />
      </ErrorBoundary>
      <ErrorBoundary>
        <RoomFocus room={room} />
      </ErrorBoundary>
      <ErrorBoundary>
        <RoomTasks room={room} />
      </ErrorBoundary>
    </>
  );
}
