/** The user's own study time in a room. */

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { user } from "../../core/session";
import { t } from "../../core/words";
import { lazy, Nothing } from "../../ui/lazy";
import type { RoomSession } from "../room/room-session";
import { FocusCard } from "./focus-card";
import { MembershipSwitch } from "./membership-switch";
import { loadFocus } from "./my-focus";

const LeaderboardDialog = lazy(() => import("./leaderboard"), "LeaderboardDialog", Nothing);

/** Milliseconds over which clients spread their requests when a phase begins or ends for all of them. */
const SPREAD = 4_000;

export function RoomFocus({ room }: { room: RoomSession }): JSX.Element {
  const me = room.presence.people.value.find(({ id }) => id === user.value?.id);
  useFollowedTimer(room);
  return (
    <FocusCard roomId={room.id} activity={me?.activity ?? ""}>
      <MembershipSwitch room={room} setting="followTimer" />
      <MembershipSwitch room={room} setting="showOnLeaderboard" />
      {room.info.value?.leaderboard === "on" && <LeaderboardButton room={room} />}
    </FocusCard>
  );
}

function LeaderboardButton({ room }: { room: RoomSession }) {
  const isOpen = useSignal(false);
  const set = (open: boolean) => () => {
    isOpen.value = open;
  };
  return (
    <>
      <button type="button" class="button" onClick={set(true)}>
        {t("focus.leaderboard")}
      </button>
      {isOpen.value && <LeaderboardDialog room={room} onClose={set(false)} />}
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
