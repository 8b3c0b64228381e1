/** The user's own study time in a room. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { rooms as api } from "../../core/api";
import { type ApiError, toApiError } from "../../core/http";
import { user } from "../../core/session";
import { t } from "../../core/words";
import { ErrorMessage } from "../../ui/error-message";
import type { RoomSession } from "../room/room-session";
import { FocusCard } from "./focus-card";
import { loadFocus } from "./my-focus";

/** Milliseconds over which clients spread their requests when a phase begins or ends for all of them. */
const SPREAD = 4_000;

export function RoomFocus({ room }: { room: RoomSession }): JSX.Element {
  const me = room.presence.people.value.find(({ id }) => id === user.value?.id);
  useFollowedTimer(room);
  return (
    <FocusCard roomId={room.id} activity={me?.activity ?? ""}>
      <FollowSwitch room={room} />
    </FocusCard>
  );
}

/** Study time is counted by itself while the timer of the room runs, unless the user switches that off. */
function FollowSwitch({ room: { id, followsTimer } }: { room: RoomSession }) {
  const problem = useSignal<ApiError | null>(null);
  const change = async (follows: boolean) => {
    followsTimer.value = follows; // shown at once, and back if that fails
    problem.value = null;
    try {
      await api.changeMembership(id, { followTimer: follows });
    } catch (failed) {
      followsTimer.value = !follows;
      problem.value = toApiError(failed);
    }
  };
  return (
    <>
      <label class="tick">
        <input
          type="checkbox"
          checked={followsTimer.value}
          onChange={({ currentTarget }) => void change(currentTarget.checked)}
        />
        <span>{t("focus.follow")}</span>
      </label>
      <ErrorMessage problem={problem.value} />
    </>
  );
}

/** The server opens and ends sessions with the phases of a timer that is followed, and tells no user of it. */
function useFollowedTimer({ timer }: RoomSession): void {
  const known = timer.known.value;
  const isFocus = known?.state === "running" && known.phase === "focus";
  useEffect(() => {
    const load = () => {
      if (document.visibilityState === "visible") void loadFocus().catch(() => {});
    };
    const isOwn = known?.changedBy === user.peek()?.id;
    const timeout = setTimeout(load, isOwn ? 0 : Math.random() * SPREAD);
    document.addEventListener("visibilitychange", load);
    return () => {
      clearTimeout(timeout);
      document.removeEventListener("visibilitychange", load);
    };
  }, [isFocus, known?.round]);
}
