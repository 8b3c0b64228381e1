/** Where an invitation leads: the room that it is for, and the way in. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { invites as api } from "../api.js";
import { html } from "../html.js";
import { refresh } from "../rooms.js";
import { go } from "../router.js";
import { Doorway } from "./door.js";
import { Heading, Trouble, useForm, Waiting } from "./parts.js";

export function Invited({ id: code }) {
  const room = useSignal(null);
  const problem = useSignal(null);
  const load = () => api.look(code).then((found) => (room.value = found, problem.value = null), (failed) => (problem.value = failed));
  useEffect(() => void load(), []);
  const form = useForm(async () => {
    const { id } = await api.use(code);
    refresh();
    go(`/rooms/${id}`, { replace: true });
  });
  const closed = (form.problem ?? problem.value)?.code;
  if (closed in CLOSED) return html`<${Closed} words=${CLOSED[closed]} />`;
  if (room.value) return html`<${Doorway} info=${room.value} form=${form} lead="You are invited." />`;
  return html`<section class="page narrow">
    <${Trouble} problem=${problem.value} retry=${load} />
    ${!problem.value && html`<${Waiting} />`}
  </section>`;
}

const OVER = ["This invitation is over", "It has ended, was used up, or was taken back. Ask whoever sent it to you for another one."];
const CLOSED = {
  invite_not_found: OVER,
  room_not_found: OVER,
  banned: ["You were banned from this room", "You cannot come back in unless its owner or a moderator lets you."],
};

const Closed = ({ words: [title, words] }) => html`<section class="page narrow closed">
  <${Heading} title=${title} key=${title} />
  <p class="lead">${words}</p>
  <p class="choices"><a class="button" href="/rooms">To the rooms</a></p>
</section>`;
