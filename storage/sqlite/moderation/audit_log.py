"""What was done in rooms, in SQLite."""

import sqlite3

import msgspec

from domain import permissions
from domain.accounts import Sender
from domain.base import ActId, RoomId, UserId
from domain.moderation import Act, AuditEntry
from domain.permissions import STRANGER, Standing
from storage.base import AuditLog
from storage.sqlite.database import Database

_AFTER_EVERY_ID = "\U0010ffff"


class SqliteAuditLog(AuditLog):
    """The audit log's part of the storage."""

    _database: Database

    async def audit_log(self, room_id: RoomId, *, before: ActId | None = None, limit: int) -> list[AuditEntry]:
        rows = await self._database.read(
            """
            SELECT log.id, action, details, timestamp, actor.id, actor.name, actor.avatar,
                   target.id, target.name, target.avatar
            FROM audit_log log JOIN users actor ON actor.id = actor_id LEFT JOIN users target ON target.id = target_id
            WHERE room_id = ? AND log.id < ? ORDER BY log.id DESC LIMIT ?
            """,
            room_id,
            before or _AFTER_EVERY_ID,
            limit,
        )
        return [
            AuditEntry(
                entry_id,
                action,
                Sender(*people[:3]),
                Sender(*people[3:]) if people[3] else None,
                msgspec.json.decode(details),
                timestamp,
            )
            for entry_id, action, details, timestamp, *people in rows
        ]


def permits(connection: sqlite3.Connection, act: Act | None) -> bool:
    """Say whether the act is to be done now: it was not kept before, or there is none; raise as `ranks.check`."""
    if act is None:
        return True
    if connection.execute("SELECT 1 FROM audit_log WHERE id = ?", (act.id,)).fetchone():
        return False
    permissions.check(
        act,
        standing(connection, act.room_id, act.actor_id),
        standing(connection, act.room_id, act.target_id) if act.target_id else STRANGER,
    )
    return True


def standing(connection: sqlite3.Connection, room_id: RoomId, user_id: UserId) -> Standing:
    """Return the user's roles now."""
    found = connection.execute(
        """
        SELECT members.role, users.role = 'admin' AND NOT disabled AND NOT deleted, NOT disabled AND NOT deleted
        FROM users LEFT JOIN members ON room_id = ? AND user_id = id WHERE id = ?
        """,
        (room_id, user_id),
    ).fetchone()
    return Standing(found[0], bool(found[1]), bool(found[2])) if found else Standing(is_active=False)


def keep(connection: sqlite3.Connection, act: Act | None) -> None:
    """Write the act into its room's log, where there is one."""
    if act is not None:
        connection.execute(
            """
            INSERT INTO audit_log (room_id, id, action, actor_id, target_id, details, timestamp)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            (
                act.room_id,
                act.id,
                act.action,
                act.actor_id,
                act.target_id,
                msgspec.json.encode(act.details).decode(),
                act.timestamp,
            ),
        )
