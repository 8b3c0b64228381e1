"""SQLite storage: the audit log of rooms."""

import sqlite3

import msgspec

from domain import permissions
from domain.accounts import UserSummary
from domain.base import AuditEntryId, RoomId, UserId
from domain.moderation import AuditDraft, AuditEntry
from domain.permissions import NO_AUTHORITY, Authority
from storage.base import AuditLogStore
from storage.sqlite.database import SqliteDatabase

_MAX_ID = "\U0010ffff"


class SqliteAuditLog(AuditLogStore):
    """`AuditLogStore` in SQLite."""

    _database: SqliteDatabase

    async def audit_log(self, room_id: RoomId, *, before: AuditEntryId | None = None, limit: int) -> list[AuditEntry]:
        rows = await self._database.read(
            """
            SELECT log.id, action, details, timestamp, actor.id, actor.name, actor.avatar,
                   target.id, target.name, target.avatar
            FROM audit_log log JOIN users actor ON actor.id = actor_id LEFT JOIN users target ON target.id = target_id
            WHERE room_id = ? AND log.id < ? ORDER BY log.id DESC LIMIT ?
            """,
            room_id,
            before or _MAX_ID,
            limit,
        )
        return [
            AuditEntry(
                entry_id,
                action,
                UserSummary(*people[:3]),
                UserSummary(*people[3:]) if people[3] else None,
                msgspec.json.decode(details),
                timestamp,
            )
            for entry_id, action, details, timestamp, *people in rows
        ]


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
            """
            INSERT INTO audit_log (room_id, id, action, actor_id, target_id, details, timestamp)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            (
                audit.room_id,
                audit.id,
                audit.action,
                audit.actor_id,
                audit.target_id,
                msgspec.json.encode(audit.details).decode(),
                audit.timestamp,
            ),
        )
