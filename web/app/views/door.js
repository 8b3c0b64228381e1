/** The room's door: for who is no member yet, and for what cannot be entered (any more). */

import { count, figure } from "../format.js";
import { html } from "../html.js";
import { refresh } from "../rooms.js";
import { Heading, Submit, Table, Trouble, useForm } from "./parts.js";

const CLOSED = {
  missing: ["There is no such room", "The link may be incomplete, or the room was deleted or made private."],
  deleted: ["This room is gone", "Its owner deleted it, with all that was said there."],
  left: ["You have left this room", "You are no member any more, on any of your devices."],
  removed: ["You were removed from this room", "Its owner or a moderator ended your membership."],
  banned: ["You were banned from this room", "You cannot come back in unless its owner or a moderator lets you."],
  failed: ["The room cannot be entered", ""],
};

export function Door({ room }) {
  const state = room.state.value;
  if (state === "outside") return html`<${Outside} room=${room} />`;
  const [title, words] = CLOSED[state];
  return html`<section class="page narrow closed">
    <${Heading} title=${title} key=${state} />
    <p class="lead">${words || room.problem.value?.message}</p>
    <p class="choices">
      <a class="button" href="/rooms">To the rooms</a>
      ${state === "failed" && html`<button type="button" class="button plain" onClick=${() => room.tryAgain()}>Try again</button>`}
    </p>
  </section>`;
}

function Outside({ room }) {
  const form = useForm(async () => {
    await room.enter();
    refresh();
  });
  return html`<${Doorway} info=${room.info.value} form=${form} />`;
}

/** What one sees of a room before joining it, and the button that does. `form` is what `useForm` returned. */
export function Doorway({ info, form: { busy, problem, submit }, lead }) {
  const isFull = info.capacity && info.totalMembers >= info.capacity;
  return html`<section class="page narrow doorway">
    ${lead && html`<p>${lead}</p>`}
    <p class="subject" dir="auto">${info.subject || "Study room"}</p>
    <${Heading} title=${info.name} />
    ${info.description && html`<p class="lead words" dir="auto">${info.description}</p>`}
    <p class="doorway-facts">
      <${Table} number=${info.activeMembers} seats=${info.totalMembers} most=${16} />
      ${facts(info)}
    </p>
    <form onSubmit=${submit}>
      <${Trouble} problem=${problem} />
      ${isFull ? html`<p>Every seat is taken. The owner can add some.</p>` : null}
      <div class="choices">
        <${Submit} busy=${busy} doing="Joining …">Join this room<//>
        <a class="button quiet" href="/rooms">Other rooms</a>
      </div>
    </form>
  </section>`;
}

function facts({ activeMembers, totalMembers, capacity }) {
  const here = activeMembers ? `${figure(activeMembers)} here now` : "Nobody is here just now";
  return `${here}, ${count(totalMembers, "member")}${capacity ? ` of ${figure(capacity)}` : ""}`;
}
