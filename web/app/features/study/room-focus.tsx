/** The user's own study time in a room. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { user } from "../../core/session";
import type { RoomSession } from "../room/room-session";
import { FocusCard } from "./focus-card";
import { loadFocus } from "./my-focus";

/** Milliseconds over which clients spread their requests when a phase begins or ends for all of them. */
const SPREAD = 4_000;

export function RoomFocus({ room }: { room: RoomSession }): JSX.Element {
  const me = room.presence.people.value.find(({ id }) => id === user.value?.id);
  useFollowedTimer(room);
  return <FocusCard roomId={room.id} activity={me?.activity ?? ""} />;
}

/** The server opens and ends sessions with the phases of a timer that is followed, and tells no user of it. */
function useFollowedTimer({ timer }: RoomSession): void {
  const known = timer.known.value;
  const isFocus = known?.state === "running" && known.phase === "focus";
  useEffect(() => {
    const load = () => {
      if (document.visibilityState === "visible") void loadFocus().catch(() => {});
    };
    const timeout = setTimeout(load, Math.random() * SPREAD);
    document.addEventListener("visibilitychange", load);
    return () => {
      clearTimeout(timeout);
      document.removeEventListener("visibilitychange", load);
    };
  }, [isFocus, known?.round]);
}
