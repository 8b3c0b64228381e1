/** A room in lists: name, unread messages, subject, description, presence, members. */

import type { JSX } from "preact";
import { ago, names } from "../../core/format";
import type { ListedRoom } from "../../core/types";
import { t } from "../../core/words";
import { UnreadBadge } from "../../ui/badge";
import { StatusDot } from "../../ui/status-dot";
import { presentUsers } from "./my-rooms";

/** Fields of a room that a card shows. Rooms of the dashboard have fewer than those of lists. */
export type CardRoom = Pick<ListedRoom, "id" | "name" | "activeMembers" | "totalMembers" | "lastActive"> & Partial<ListedRoom>;

const NAMED = 2;

interface RoomCardProps {
  room: CardRoom;
  /** True for a room that the user knows: its description is left out. */
  isBrief?: boolean;
}

export function RoomCard({ room, isBrief = false }: RoomCardProps): JSX.Element {
  return (
    <a class="card" href={`/rooms/${room.id}`}>
      <span class="card-head">
        <h3 dir="auto">{room.name}</h3>
        <UnreadBadge number={room.unread ?? 0} />
      </span>
      {room.subject && (
        <span class="subject" dir="auto">
          {room.subject}
        </span>
      )}
      {room.description && !isBrief && (
        <span class="description" dir="auto">
          {room.description}
        </span>
      )}
      <span class="card-foot">
        <Presence room={room} />
        <span class="members">{membersText(room)}</span>
        {room.visibility === "private" && <span>{t("rooms.private")}</span>}
      </span>
    </a>
  );
}

function Presence({ room: { id, activeMembers, lastActive } }: { room: CardRoom }) {
  if (!activeMembers) return <span class="presence">{t("rooms.lastActive", { ago: ago(lastActive) })}</span>;
  const people = presentUsers.value[id] ?? [];
  return (
    <span class="presence">
      <StatusDot status="active" />
      {people.length
        ? t("rooms.namesHere", { count: people.length, names: names(people, NAMED) })
        : t("rooms.numberHere", { count: activeMembers })}
    </span>
  );
}

/** The number of members, with the member limit if there is one. */
export function membersText({ totalMembers: members, capacity }: Pick<CardRoom, "totalMembers" | "capacity">): string {
  if (!capacity) return t("rooms.members", { count: members });
  return members < capacity
    ? t("rooms.membersOf", { members, limit: capacity })
    : t("rooms.membersFull", { members, limit: capacity });
}
