"""Records and request bodies of moderation: audit log, bans, reports."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from domain.accounts import UserSummary
from domain.base import AuditEntryId, Payload, QueryParams, Record, ReportId, RoomId, Timestamp, UserId
from text import normalise

ReportStatus: TypeAlias = Literal["open", "resolved"]
ReportKind: TypeAlias = Literal["message", "room", "user"]
ReportAudience: TypeAlias = Literal["moderators", "owner", "admins"]
"""Readers of a report: moderators, owner and admins; owner and admins; admins only."""
Action: TypeAlias = Literal[
    "activity-cleared",
    "admin-joined",
    "invite-created",
    "invite-revoked",
    "invite-used",
    "member-banned",
    "member-muted",
    "member-removed",
    "member-unbanned",
    "member-unmuted",
    "report-reopened",
    "report-resolved",
    "role-changed",
    "room-changed",
    "room-handed-over",
    "scheduled-session-changed",
    "scheduled-session-deleted",
    "system-message-posted",
    "task-cleared",
]
"""Actions in a room's audit log."""


class AuditDraft(Record, kw_only=True, frozen=True):
    """A privileged action in a room, before it is stored in the room's audit log.

    `details` contains no names: users are looked up when the log is read.
    """

    id: AuditEntryId
    room_id: RoomId
    action: Action
    actor_id: UserId
    target_id: UserId | None = None
    details: dict[str, Any] = {}
    timestamp: Timestamp


TARGET_VISIBLE_DETAILS = ("role", "until")
"""Details of an action that its target may read. The reason is left out because it may reveal who complained."""


class AuditEntry(Record, frozen=True):
    """An action as shown: users have their current names."""

    id: AuditEntryId
    action: Action
    actor: UserSummary
    target: UserSummary | None
    details: dict[str, Any]
    timestamp: Timestamp

    def visible_to(self, user_id: UserId) -> "AuditEntry":
        """Return the entry for this user: for an action on themselves only the details in `TARGET_VISIBLE_DETAILS`."""
        if self.target is None or self.target.id != user_id or self.actor.id == user_id:
            return self
        details = {name: value for name, value in self.details.items() if name in TARGET_VISIBLE_DETAILS}
        return msgspec.structs.replace(self, details=details)


class Ban(Record, frozen=True):
    """A ban, which prevents a user from becoming a member: the user, the moderator and the reason."""

    user: UserSummary
    banned_by: UserSummary
    reason: str
    created_at: Timestamp


class ReportDraft(Record, kw_only=True, frozen=True):
    """A report before it is stored. `target_id` is the id of a message, a user or the room, depending on `kind`."""

    id: ReportId
    kind: ReportKind = "message"
    room_id: RoomId
    target_id: str
    reporter_id: UserId
    reason: str
    created_at: Timestamp


class ReportedMessage(Record, frozen=True):
    """Reported text as it was at the time of the report; its sender has the current name.

    For a report of a user or a room, `id` is that of the user or the room, and `seq` is 0. `content` is then the
    public text, one line a part; `sender` is the user, or the owner at that time. A system message has no sender.
    """

    id: str
    seq: int
    content: str
    timestamp: Timestamp
    sender: UserSummary | None


class Report(Record, kw_only=True, frozen=True):
    """A report of a message, a user or a room. The room has its current name; a deleted one has its last name.

    `accused` is the user concerned: the sender, the user or the owner of the room. For a system message
    it is its author, or the only one named in it; None if there is no such user.
    """

    id: ReportId
    kind: ReportKind = "message"
    room_id: RoomId
    room_name: str
    room_deleted: bool = False
    message: ReportedMessage
    accused: UserSummary | None
    reporter: UserSummary
    reason: str
    status: ReportStatus
    created_at: Timestamp
    resolved_by: UserSummary | None = None
    resolved_at: Timestamp | None = None


class RoleChange(Payload, frozen=True):
    """PUT /api/study-rooms/:id/members/:userId."""

    role: Literal["moderator", "member"]
    EXAMPLE = {"role": "moderator"}


class NewMute(Payload, frozen=True):
    """PUT /api/study-rooms/:id/members/:userId/mute."""

    seconds: Annotated[int, msgspec.Meta(ge=1, le=30 * 24 * 3600)]
    EXAMPLE = {"seconds": 600}


class NewBan(Payload, frozen=True):
    """PUT /api/study-rooms/:id/bans/:userId. The reason is for the moderators of the room."""

    reason: str | None = None
    EXAMPLE = {"reason": "Advertising"}
    RULES = {"reason": normalise.reason}


class NewReport(Payload, frozen=True):
    """POST /api/study-rooms/:id/messages/:messageId/report, …/members/:userId/report and …/report."""

    reason: str | None = None
    EXAMPLE = {"reason": "Rude"}
    RULES = {"reason": normalise.reason}


class ReportChange(Payload, frozen=True):
    """PUT /api/study-rooms/:id/reports/:reportId and /api/dashboard/admin/reports/:id."""

    status: ReportStatus
    EXAMPLE = {"status": "resolved"}


class ReportsQuery(QueryParams, frozen=True):
    """GET /api/study-rooms/:id/reports?status=&before=&limit=.

    `before` is the id of the last report of the previous page.
    """

    status: ReportStatus | None = None
    before: ReportId | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    RULES = {"before": normalise.uuid}


class AllReportsQuery(QueryParams, frozen=True):
    """GET /api/dashboard/admin/reports?status=&roomId=&before=&limit=."""

    status: ReportStatus | None = None
    room_id: RoomId | None = None
    before: ReportId | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    RULES = {"before": normalise.uuid, "room_id": normalise.uuid}


class AuditQuery(QueryParams, frozen=True):
    """GET /api/study-rooms/:id/audit-log?before=&limit=. `before` is the id of the last entry of the previous page."""

    before: AuditEntryId | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    RULES = {"before": normalise.uuid}
