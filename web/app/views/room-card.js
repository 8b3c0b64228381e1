import { ago, count, figure, names } from "../format.js";
import { html } from "../html.js";
import { whoIsIn } from "../rooms.js";
import { Table, Unread } from "./parts.js";

/** A room as one finds it in lists: its name, what it is for, and whose lamps are on. */
export function RoomCard({ room, level = "h3", brief = false }) {
  const people = whoIsIn.value[room.id] ?? [];
  return html`<a class="card ${room.isActive || room.activeMembers ? "lively" : ""}" href="/rooms/${room.id}">
    <span class="card-head">
      <${level} dir="auto">${room.name}<//>
      <${Unread} number=${room.unread} />
    </span>
    ${room.subject && html`<span class="subject" dir="auto">${room.subject}</span>`}
    ${!brief && room.description && html`<span class="description" dir="auto">${room.description}</span>`}
    <span class="card-foot">
      <${Table} people=${people} number=${room.activeMembers} seats=${room.totalMembers} />
      <span>${here(room, people)}</span>
      <span class="members">${members(room)}</span>
    </span>
  </a>`;
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
