"""Columns and mappers of the audit log, bans and reports."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import msgspec

from domain.moderation import AuditDraft, AuditEntry, Ban, Report, ReportedMessage
from storage.rows import Row, columns
from storage.rows.accounts import optional_user_summary_of, user_summary, user_summary_of
from storage.rows.messages import visible

AUDIT_DRAFT = columns(AuditDraft.__struct_fields__)
"""Columns of the table `audit_log` for `audit_draft_of` and `audit_draft_row`."""


def audit_draft_of(row: Row) -> AuditDraft:
    """Return the action from a row of `AUDIT_DRAFT`."""
    entry_id, room_id, action, actor_id, target_id, details, timestamp = row
    return AuditDraft(
        id=entry_id,
        room_id=room_id,
        action=action,
        actor_id=actor_id,
        target_id=target_id,
        details=msgspec.json.decode(details),
        timestamp=timestamp,
    )


def audit_draft_row(audit: AuditDraft) -> tuple[object, ...]:
    """Return the row of `AUDIT_DRAFT` to store for an action; the details are stored as JSON text."""
    details = msgspec.json.encode(audit.details).decode()
    return audit.id, audit.room_id, audit.action, audit.actor_id, audit.target_id, details, audit.timestamp


AUDIT_ENTRIES = (
    f"SELECT a.id, a.action, a.details, a.timestamp, {user_summary('u')}, {user_summary('t')}"
    " FROM audit_log a JOIN users u ON u.id = a.actor_id LEFT JOIN users t ON t.id = a.target_id"
)
"""Query of `audit_log a`, the actor, `users u`, and the target, `users t`; its rows are read by `audit_entry_of`."""


def audit_entry_of(row: Row) -> AuditEntry:
    """Return the entry as shown from a row of `AUDIT_ENTRIES`."""
    entry_id, action, details, timestamp, *users = row
    actor, target = user_summary_of(users[:3]), optional_user_summary_of(users[3:])
    return AuditEntry(entry_id, action, actor, target, msgspec.json.decode(details), timestamp)


BANS = (
    f"SELECT {user_summary('u')}, {user_summary('o')}, b.reason, b.created_at"
    " FROM bans b JOIN users u ON u.id = b.user_id JOIN users o ON o.id = b.banned_by"
)
"""Query of `bans b`, the banned `users u` and the moderators, `users o`; its rows are read by `ban_of`."""


def ban_of(row: Row) -> Ban:
    """Return the ban from a row of `BANS`."""
    *users, reason, created_at = row
    return Ban(user_summary_of(users[:3]), user_summary_of(users[3:]), reason, created_at)


REPORTS = f"""
    SELECT p.id, p.kind, p.room_id, coalesce(r.name, p.room_name), r.id IS NULL,
        p.target_id, p.seq, p.content, p.timestamp, p.reason, p.status, p.created_at, p.resolved_at,
        {user_summary("s")}, {user_summary("a")}, {user_summary("t")}, {user_summary("v")}
    FROM reports p JOIN users t ON t.id = p.reporter_id
    LEFT JOIN rooms r ON r.id = p.room_id AND NOT r.deleted
    LEFT JOIN users s ON s.id = p.sender_id
    LEFT JOIN users a ON a.id = p.accused_id
    LEFT JOIN users v ON v.id = p.resolved_by
"""
"""Query of `reports p`; its rows are read by `report_of`."""


FIRST_REPORT_OF_TEXT = """NOT EXISTS (
    SELECT 1 FROM reports q
    WHERE q.accused_id = p.accused_id AND q.id < p.id AND q.room_id = p.room_id AND q.target_id = p.target_id
      AND q.content = p.content
)"""
"""Condition: no earlier report accuses the user of `reports p` of the same text."""


def readable_report(reader: str) -> str:
    """Return the condition that a user may read a report of `reports p` (`permissions.report_audience`).

    Args:
        reader: SQL of the user's id, which occurs three times: a column, or the database's placeholder.
    """
    return f"""(p.accused_id IS NULL OR p.accused_id <> {reader}) AND (
        EXISTS (SELECT 1 FROM users WHERE id = {reader} AND role = 'admin' AND NOT disabled AND NOT deleted)
        OR (p.readers <> 'admins' AND p.accused_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM users WHERE id = p.accused_id AND role = 'admin' AND NOT disabled)
            AND EXISTS (
                SELECT 1 FROM members reader
                LEFT JOIN members accused ON accused.room_id = reader.room_id AND accused.user_id = p.accused_id
                WHERE reader.room_id = p.room_id AND reader.user_id = {reader}
                  AND (p.kind <> 'message' OR {visible("p.seq", "reader.visible_from")})
                  AND (reader.joined_at <= p.created_at
                       OR EXISTS (SELECT 1 FROM users WHERE id = p.accused_id AND NOT deleted))
                  AND (reader.role = 'owner'
                       OR (reader.role = 'moderator' AND p.readers = 'moderators'
                           AND coalesce(accused.role, 'member') = 'member'))
            )))
    """


REPORT_READERS = f"""
    SELECT u.id FROM reports p JOIN users u ON NOT u.disabled AND NOT u.deleted
        AND (u.role = 'admin' OR u.id IN (SELECT user_id FROM members WHERE room_id = p.room_id))
    WHERE {readable_report("u.id")}
"""
"""Query of the ids of users who may read reports of `reports p`."""


def report_of(row: Row) -> Report:
    """Return the report from a row of `REPORTS`."""
    report_id, kind, room_id, room_name, room_deleted, *rest = row
    target_id, seq, content, timestamp, reason, status, created_at, resolved_at, *users = rest
    sender, accused = optional_user_summary_of(users[:3]), optional_user_summary_of(users[3:6])
    return Report(
        id=report_id,
        kind=kind,
        room_id=room_id,
        room_name=room_name,
        room_deleted=bool(room_deleted),
        message=ReportedMessage(target_id, seq, content, timestamp, sender),
        accused=accused,
        reporter=user_summary_of(users[6:9]),
        reason=reason,
        status=status,
        created_at=created_at,
        resolved_by=optional_user_summary_of(users[9:]),
        resolved_at=resolved_at,
    )
