/** Sentences of a room's audit log. */

import type { JSX } from "preact";
import { listOf, moment } from "../../core/format";
import type { AuditEntry, UserSummary } from "../../core/types";
import { t } from "../../core/words";
import { Name } from "../../ui/name";
import { Words } from "../../ui/words";

type Details = Readonly<Record<string, unknown>>;
interface SentenceProps {
  actor: JSX.Element;
  target: JSX.Element;
  details: Details;
}
type Sentence = (props: SentenceProps) => JSX.Element;

const FIELDS: Readonly<Record<string, () => string>> = {
  capacity: () => t("moderation.field.capacity"),
  description: () => t("moderation.field.description"),
  image: () => t("moderation.field.image"),
  leaderboard: () => t("moderation.field.leaderboard"),
  name: () => t("moderation.field.name"),
  quietFocus: () => t("moderation.field.quietFocus"),
  retentionDays: () => t("moderation.field.retentionDays"),
  subject: () => t("moderation.field.subject"),
  timeZone: () => t("moderation.field.timeZone"),
  timerControl: () => t("moderation.field.timerControl"),
  visibility: () => t("moderation.field.visibility"),
};

/** A sentence for each action; tsc reports a missing one. */
const SENTENCES: { readonly [action in AuditEntry["action"]]: Sentence } = {
  "activity-cleared": ({ actor, target }) => <Words of="moderation.activityCleared" actor={actor} target={target} />,
  "admin-joined": ({ actor }) => <Words of="moderation.adminJoined" actor={actor} />,
  "invite-created": InviteCreated,
  "invite-revoked": ({ actor }) => <Words of="moderation.inviteRevoked" actor={actor} />,
  "invite-used": ({ actor }) => <Words of="moderation.inviteUsed" actor={actor} />,
  "member-banned": MemberBanned,
  "member-muted": ({ actor, target, details }) => (
    <Words of="moderation.memberMuted" actor={actor} target={target} date={date(details.until)} />
  ),
  "member-removed": ({ actor, target }) => <Words of="moderation.memberRemoved" actor={actor} target={target} />,
  "member-unbanned": ({ actor, target }) => <Words of="moderation.memberUnbanned" actor={actor} target={target} />,
  "member-unmuted": ({ actor, target }) => <Words of="moderation.memberUnmuted" actor={actor} target={target} />,
  "report-reopened": ({ actor }) => <Words of="moderation.reportReopened" actor={actor} />,
  "report-resolved": ({ actor }) => <Words of="moderation.reportResolved" actor={actor} />,
  "role-changed": ({ actor, target, details: { role } }) => (
    <Words of={role === "moderator" ? "moderation.madeModerator" : "moderation.madeMember"} actor={actor} target={target} />
  ),
  "room-changed": RoomChanged,
  "room-handed-over": ({ actor, target }) => <Words of="moderation.roomHandedOver" actor={actor} target={target} />,
  "scheduled-session-changed": ({ actor }) => <Words of="moderation.scheduledChanged" actor={actor} />,
  "scheduled-session-deleted": ({ actor }) => <Words of="moderation.scheduledDeleted" actor={actor} />,
  "system-message-posted": ({ actor }) => <Words of="moderation.noticePosted" actor={actor} />,
  "task-cleared": ({ actor, target }) => <Words of="moderation.taskCleared" actor={actor} target={target} />,
};

/** An entry of the audit log as a sentence. */
export function AuditSentence({ entry: { action, actor, target, details } }: { entry: AuditEntry }) {
  // a newer server may send an action that this page does not know
  const Sentence: Sentence =
    SENTENCES[action] ?? (({ actor }) => <Words of="moderation.otherAction" actor={actor} action={action} />);
  return <Sentence actor={<UserName user={actor} />} target={<UserName user={target} />} details={details} />;
}

function InviteCreated({ actor, details: { uses, expiresAt } }: SentenceProps) {
  if (typeof uses !== "number") return <Words of="moderation.inviteCreatedUnlimited" actor={actor} date={date(expiresAt)} />;
  return <Words of="moderation.inviteCreated" actor={actor} count={uses} date={date(expiresAt)} />;
}

function MemberBanned({ actor, target, details: { reason } }: SentenceProps) {
  if (!reason) return <Words of="moderation.memberBanned" actor={actor} target={target} />;
  return (
    <Words of="moderation.memberBannedFor" actor={actor} target={target} reason={<bdi dir="auto">{String(reason)}</bdi>} />
  );
}

function RoomChanged({ actor, details: { fields, visibility } }: SentenceProps) {
  const names = Array.isArray(fields) ? fields.map((field) => FIELDS[String(field)]?.() ?? String(field)) : [];
  const changed = listOf(names);
  if (visibility === "public") return <Words of="moderation.roomMadePublic" actor={actor} fields={changed} />;
  if (visibility === "private") return <Words of="moderation.roomMadePrivate" actor={actor} fields={changed} />;
  return <Words of="moderation.roomChanged" actor={actor} fields={changed} />;
}

const UserName = ({ user }: { user: UserSummary | null }) => <Name of={user?.name ?? t("moderation.deletedUser")} />;

const date = (value: unknown): string => (typeof value === "string" ? moment(value) : "");
