/** A room in lists: name, unread messages, subject, description, presence, members. */

import type { JSX } from "preact";
import { ago, names } from "../../core/format";
import { user } from "../../core/session";
import type { ListedRoom, PresentUser, StudyingNow } from "../../core/types";
import { t } from "../../core/words";
import { Avatar } from "../../ui/avatar";
import { UnreadBadge } from "../../ui/badge";
import { useRovingFocus } from "../../ui/roving-focus";
import { StatusDot } from "../../ui/status-dot";
import { peopleIn } from "./home-groups";
import { PeopleNow } from "./people-now";
import { presentUsers } from "./present-users";

/** Fields of a room that a row shows. Rooms of the dashboard have fewer than those of lists. */
export type RowRoom = Pick<ListedRoom, "id" | "name" | "activeMembers" | "totalMembers" | "lastActive"> & Partial<ListedRoom>;

const NAMED = 2;
const AVATARS = 3;
/** People of a room who are listed with what they work on. */
const LISTED = 4;

interface RoomRowsProps {
  rooms: readonly RowRoom[];
  /** True for rooms that the user knows: their descriptions are left out. */
  isBrief?: boolean;
  /** Number of rooms from which on the list is one stop of the Tab key. */
  oneStopFrom?: number;
  /** Members who study now: the people in each room are listed with what they work on. */
  studying?: readonly StudyingNow[];
}

export const RoomRows = ({ rooms, isBrief = false, oneStopFrom = 2, studying }: RoomRowsProps): JSX.Element => (
  <ul class="room-rows" ref={useRovingFocus(".room-row", oneStopFrom)}>
    {rooms.map((room) => (
      <li key={room.id}>
        <RoomRow room={room} isBrief={isBrief} studying={studying} />
      </li>
    ))}
  </ul>
);

interface RoomRowProps extends Pick<RoomRowsProps, "studying"> {
  room: RowRoom;
  isBrief: boolean;
}

function RoomRow({ room, isBrief, studying }: RoomRowProps) {
  const here = studying && peopleIn(room, presentUsers.value[room.id] ?? [], studying, user.value?.id, LISTED);
  return (
    <a class="room-row" href={`/rooms/${room.id}`}>
      <div class="room-row-title">
        <h3 dir="auto">{room.name}</h3>
        <UnreadBadge number={room.unread ?? 0} />
      </div>
      {(room.subject || (room.description && !isBrief)) && (
        <p class="room-row-about">
          {room.subject && <bdi class="subject">{room.subject}</bdi>}
          {room.description && !isBrief && <bdi class="description">{room.description}</bdi>}
        </p>
      )}
      <div class="room-row-facts">
        {here?.people.length ? <PeopleNow of={here} /> : <Presence room={room} />}
        <span class="members">
          {membersText(room)}
          {room.visibility === "private" && ` · ${t("rooms.private")}`}
        </span>
      </div>
    </a>
  );
}

/** Other users in the room, or the user alone. */
function Presence({ room: { id, activeMembers, lastActive } }: { room: RowRoom }) {
  if (!activeMembers) return <span class="presence">{t("rooms.lastActive", { ago: ago(lastActive) })}</span>;
  const people = presentUsers.value[id] ?? [];
  const others = people.filter(({ userId }) => userId !== user.value?.id);
  const shown = others.length ? others : people;
  return (
    <span class="presence">
      {shown.length ? (
        <span class="avatars">
          {shown.slice(0, AVATARS).map(({ userId, name }) => (
            <Avatar id={userId} name={name} key={userId} />
          ))}
        </span>
      ) : (
        <StatusDot status="active" />
      )}
      <span>{presenceText(activeMembers, people.length, others)}</span>
    </span>
  );
}

function presenceText(activeMembers: number, named: number, others: readonly PresentUser[]): string {
  if (!named) return t("rooms.numberHere", { count: activeMembers });
  if (!others.length) return t("rooms.youHere");
  return t("rooms.namesHere", { count: others.length, names: names(others, NAMED) });
}

/** The number of members, with the member limit if there is one. */
export function membersText({ totalMembers: members, capacity }: Pick<RowRoom, "totalMembers" | "capacity">): string {
  if (!capacity) return t("rooms.members", { count: members });
  return members < capacity
    ? t("rooms.membersOf", { members, limit: capacity })
    : t("rooms.membersFull", { members, limit: capacity });
}
