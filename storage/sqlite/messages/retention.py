"""SQLite storage: expiry of messages and purges of old data."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3
from itertools import takewhile

from domain.base import RoomId, Timestamp
from storage.base import RetentionStore
from storage.sqlite.accounts import former_accounts
from storage.sqlite.database import SqliteDatabase

# Parameters: now, max_retention_days, max_retention_days. min() is NULL if an argument is; '' sorts before all times.
_EXPIRY_CUTOFF = """
    max(coalesce(expired_before, ''),
        coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', ?,
                          '-' || coalesce(min(retention_days, ?), retention_days, ?) || ' days'), ''))
"""
_ROOMS_WITH_EXPIRED = f"""
    SELECT id FROM rooms
    WHERE id > ? AND NOT deleted
      AND (SELECT timestamp FROM messages WHERE room_id = rooms.id ORDER BY seq LIMIT 1) < {_EXPIRY_CUTOFF}
    ORDER BY id LIMIT ?
"""
_INSERT_IDEMPOTENCY_KEYS = """
    INSERT OR IGNORE INTO expired_keys (room_id, sender_id, client_message_id, id, seq, timestamp, expired_at)
    SELECT room_id, sender_id, client_message_id, id, seq, timestamp, ? FROM messages
    WHERE room_id = ? AND seq <= ? AND client_message_id IS NOT NULL
"""
_PURGE_MESSAGES = """
    DELETE FROM messages WHERE (room_id, seq) IN
        (SELECT room_id, seq FROM messages WHERE room_id = ? ORDER BY seq LIMIT ?)
"""
_PURGE_KEYS = "DELETE FROM expired_keys WHERE rowid IN (SELECT rowid FROM expired_keys WHERE room_id = ? LIMIT ?)"
_PURGE_REPORTS = """
    DELETE FROM reports WHERE (room_id, id) IN
        (SELECT room_id, id FROM reports WHERE created_at < ? OR resolved_at < ? LIMIT ?)
"""


class SqliteRetention(RetentionStore):
    """`RetentionStore` in SQLite."""

    _database: SqliteDatabase

    async def rooms_with_expired(
        self, now: Timestamp, max_retention_days: int | None, *, after: RoomId | None = None, limit: int
    ) -> list[RoomId]:
        rows = await self._database.read(
            _ROOMS_WITH_EXPIRED, after or "", now, max_retention_days, max_retention_days, limit
        )
        return [room_id for (room_id,) in rows]

    async def expire_messages(self, room_id: RoomId, now: Timestamp, max_retention_days: int | None, limit: int) -> int:
        def expire(connection: sqlite3.Connection) -> int:
            room = connection.execute(
                f"SELECT {_EXPIRY_CUTOFF} FROM rooms WHERE id = ? AND NOT deleted",
                (now, max_retention_days, max_retention_days, room_id),
            ).fetchone()
            oldest_kept = room[0] if room else ""
            first = connection.execute(
                "SELECT timestamp, seq FROM messages WHERE room_id = ? ORDER BY seq LIMIT ?", (room_id, limit)
            ).fetchall()
            gone = [seq for _, seq in takewhile(lambda message: message[0] < oldest_kept, first)]
            if gone:
                connection.execute(_INSERT_IDEMPOTENCY_KEYS, (now, room_id, gone[-1]))
                connection.execute("DELETE FROM messages WHERE room_id = ? AND seq <= ?", (room_id, gone[-1]))
                connection.execute("UPDATE rooms SET first_seq = ? WHERE id = ?", (gone[-1] + 1, room_id))
            return len(gone)

        return await self._database.write(expire)

    async def purge_idempotency_keys(self, before: Timestamp, limit: int) -> int:
        def forget(connection: sqlite3.Connection) -> int:
            return connection.execute(
                "DELETE FROM expired_keys WHERE rowid IN (SELECT rowid FROM expired_keys WHERE expired_at < ? LIMIT ?)",
                (before, limit),
            ).rowcount

        return await self._database.write(forget)

    async def purge_rooms(self, limit: int) -> bool:
        rooms = await self._database.read("SELECT id FROM rooms WHERE deleted ORDER BY id LIMIT 1")
        if not rooms:
            return False
        [(room_id,)] = rooms

        def purge(connection: sqlite3.Connection) -> None:
            for statement in (_PURGE_MESSAGES, _PURGE_KEYS):
                if connection.execute(statement, (room_id, limit)).rowcount:
                    return
            connection.execute("DELETE FROM rooms WHERE id = ? AND deleted", (room_id,))

        await self._database.write(purge)
        return True

    async def purge_reports(self, made_before: Timestamp, resolved_before: Timestamp, limit: int) -> int:
        def forget(connection: sqlite3.Connection) -> int:
            return connection.execute(_PURGE_REPORTS, (made_before, resolved_before, limit)).rowcount

        return await self._database.write(forget)

    async def purge_former_accounts(self, now: Timestamp, limit: int) -> int:
        return await self._database.write(lambda connection: former_accounts.purge(connection, now, limit))

    async def compact(self) -> None:
        await self._database.truncate_wal()
