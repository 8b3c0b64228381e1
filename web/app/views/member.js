/** What can be done about a member by who looks after the room. */

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { members as api } from "../api.js";
import { moment } from "../format.js";
import { html } from "../html.js";
import { isOwner } from "../roles.js";
import { Dialog, Field, LooksAlike, Question, Trouble, useForm } from "./parts.js";
import { ReportPerson } from "./report-form.js";

const MUTES = [[600, "10 minutes"], [3_600, "1 hour"], [86_400, "1 day"]];

export function ManageMember({ room, id, onClose }) {
  const member = room.memberOf.value.get(id);
  const known = useRef(member);
  if (member) known.current = member;
  const busy = useSignal(false);
  const problem = useSignal(null);
  const said = useSignal("");
  const act = (words, work) => async () => {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    said.value = "";
    try {
      await work();
      await room.loadMembers();
      said.value = words;
    } catch (failed) {
      problem.value = failed;
    } finally {
      busy.value = false;
    }
  };
  if (!member) return html`<${Gone} name=${known.current?.name} onClose=${onClose} />`;
  const { name, role, mutedUntil, lookalike } = member;
  const isMuted = mutedUntil && new Date(mutedUntil) > new Date();
  return html`<${Dialog} title=${html`<bdi>${name}</bdi>`} onClose=${onClose}>
    ${lookalike && html`<p><${LooksAlike} /></p>`}
    <${Trouble} problem=${problem.value} />
    <p role="status" class=${said.value ? "said" : "hidden"}>${said.value}</p>
    ${isOwner(room.info.value) && html`<section class="deed">
      <h3>Role</h3>
      <p class="hint">${role === "moderator" ? "Moderators invite, mute, remove and ban members." : "A moderator invites, mutes, removes and bans members."}</p>
      ${role === "moderator"
        ? html`<${TakeRole} room=${room} member=${member} said=${said} />`
        : html`<${Deed} act=${act("Is a moderator now.", () => api.setRole(room.id, id, "moderator"))}>Make a moderator<//>`}
    </section>`}
    <section class="deed">
      <h3>Mute</h3>
      <p class="hint">${isMuted ? `Muted until ${moment(mutedUntil)}.` : "Stays in the room and reads, but cannot write for a while."}</p>
      <div class="choices">
        ${isMuted && html`<${Deed} act=${act("May write again.", () => api.unmute(room.id, id))}>Let them write<//>`}
        ${MUTES.map(([seconds, words]) => html`<${Deed} key=${seconds}
          act=${act(`Muted for ${words}.`, () => api.mute(room.id, id, seconds))}>${words}<//>`)}
      </div>
    </section>
    <section class="deed">
      <h3>Put out</h3>
      <p class="hint">What they said stays. Who is removed may come back; who is banned may not.</p>
      <div class="choices"><${Remove} room=${room} member=${member} /><${Ban} room=${room} member=${member} /></div>
    </section>
    <details class="deed">
      <summary>Report the name or the picture</summary>
      <${ReportPerson} room=${room} person=${member} />
    </details>
  <//>`;
}

const Deed = ({ act, children }) => html`<button type="button" class="button plain" onClick=${act}>${children}</button>`;

const Gone = ({ name, onClose }) => html`<${Dialog} title=${html`<bdi>${name}</bdi>`} onClose=${onClose} key="gone">
  <p role="status">Is no member any more.</p>
  <div class="choices"><button type="button" class="button" autofocus onClick=${onClose}>Close</button></div>
<//>`;

function TakeRole({ room, member: { id, name }, said }) {
  const form = useForm(async () => {
    await api.setRole(room.id, id, "member");
    await room.loadMembers();
    said.value = "Is a member now.";
  });
  return html`<${Question} label="Make a member" title="Take the role of moderator away?" yes="Take it away" doing="Taking it away …" form=${form}>
    <p><b><bdi>${name}</bdi></b> stays a member. Invitations that <b><bdi>${name}</bdi></b> made stop working, and cannot be brought back.</p>
  <//>`;
}

function Remove({ room, member: { id, name } }) {
  const form = useForm(async () => {
    await api.remove(room.id, id);
    await room.loadMembers();
  });
  return html`<${Question} label="Remove" title="Remove from the room?" yes="Remove" doing="Removing …" form=${form}>
    <p><b><bdi>${name}</bdi></b> is put out on all devices.${room.info.value.visibility === "private"
      ? " Coming back takes a new invitation: older ones do not work for them any more." : " The room is public: they can join again."}</p>
  <//>`;
}

function Ban({ room, member: { id, name } }) {
  const form = useForm(async ({ reason }) => {
    await api.ban(room.id, id, reason || undefined);
    await room.loadMembers();
  }, `ban ${id}`);
  return html`<${Question} label="Ban" title="Ban from the room?" yes="Ban" doing="Banning …" form=${form} fields=${["reason"]}>
    <p><b><bdi>${name}</bdi></b> is put out on all devices, and cannot come back until you lift the ban.${room.info.value.visibility === "private"
      ? " Then they need a new invitation." : ""}</p>
    <${Field} label="Reason" name="reason" maxlength="200" dir="auto" problem=${form.problem}
      hint="For those who look after the room. You may leave it empty." />
  <//>`;
}
