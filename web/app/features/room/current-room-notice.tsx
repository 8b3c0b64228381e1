/** Notice that others still see the user in a room while another view is open. */

import type { JSX } from "preact";
import { go, route } from "../../core/router";
import { t } from "../../core/words";
import { Words } from "../../ui/words";
import { nameOf } from "../rooms/my-rooms";
import { leaveCurrentRoom, currentRoom } from "./current-room";

/** Views of a room: they need no notice about it. */
const ROOM_VIEWS = ["room", "room-settings", "moderation"];

export function CurrentRoomNotice(): JSX.Element | null {
  const room = currentRoom.value;
  const { name: view, id } = route.value;
  if (!room || (ROOM_VIEWS.includes(view) && id === room.id)) return null;
  const name = room.info.value?.name ?? nameOf(room.id);
  return (
    <aside class="seat-note" aria-label={t("room.current")}>
      <p>
        <Words
          of="room.stillIn"
          room={
            <b>
              <bdi>{name}</bdi>
            </b>
          }
        />
      </p>
      <a class="button plain" href={`/rooms/${room.id}`}>
        {t("room.return")}
      </a>
      <LeaveForNow class="button plain" />
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
