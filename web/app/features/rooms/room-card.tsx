// @ts-nocheck
import { ago, count, figure, names } from "../../core/format";
import { UnreadBadge } from "../../ui/badge";
import { SeatMap } from "../../ui/seat-map";
import { whoIsIn } from "./my-rooms";

/** A room as one finds it in lists: its name, what it is for, and whose lamps are on. */
export function RoomCard({ room, level: Title = "h3", brief = false }) {
  const people = whoIsIn.value[room.id] ?? [];
  return (
    <a class={`card ${room.isActive || room.activeMembers ? "lively" : ""}`} href={`/rooms/${room.id}`}>
      <span class="card-head">
        <Title dir="auto">{room.name}</Title>
        <UnreadBadge number={room.unread} />
      </span>
      {room.subject && (
        <span class="subject" dir="auto">
          {room.subject}
        </span>
      )}
      {!brief && room.description && (
        <span class="description" dir="auto">
          {room.description}
        </span>
      )}
      <span class="card-foot">
        <SeatMap people={people} number={room.activeMembers} seats={room.totalMembers} />
        <span>{here(room, people)}</span>
        <span class="members">{members(room)}</span>
      </span>
    </a>
  );
}

function here({ activeMembers, lastActive }, people) {
  if (!activeMembers) return `Quiet, active ${ago(lastActive)}`;
  return people.length ? `${names(people, 2)} here` : `${figure(activeMembers)} here now`;
}

function members({ totalMembers, capacity, visibility }) {
  const isFull = Boolean(capacity) && totalMembers >= capacity;
  const seats = capacity ? ` of ${figure(capacity)}${isFull ? ", full" : ""}` : "";
  return `${count(totalMembers, "member")}${seats}${visibility === "private" ? ", private" : ""}`;
}
