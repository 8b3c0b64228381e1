// @ts-nocheck
/** What was done in a room, in sentences. */

import { count, moment } from "../../core/format";

const FIELDS = {
  name: "the name",
  description: "the description",
  subject: "the subject",
  image: "the picture",
  visibility: "who may join",
  capacity: "the number of seats",
  retentionDays: "how long messages are kept",
};

const list = new Intl.ListFormat("en");

const SENTENCES = {
  "invite-created": (who, _, { uses, expiresAt }) => (
    <>
      {who} made an invitation for {uses ? count(uses, "person", "people") : "any number of people"}, until {moment(expiresAt)}.
    </>
  ),
  "invite-revoked": (who) => <>{who} took an invitation back.</>,
  "admin-joined": (who) => <>{who} joined as an admin of the server.</>,
  "invite-used": (who) => <>{who} came in with an invitation.</>,
  "member-banned": (who, whom, { reason }) => (
    <>
      {who} banned {whom}
      {reason && (
        <>
          : “<bdi>{reason}</bdi>”
        </>
      )}
      .
    </>
  ),
  "member-unbanned": (who, whom) => (
    <>
      {who} lifted the ban of {whom}.
    </>
  ),
  "member-muted": (who, whom, { until }) => (
    <>
      {who} muted {whom} until {moment(until)}.
    </>
  ),
  "member-unmuted": (who, whom) => (
    <>
      {who} let {whom} write again.
    </>
  ),
  "member-removed": (who, whom) => (
    <>
      {who} removed {whom}.
    </>
  ),
  "report-resolved": (who) => <>{who} settled a report.</>,
  "report-reopened": (who) => <>{who} opened a report again.</>,
  "role-changed": (who, whom, { role }) => (
    <>
      {who} made {whom} {role === "moderator" ? "a moderator" : "a member again"}.
    </>
  ),
  "room-changed": (who, _, { fields, visibility }) => (
    <>
      {who} changed {list.format(fields.map((name) => FIELDS[name] ?? name))}
      {visibility && `: it is ${visibility} now`}.
    </>
  ),
  "room-handed-over": (who, whom) => (
    <>
      {who} handed the room over to {whom}.
    </>
  ),
  "system-message-posted": (who) => <>{who} posted a notice.</>,
};

const name = (person) => (
  <b>
    <bdi>{person?.name ?? "Somebody"}</bdi>
  </b>
);

/** An entry of the audit log, for people. */
export function sentence({ action, actor, target, details }) {
  const words = SENTENCES[action];
  return words ? (
    words(name(actor), name(target), details ?? {})
  ) : (
    <>
      {name(actor)}: {action}
    </>
  );
}
