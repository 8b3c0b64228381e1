"""SQLite storage: the audit log of rooms."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3

from domain import permissions
from domain.base import AuditEntryId, RoomId, UserId
from domain.moderation import AuditDraft, AuditEntry
from domain.permissions import NO_AUTHORITY, Authority
from storage.base import AuditLogStore
from storage.rows.moderation import AUDIT_DRAFT, AUDIT_ENTRY, audit_draft_row, audit_entry_of
from storage.sqlite.database import MAX_ID, SqliteDatabase


class SqliteAuditLog(AuditLogStore):
    """`AuditLogStore` in SQLite."""

    _database: SqliteDatabase

    async def audit_log(self, room_id: RoomId, *, before: AuditEntryId | None = None, limit: int) -> list[AuditEntry]:
        rows = await self._database.read(
            f"""
            SELECT {AUDIT_ENTRY}
            FROM audit_log a JOIN users u ON u.id = a.actor_id LEFT JOIN users t ON t.id = a.target_id
            WHERE a.room_id = ? AND a.id < ? ORDER BY a.id DESC LIMIT ?
            """,
            room_id,
            before or MAX_ID,
            limit,
        )
        return [audit_entry_of(row) for row in rows]


def authorize_once(connection: sqlite3.Connection, audit: AuditDraft | None) -> bool:
    """Return True if the action is new, or None; False for a retry. Raises as `permissions.authorize`."""
    if audit is None:
        return True
    if connection.execute("SELECT 1 FROM audit_log WHERE id = ?", (audit.id,)).fetchone():
        return False
    permissions.authorize(
        audit,
        authority_of(connection, audit.room_id, audit.actor_id),
        authority_of(connection, audit.room_id, audit.target_id) if audit.target_id else NO_AUTHORITY,
    )
    return True


def authority_of(connection: sqlite3.Connection, room_id: RoomId, user_id: UserId) -> Authority:
    """Return the user's current roles, in the room and on the server."""
    found = connection.execute(
        """
        SELECT members.role, users.role = 'admin' AND NOT disabled AND NOT deleted, NOT disabled AND NOT deleted
        FROM users LEFT JOIN members ON room_id = ? AND user_id = id WHERE id = ?
        """,
        (room_id, user_id),
    ).fetchone()
    return Authority(found[0], bool(found[1]), bool(found[2])) if found else Authority(is_active=False)


def record_audit(connection: sqlite3.Connection, audit: AuditDraft | None) -> None:
    """Store the action, if any, in its room's audit log."""
    if audit is not None:
        connection.execute(
            f"INSERT INTO audit_log ({AUDIT_DRAFT}) VALUES (?, ?, ?, ?, ?, ?, ?)", audit_draft_row(audit)
        )
