/** Who is in the room, who else belongs to it, and how I am seen. */

import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { rooms as api } from "../api.js";
import { count } from "../format.js";
import { html } from "../html.js";
import { user } from "../session.js";
import { Avatar, Lamp, Table } from "./parts.js";

const STATUS = { active: "Studying", away: "Away", busy: "Do not disturb" };
const ROLE = { owner: "keeps the room", moderator: "moderator" };
const MOST = 60;

export function People({ room }) {
  const me = user.value.id;
  const people = room.presence.people.value;
  const members = useSignal([]);
  const total = room.info.value?.totalMembers;
  const someoneIsNew = people.filter((person) => !members.value.some((member) => member.id === person.id)).length;
  useEffect(() => {
    if (room.state.value === "open") api.details(room.id).then((found) => (members.value = found.members), () => {});
  }, [room.state.value, total, someoneIsNew]);
  const here = new Set(people.map((person) => person.id));
  const roles = new Map(members.value.map((member) => [member.id, member.role]));
  const others = members.value.filter((member) => !here.has(member.id));
  const sorted = people.toSorted((a, b) => (b.id === me) - (a.id === me));
  return html`<div class="people">
    <h2>Here now</h2>
    <${Table} people=${sorted} seats=${total ?? people.length} most=${16} />
    <ul>${sorted.map((person) => html`<${Person} key=${person.id} person=${person} role=${roles.get(person.id)} isMe=${person.id === me} />`)}</ul>
    ${here.has(me) && html`<${MyStatus} room=${room} status=${people.find((person) => person.id === me).status} />`}
    ${others.length > 0 && html`<h2>Not here</h2>
      <ul class="absent">${others.slice(0, MOST).map((member) => html`<${Person} key=${member.id} person=${member} role=${member.role} />`)}</ul>
      ${others.length > MOST && html`<p class="hint">and ${count(others.length - MOST, "other")}</p>`}`}
    ${room.info.value?.description && html`<h2>About</h2><p class="words" dir="auto">${room.info.value.description}</p>`}
    ${room.info.value?.retentionDays && html`<p class="hint">Messages are kept for ${count(room.info.value.retentionDays, "day")}.</p>`}
    <p><a href="/rooms/${room.id}/settings">${room.info.value?.role === "owner" ? "Room settings" : "Leave the room …"}</a></p>
  </div>`;
}

function Person({ person, role, isMe }) {
  const words = [person.status && STATUS[person.status], ROLE[role]].filter(Boolean).join(", ");
  return html`<li class="person">
    <${Avatar} name=${person.name} />
    <span class="person-text">
      <span class="person-name"><bdi>${person.name}</bdi>${isMe ? " (you)" : ""}</span>
      ${words && html`<span class="person-status">${person.status && html`<${Lamp} status=${person.status} />`}${words}</span>`}
    </span>
  </li>`;
}

function MyStatus({ room, status }) {
  const id = useId();
  const problem = useSignal("");
  const change = async (event) => {
    problem.value = "";
    await room.setStatus(event.currentTarget.value).catch((failed) => (problem.value = failed.message));
  };
  return html`<div class="field my-status">
    <label for=${id}>Others see you as</label>
    <select id=${id} value=${status} onChange=${change}>
      ${Object.entries(STATUS).map(([value, words]) => html`<option value=${value} key=${value}>${words}</option>`)}
    </select>
    ${problem.value && html`<p class="wrong" role="alert">${problem.value}</p>`}
  </div>`;
}
