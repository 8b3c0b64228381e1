"""SQLite storage: the audit log of rooms."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

from domain.base import AuditEntryId, RoomId, UserId
from domain.moderation import AuditDraft, AuditEntry
from domain.permissions import Authority
from storage.base import AuditLogStore
from storage.rows.moderation import AUDIT_DRAFT, AUDIT_ENTRIES, audit_draft_row, audit_entry_of
from storage.rows.rooms import authorities, authorities_of
from storage.rules import moderation as moderation_rules
from storage.sqlite.database import MAX_ID, SqliteDatabase

_AUTHORITIES = authorities("?")


class SqliteAuditLog(AuditLogStore):
    """`AuditLogStore` in SQLite."""

    _database: SqliteDatabase

    async def audit_log(self, room_id: RoomId, *, before: AuditEntryId | None = None, limit: int) -> list[AuditEntry]:
        rows = await self._database.read(
            f"{AUDIT_ENTRIES} WHERE a.room_id = ? AND a.id < ? ORDER BY a.id DESC LIMIT ?",
            *(room_id, before or MAX_ID, limit),
        )
        return [audit_entry_of(row) for row in rows]


def authorize_once(connection: sqlite3.Connection, audit: AuditDraft | None) -> bool:
    """Return True if the action is new, or None; False for a retry. Raises as the rule does."""
    if audit is None:
        return True
    rows = connection.execute(
        f"{_AUTHORITIES} WHERE u.id IN (?, ?) UNION ALL SELECT NULL, NULL, NULL, NULL FROM audit_log WHERE id = ?",
        (audit.room_id, audit.actor_id, audit.target_id, audit.id),
    ).fetchall()
    found = authorities_of(rows)
    return moderation_rules.authorize_once(audit, found, is_recorded=None in found)


def authority_of(connection: sqlite3.Connection, room_id: RoomId, user_id: UserId) -> Authority:
    """Return the user's current roles, in the room and on the server."""
    rows = connection.execute(f"{_AUTHORITIES} WHERE u.id = ?", (room_id, user_id))
    return authorities_of(rows).get(user_id, moderation_rules.GONE)


def record_audit(connection: sqlite3.Connection, audit: AuditDraft | None) -> None:
    """Store the action, if any, in its room's audit log."""
    if audit is not None:
        connection.execute(
            f"INSERT INTO audit_log ({AUDIT_DRAFT}) VALUES (?, ?, ?, ?, ?, ?, ?)", audit_draft_row(audit)
        )
