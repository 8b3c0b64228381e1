/** What was done in a room, in sentences. */

import { count, moment } from "../format.js";
import { html } from "../html.js";

const FIELDS = {
  name: "the name", description: "the description", subject: "the subject", image: "the picture", visibility: "who may join",
  capacity: "the number of seats", retentionDays: "how long messages are kept",
};

const list = new Intl.ListFormat("en");

const SENTENCES = {
  "invite-created": (who, _, { uses, expiresAt }) =>
    html`${who} made an invitation for ${uses ? count(uses, "person", "people") : "any number of people"}, until ${moment(expiresAt)}.`,
  "invite-revoked": (who) => html`${who} took an invitation back.`,
  "admin-joined": (who) => html`${who} joined as an admin of the server.`,
  "invite-used": (who) => html`${who} came in with an invitation.`,
  "member-banned": (who, whom, { reason }) => html`${who} banned ${whom}${reason && html`: “<bdi>${reason}</bdi>”`}.`,
  "member-unbanned": (who, whom) => html`${who} lifted the ban of ${whom}.`,
  "member-muted": (who, whom, { until }) => html`${who} muted ${whom} until ${moment(until)}.`,
  "member-unmuted": (who, whom) => html`${who} let ${whom} write again.`,
  "member-removed": (who, whom) => html`${who} removed ${whom}.`,
  "report-resolved": (who) => html`${who} settled a report.`,
  "report-reopened": (who) => html`${who} opened a report again.`,
  "role-changed": (who, whom, { role }) => html`${who} made ${whom} ${role === "moderator" ? "a moderator" : "a member again"}.`,
  "room-changed": (who, _, { fields, visibility }) => html`${who} changed ${list.format(fields.map((name) => FIELDS[name] ?? name))}${
    visibility && `: it is ${visibility} now`}.`,
  "room-handed-over": (who, whom) => html`${who} handed the room over to ${whom}.`,
  "system-message-posted": (who) => html`${who} posted a notice.`,
};

const name = (person) => html`<b><bdi>${person?.name ?? "Somebody"}</bdi></b>`;

/** An entry of the audit log, for people. */
export function sentence({ action, actor, target, details }) {
  const words = SENTENCES[action];
  return words ? words(name(actor), name(target), details ?? {}) : html`${name(actor)}: ${action}`;
}
