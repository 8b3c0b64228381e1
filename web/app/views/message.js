/** What was said, as it is read. Everything written by people becomes text, and nothing else. */

import { pausedUntil, discard, resend } from "../outbox.js";
import { connection } from "../connection.js";
import { day, moment, time, withLinks } from "../format.js";
import { html } from "../html.js";
import { Avatar, Countdown } from "./parts.js";

export const Words = ({ text }) => html`<p class="words" dir="auto">${withLinks(text).map(({ text, href }) =>
  href ? html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow">${text}</a>` : text,
)}</p>`;

const Time = ({ at }) => html`<time datetime=${at} title=${moment(at)}>${time(at)}</time>`;

export const Day = ({ at }) => html`<li class="day"><span>${day(at)}</span></li>`;

export const UnreadLine = () => html`<li class="unread-line"><span>New from here</span></li>`;

export function Message({ message, isFirst, isOwn }) {
  const { content, sender, timestamp, isSystem } = message;
  if (isSystem) return html`<li class="system" data-seq=${message.seq}><${Words} text=${content} /><${Time} at=${timestamp} /></li>`;
  return html`<li class="message ${isOwn ? "own" : "other"} ${isFirst ? "first" : ""}" data-seq=${message.seq}>
    ${isFirst && !isOwn && html`<${Avatar} name=${sender?.name ?? "?"} />`}
    <div class="said-by ${isFirst ? "" : "hidden"}">
      <b class=${isOwn ? "hidden" : ""}><bdi>${isOwn ? "You" : (sender?.name ?? "Somebody")}</bdi></b> <${Time} at=${timestamp} />
    </div>
    <${Words} text=${content} />
  </li>`;
}

/** A message of my own that the server has not confirmed. */
export function Pending({ entry, isFirst }) {
  return html`<li class="message own pending ${entry.reason ? "refused" : ""} ${isFirst ? "first" : ""}" data-id=${entry.id}>
    <${Words} text=${entry.content} />
    ${entry.reason
      ? html`<div class="fate" role="alert"><span>Not sent. ${entry.reason}</span>
          <button type="button" class="button plain" onClick=${() => resend(entry.id)}>Try again</button>
          <button type="button" class="button quiet" onClick=${() => discard(entry.id)}>Remove</button></div>`
      : html`<div class="fate">${fate()}</div>`}
  </li>`;
}

function fate() {
  if (pausedUntil.value) return html`<span role="status">A little slower, please. This is sent in <${Countdown} until=${pausedUntil.value} />.</span>`;
  return connection.value === "online" ? "Sending …" : "Waits for the connection";
}
