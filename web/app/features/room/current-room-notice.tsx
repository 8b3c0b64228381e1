// @ts-nocheck
/** The notice that others still see the user in a room while another view is open. */

import { go, route } from "../../core/router";
import { nameOf } from "../rooms/my-rooms";
import { leave, currentRoom } from "./current-room";

const OF_THE_ROOM = ["room", "room-settings", "moderation"];

export function SeatNote() {
  const room = currentRoom.value;
  const { name, id } = route.value;
  if (!room || (OF_THE_ROOM.includes(name) && id === room.id)) return null;
  const title = room.info.value?.name ?? nameOf(room.id);
  return (
    <aside class="seat-note" aria-label="The room you are in">
      <p>
        Others still see you in{" "}
        <b>
          <bdi>{title}</bdi>
        </b>
        .
      </p>
      <a class="button plain" href={`/rooms/${room.id}`}>
        Go back in
      </a>
      <LeaveForNow />
    </aside>
  );
}

/** The button that leaves the room for others' eyes; the user stays a member. */
export function LeaveForNow({ to = null }) {
  const out = () => {
    leave();
    if (to) go(to);
  };
  return (
    <button type="button" class="button plain" title="Others no longer see you in the room. You stay a member." onClick={out}>
      Leave for now
    </button>
  );
}
