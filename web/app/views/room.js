/** A room that one is in: the conversation, who is here, and the way to one's other rooms. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { connection } from "../connection.js";
import { atClock, count, figure, names } from "../format.js";
import { html } from "../html.js";
import { myRooms } from "../rooms.js";
import { go, route } from "../router.js";
import { show, visit } from "../seat.js";
import { user } from "../session.js";
import { inFront } from "../unsent.js";
import { useOneStop } from "../stops.js";
import { Boundary } from "./boundary.js";
import { Composer } from "./composer.js";
import { later, Nothing } from "./later.js";
import { MessageList } from "./message-list.js";
import { ArrowKeys, Dialog, Heading, Lamps, Unread, Waiting } from "./parts.js";
import { Whisper } from "./whisper.js";

const Door = later(() => import("./door.js"), "Door", Nothing, { ahead: true });
const People = later(() => import("./people.js"), "People", Nothing, { ahead: true });
const AboutMessage = later(() => import("./about-message.js"), "AboutMessage", Nothing);
const Invite = later(() => import("./invitations.js"), "Invite", Nothing);

export function Room({ id }) {
  const room = useMemo(() => visit(id), [id]);
  useEffect(() => {
    const seen = () => room.markRead();
    document.addEventListener("visibilitychange", seen);
    const hide = show(room);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      hide();
    };
  }, [room]);
  const about = useSignal(null);
  const state = room.state.value;
  const isOpen = ["open", "loading"].includes(state);
  useEffect(() => {
    inFront.value = isOpen ? id : null;
    return () => (inFront.value = null);
  }, [id, isOpen]);
  if (!isOpen) return html`<${Door} room=${room} />`;
  // a moment's absence is not worth a word
  const isOld = room.asOf.value && (state === "loading" || (connection.value !== "online" && !navigator.onLine));
  return html`<div class="room">
    <${Boundary}><${Others} room=${room} /><//>
    <section class="conversation" aria-label="Conversation">
      <${Boundary}><${Head} room=${room} /><//>
      ${state === "open" || room.epoch
        ? html`<${Boundary}><${MessageList} room=${room} me=${user.value.id} about=${(message) => (about.value = message)} /><//>`
        : html`<div class="log"><${Waiting} rows=${6} kind="talk" />
            ${connection.value === "lost" && html`<p class="hint" role="status">The messages come when the connection is back.</p>`}
          </div>`}
      ${isOld && html`<p class="hint as-of" role="status">Shown as it was ${atClock(room.asOf.value)}.</p>`}
      <${Whisper} room=${room} />
      <${Composer} room=${room} key=${id} />
    </section>
    <aside class="people-side" aria-label="People"><${Boundary}><${People} room=${room} /><//></aside>
    ${about.value && html`<${AboutMessage} room=${room} message=${about.value} onClose=${() => (about.value = null)} />`}
  </div>`;
}

function Others({ room: { id: here, presence } }) {
  const number = (room) => (room.id === here ? presence.people.value.length : room.activeMembers);
  const rooms = myRooms.value ?? [];
  return html`<nav class="others" aria-label="My rooms">
    <header><h2>Your rooms</h2><${ArrowKeys} /></header>
    <ul id="rooms" ref=${useOneStop("li > a")}>
      ${rooms.map((room) => html`<li key=${room.id}>
        <a href="/rooms/${room.id}" aria-current=${room.id === here ? "page" : null}>
          <span class="other-name" dir="auto">${room.name}</span>
          ${room.id !== here && html`<${Unread} number=${room.unread} />`}
          <${Lamps} number=${number(room)} most=${4} />
          ${number(room) > 0 && html`<span class="hidden">${count(number(room), "person", "people")} here</span>`}
        </a>
      </li>`)}
    </ul>
    <a class="button plain" href="/rooms">Find another room</a>
  </nav>`;
}

function Head({ room }) {
  const { query, path } = route.value;
  const shows = useSignal(query.has("invite") ? "invite" : null);
  const info = room.info.value ?? myRooms.value?.find((known) => known.id === room.id);
  const people = room.presence.people.value;
  const close = () => (shows.value = null);
  useEffect(() => {
    if (query.has("invite")) go(path, { replace: true }); // offered once, not at every reload
  }, []);
  return html`<header class="room-head">
    <a class="back" href="/rooms" aria-label="Back to the rooms">
      <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d="M15 5l-7 7 7 7" /></svg>
    </a>
    <div class="room-title">
      <${Heading} title=${info?.name ?? "Room"}>${info?.name ?? "\u00a0"}<//>
      <p class="room-sub">
        ${info?.subject ? html`<span dir="auto">${info.subject}</span>` : null}
        <span class="room-here">${people.length ? `${names(people, 2)} here` : "\u00a0"}</span>
      </p>
    </div>
    <div class="room-tools">
      <button type="button" class="button plain people-button" onClick=${() => (shows.value = "people")}>
        <${Lamps} people=${people} most=${3} /><span><span class="figures">${figure(people.length)}</span> here</span>
      </button>
      <button type="button" class="button plain" onClick=${() => (shows.value = "invite")}>Invite</button>
    </div>
    ${shows.value === "people" && html`<${Dialog} title="Who is here" class="drawer" onClose=${close}><${People} room=${room} /><//>`}
    ${shows.value === "invite" && info && html`<${Invite} room=${info} onClose=${close} />`}
  </header>`;
}
