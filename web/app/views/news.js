/** Notices of events in other rooms. Each goes by itself, but not while it has the pointer or the focus, or the tab is hidden. */

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clock, count, names } from "../format.js";
import { html } from "../html.js";
import { dismissNews, news } from "../news.js";
import { isAdmin } from "../roles.js";

const SHOWN_FOR = 6_000;

const isVisible = signal(document.visibilityState === "visible");
document.addEventListener("visibilitychange", () => (isVisible.value = document.visibilityState === "visible"));

const room = ({ roomId, roomName }) => html`<a href="/rooms/${roomId}"><bdi>${roomName}</bdi></a>`;
const who = ({ users }) => html`<b><bdi>${users.length === 1 ? users[0].name : names(users, 2)}</bdi></b>`;
const reports = ({ roomId }, words) => html`<a href=${isAdmin() ? "/admin" : `/rooms/${roomId}/moderation`}>${words}</a>`;

const ENDED = {
  removed: (room) => html`You were removed from ${room}.`,
  banned: (room) => html`You were banned from ${room}.`,
  left: (room) => html`You left ${room} in another tab or on another device.`,
  ended: (room) => html`You are no longer a member of ${room}.`,
  deleted: (room) => html`${room} was deleted.`,
  gone: (room) => html`${room} is not open to you any more: it was deleted, or you are no longer a member.`,
};
/** Notices of a loss, perhaps during an absence: they remain until they are dismissed. */
const LASTS = ["room-ended"];

const WORDS = {
  "member-joined": (item) => (item.users.length ? html`${who(item)} joined ${room(item)}.` : html`${room(item)} has a new member.`),
  "muted": (item) => html`You cannot write in ${room(item)} until ${clock(item.until)}.`,
  "unmuted": (item) => html`You may write in ${room(item)} again.`,
  "role-changed": (item) => (item.role === "moderator"
    ? html`You are a moderator of ${room(item)} now.`
    : html`You are a member of ${room(item)} now, and no moderator any more.`),
  "message-reported": (item) => (item.number === 1 && item.users.length
    ? html`${who(item)} reported a message in <b><bdi>${item.roomName}</bdi></b>: ${reports(item, "look after it")}.`
    : html`${count(item.number, "message was", "messages were")} reported in <b><bdi>${item.roomName}</bdi></b>: ${reports(item, "look after them")}.`),
  "room-reported": (item) => html`The room <b><bdi>${item.roomName}</bdi></b> was reported: ${reports(item, "look after it")}.`,
  "user-reported": (item) => html`A member of <b><bdi>${item.roomName}</bdi></b> was reported: ${reports(item, "look after it")}.`,
  "room-handed-over": (item) => (item.users.length ? html`${who(item)} handed ${room(item)} over to you.` : html`${room(item)} is yours now.`),
  "room-ended": ({ roomName, reason }) => ENDED[reason]?.(html`<b><bdi>${roomName}</bdi></b>`),
  "room-deleted": (item) => html`<b><bdi>${item.roomName}</bdi></b> was deleted${item.users.length ? html` by ${who(item)}` : ""}.`,
};

export const News = () => news.value.map((item) => WORDS[item.type] && html`<${Notice} key=${item.key} item=${item} />`);

function Notice({ item }) {
  const isHeld = useSignal(false);
  const isPaused = isHeld.value || !isVisible.value;
  const dismiss = () => dismissNews(item.key);
  useEffect(() => {
    if (isPaused || LASTS.includes(item.type)) return;
    const timer = setTimeout(() => isHeld.peek() || dismiss(), SHOWN_FOR); // held since, and not drawn again yet
    return () => clearTimeout(timer);
  }, [item.at, isPaused]);
  const hold = () => (isHeld.value = true);
  const release = () => (isHeld.value = false);
  return html`<div class="news" onPointerEnter=${hold} onPointerLeave=${release} onFocusIn=${hold} onFocusOut=${release}>
    <p>${WORDS[item.type](item)}</p>
    <button type="button" class="button quiet" onClick=${dismiss}>Dismiss</button>
  </div>`;
}
