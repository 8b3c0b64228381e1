/** Notice that others still see the user in a room while another view is open. */

import type { JSX } from "preact";
import { go, ROOM_VIEWS, route } from "../../core/router";
import { t } from "../../core/words";
import { StatusDot } from "../../ui/status-dot";
import { Words } from "../../ui/words";
import { nameOf } from "../rooms/my-rooms";
import { currentRoom, leaveCurrentRoom } from "./current-room";

export function CurrentRoomNotice(): JSX.Element | null {
  const room = currentRoom.value;
  const { name: view, id } = route.value;
  if (!room || (ROOM_VIEWS.includes(view) && id === room.id)) return null;
  const name = room.info.value?.name ?? nameOf(room.id);
  return (
    <aside class="current-room-notice" aria-label={t("room.current")}>
      <StatusDot status="active" />
      <p>
        <Words
          of="room.stillIn"
          room={
            <a href={`/rooms/${room.id}`} title={t("room.return")}>
              <bdi>{name}</bdi>
            </a>
          }
        />
      </p>
      <LeaveForNow class="button quiet" />
    </aside>
  );
}

interface LeaveForNowProps {
  /** Address to go to afterwards. */
  to?: string;
  class?: string;
}

/** Button that leaves the room for others' eyes; the user stays a member. */
export function LeaveForNow({ to, class: style = "" }: LeaveForNowProps): JSX.Element {
  const leaveForNow = () => {
    leaveCurrentRoom();
    if (to) go(to);
  };
  return (
    <button type="button" class={style} title={t("room.leaveForNowHint")} onClick={leaveForNow}>
      {t("room.leaveForNow")}
    </button>
  );
}
