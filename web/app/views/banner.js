/** What one should know of on every view: that the connection is not there, and what happened elsewhere. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { connection, refusal, retryNow } from "../connection.js";
import { moment } from "../format.js";
import { html } from "../html.js";
import { dismissNews, news } from "../rooms.js";
import { locked } from "../session.js";

const SOON = 900;

export function Banner() {
  const isShown = useSignal(false);
  useSignalEffect(() => {
    const isMissing = ["lost", "refused", "connecting"].includes(connection.value) && !locked.value;
    if (!isMissing) return void (isShown.value = false);
    // a moment's absence is not worth a word
    const timer = setTimeout(() => (isShown.value = true), connection.value === "connecting" ? 3 * SOON : SOON);
    return () => clearTimeout(timer);
  });
  return html`<div role="status" class="banner-place">
    ${isShown.value && html`<div class="banner">
      <p>${words()}</p>
      <button type="button" class="button plain" onClick=${retryNow}>Try now</button>
    </div>`}
  </div>`;
}

function words() {
  if (connection.value === "refused") return refusal.value;
  if (!navigator.onLine) return "You are offline. What you write is kept until you are back.";
  return "The connection is gone. Trying again; what you write is kept.";
}

const room = (id, name) => html`<a href="/rooms/${id}"><bdi>${name}</bdi></a>`;

const ENDED = {
  removed: (room) => html`You were removed from ${room}.`,
  banned: (room) => html`You were banned from ${room}.`,
  left: (room) => html`You left ${room} in another tab or on another device.`,
  ended: (room) => html`You are no longer a member of ${room}.`,
  deleted: (room) => html`${room} was deleted.`,
  gone: (room) => html`${room} is not open to you any more: it was deleted, or you are no longer a member.`,
};

const WORDS = {
  "member-joined": ({ roomName, roomId }) => html`Somebody became a member of ${room(roomId, roomName)}.`,
  "muted": ({ roomName, roomId, until }) => html`You cannot write in ${room(roomId, roomName)} until ${moment(until)}.`,
  "unmuted": ({ roomName, roomId }) => html`You may write in ${room(roomId, roomName)} again.`,
  "role-changed": ({ roomName, roomId }) => html`You have another role in ${room(roomId, roomName)} now.`,
  "message-reported": ({ roomName, roomId }) =>
    html`A message was reported in <bdi>${roomName}</bdi>: <a href="/rooms/${roomId}/moderation">look after it</a>.`,
  "room-handed-over": ({ roomName, roomId }) => html`${room(roomId, roomName)} is yours now.`,
  "room-ended": ({ roomName, reason }) => ENDED[reason]?.(html`<bdi>${roomName}</bdi>`),
  "room-deleted": ({ roomName }) => html`<bdi>${roomName}</bdi> was deleted by its owner.`,
};

export function News() {
  return html`<div role="status" class="news-place">
    ${news.value.map(
      (item) => WORDS[item.type] && html`<div class="news" key=${item.id}>
        <p>${WORDS[item.type](item)}</p>
        <button type="button" class="button quiet" onClick=${() => dismissNews(item.id)}>Dismiss</button>
      </div>`,
    )}
  </div>`;
}
