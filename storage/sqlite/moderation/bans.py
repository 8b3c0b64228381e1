"""SQLite storage: bans."""

import sqlite3

from domain.base import RoomId, UserId
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import RoomNotFound
from domain.moderation import AuditDraft, Ban
from storage.base import BanStore
from storage.rows.moderation import BANS, ban_of
from storage.sqlite.accounts import users
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.moderation import audit_log
from storage.sqlite.rooms import members


class SqliteBans(BanStore):
    """`BanStore` in SQLite."""

    _database: SqliteDatabase

    async def add_ban(self, room_id: RoomId, user_id: UserId, reason: str, audit: AuditDraft) -> bool:
        def add(connection: sqlite3.Connection) -> bool:
            if not connection.execute("SELECT 1 FROM rooms WHERE id = ? AND NOT deleted", (room_id,)).fetchone():
                raise RoomNotFound
            if not audit_log.authorize_once(connection, audit):
                return True
            if not users.exists(connection, user_id):
                raise UserNotFound
            connection.execute(
                """
                INSERT INTO bans (room_id, user_id, banned_by, reason, created_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (room_id, user_id) DO UPDATE
                SET banned_by = excluded.banned_by, reason = excluded.reason, created_at = excluded.created_at
                """,
                (room_id, user_id, audit.actor_id, reason, audit.timestamp),
            )
            audit_log.record_audit(connection, audit)
            return members.delete_member(connection, room_id, user_id, audit)

        return await self._database.write(add)

    async def delete_ban(self, room_id: RoomId, user_id: UserId, audit: AuditDraft) -> bool:
        def delete(connection: sqlite3.Connection) -> bool:
            if not audit_log.authorize_once(connection, audit):
                return True
            deleted = connection.execute("DELETE FROM bans WHERE room_id = ? AND user_id = ?", (room_id, user_id))
            if not deleted.rowcount:
                return False
            audit_log.record_audit(connection, audit)
            return True

        return await self._database.write(delete)

    async def is_banned(self, room_id: RoomId, user_id: UserId) -> bool:
        return bool(
            await self._database.read(
                "SELECT 1 FROM bans JOIN users ON users.id = user_id WHERE room_id = ? AND user_id = ?"
                " AND NOT (role = 'admin' AND NOT disabled)",
                *(room_id, user_id),
            )
        )

    async def bans(self, room_id: RoomId, limit: int) -> list[Ban]:
        rows = await self._database.read(
            f"{BANS} WHERE b.room_id = ? ORDER BY b.created_at DESC, b.user_id DESC LIMIT ?", room_id, limit
        )
        return [ban_of(row) for row in rows]
