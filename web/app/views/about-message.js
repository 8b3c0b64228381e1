/** What can be done about a message of somebody else. */

import { useSignal } from "@preact/signals";
import { reports as api } from "../api.js";
import { html } from "../html.js";
import { mayManage } from "../roles.js";
import { ManageMember } from "./member.js";
import { Dialog, Field, Submit, Trouble, useForm } from "./parts.js";

const READERS = {
  owner: "The admins of this server",
  moderator: "The owner of the room and the admins of this server",
  member: "The owner and the moderators of the room and the admins of this server",
};

/** The readers of a report about a member of a room. */
export const readers = (member) => READERS[member?.role ?? "member"];

export function AboutMessage({ room, message, onClose }) {
  const isManaging = useSignal(false);
  const isReported = useSignal(false);
  const { busy, problem, submit, kept, restored } = useForm(async ({ reason }) => {
    await api.make(room.id, message.id, reason);
    isReported.value = true;
  }, `report ${message.id}`);
  const { content } = message;
  const member = room.memberOf.value.get(message.sender.id);
  const sender = room.names.today(message.sender);
  if (isManaging.value) return html`<${ManageMember} room=${room} id=${sender.id} onClose=${onClose} />`;
  return html`<${Dialog} title=${html`From <bdi>${sender.name}</bdi>`} onClose=${onClose}>
    <blockquote class="quote words" dir="auto">${content}</blockquote>
    ${isReported.value
      ? html`<p role="status" class="said">Reported. Those who read it decide what becomes of it.</p>`
      : html`<form onSubmit=${submit} novalidate ...${kept}>
          ${restored}
          <${Trouble} problem=${problem} fields=${["reason"]} />
          <${Field} label="What is wrong with it?" called="What you say" name="reason" maxlength="200" dir="auto" problem=${problem}
            hint=${html`${readers(member)} read this, and that it is from you. <b><bdi>${sender.name}</bdi></b> does not. You may leave it empty.`} />
          <${Submit} busy=${busy} doing="Reporting …">Report this message<//>
        </form>`}
    ${member && mayManage(room.info.value, member) && html`<p class="choices deed">
      <button type="button" class="button plain" onClick=${() => (isManaging.value = true)}>
        <span>Manage <bdi>${sender.name}</bdi></span>
      </button>
    </p>`}
  <//>`;
}
