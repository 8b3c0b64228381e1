"""Rules of authorisation and reports."""

from collections.abc import Mapping
from typing import NamedTuple

from domain import permissions
from domain.accounts import User
from domain.base import Timestamp, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import RoomNotFound
from domain.moderation import AuditDraft, ReportAudience, ReportDraft
from domain.permissions import NO_AUTHORITY, Authority
from domain.rooms import Room

GONE = Authority(is_active=False)
"""Authority of a user that is missing or deleted."""


def authorize_once(audit: AuditDraft, authorities: Mapping[UserId, Authority], *, is_recorded: bool) -> bool:
    """Return True if the action is new and allowed, False for a retry.

    Args:
        audit: the action.
        authorities: authorities in the room of its actor and its target; missing users are left out.
        is_recorded: True if the room's audit log has the action.

    Raises:
        NotSignedIn, Forbidden, NotAMember: as `permissions.authorize`. A retry is not checked again: the first call may
            have changed the roles.
    """
    if is_recorded:
        return False
    target = NO_AUTHORITY if audit.target_id is None else authorities.get(audit.target_id, GONE)
    permissions.authorize(audit, authorities.get(audit.actor_id, GONE), target)
    return True


class ReportTarget(NamedTuple):
    """Reported text.

    Attributes:
        seq: number of the message; 0 for a user or a room.
        content: the text.
        timestamp: time of the message; for a user or a room, time of the report.
        sender_id: author of the text, None for a system message.
        accused_id: the user concerned (`Report.accused`), None without one.
        names: names of users in the text, by their ids.
        ranked_id: the user whose authority decides the audience (`audience_of_report`); None if only admins read it.
    """

    seq: int
    content: str
    timestamp: Timestamp
    sender_id: UserId | None
    accused_id: UserId | None
    names: dict[UserId, str]
    ranked_id: UserId | None


def report_of_message(
    seq: int,
    content: str,
    timestamp: Timestamp,
    sender_id: UserId | None,
    *,
    poster_id: UserId | None = None,
    names: dict[UserId, str] | None = None,
) -> ReportTarget:
    """Return the target of a report of a message. A system message accuses its author, or the only user named in it.

    Args:
        seq, content, timestamp, sender_id: the message; no sender for a system message.
        poster_id: author of a system message, None if the server wrote it.
        names: names of users in a system message, by their ids.
    """
    if sender_id is not None:
        return ReportTarget(seq, content, timestamp, sender_id, sender_id, {}, sender_id)
    names = names or {}
    only_named = next(iter(names)) if len(names) == 1 else None
    accused_id = poster_id or only_named
    return ReportTarget(seq, content, timestamp, None, accused_id, names, accused_id)


def report_of_room(draft: ReportDraft, room: Room | None, owner_id: UserId | None) -> ReportTarget:
    """Return the target of a report of a room, which accuses its owner. Only admins read it.

    Raises:
        RoomNotFound: the room is missing, or is not the one in which it is reported.
    """
    if room is None or owner_id is None or draft.target_id != room.id:
        raise RoomNotFound
    return ReportTarget(0, room.public_text, draft.created_at, owner_id, owner_id, {}, None)


def report_of_user(
    draft: ReportDraft, user: User | None, *, is_or_was_member: bool, activity: str | None = None
) -> ReportTarget:
    """Return the target of a report of a user.

    Args:
        draft: the report.
        user: the user, None if the account is missing or deleted.
        is_or_was_member: True if the room exists and the user is or was a member of it.
        activity: the user's activity in the room, None without one.

    Raises:
        UserNotFound: the account is missing, or never was in the room.
    """
    if user is None or not is_or_was_member:
        raise UserNotFound
    text = user.public_text_with(activity)
    return ReportTarget(0, text, draft.created_at, user.id, user.id, {user.id: text}, user.id)


def audience_of_report(ranked: Authority | None) -> ReportAudience:
    """Return the audience of a new report.

    Args:
        ranked: authority in the room of the user with the id `ReportTarget.ranked_id`; None if there is none.
    """
    return "admins" if ranked is None else permissions.report_audience(ranked)
