"""SQLite storage: presence."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

import sqlite3
from collections.abc import Mapping, Sequence

from domain.base import RoomId
from domain.presence import PresenceRecord
from storage.base import PresenceStore
from storage.rows.presence import PRESENCE, presence_of
from storage.sqlite.database import SqliteDatabase


class SqlitePresence(PresenceStore):
    """`PresenceStore` in SQLite."""

    _database: SqliteDatabase

    async def save_presence(self, rooms: Mapping[RoomId, Sequence[PresenceRecord]]) -> None:
        def save(connection: sqlite3.Connection) -> None:
            for room_id, people in rooms.items():
                connection.execute("DELETE FROM presence WHERE room_id = ?", (room_id,))
                connection.executemany(
                    """
                    INSERT OR REPLACE INTO presence (room_id, user_id, status, last_active)
                    SELECT rooms.id, users.id, ?, ? FROM rooms, users
                    WHERE rooms.id = ? AND users.id = ? AND NOT rooms.deleted AND NOT users.deleted
                    """,
                    [(one.status, one.last_active, room_id, one.user_id) for one in people],
                )
                connection.execute(
                    """
                    UPDATE rooms SET last_active = max(last_active, latest)
                    FROM (SELECT max(last_active) AS latest FROM presence WHERE room_id = ?)
                    WHERE id = ? AND latest IS NOT NULL
                    """,
                    (room_id, room_id),
                )

        await self._database.write(save)

    async def presence(self, room_id: RoomId) -> list[PresenceRecord]:
        rows = await self._database.read(
            f"SELECT {PRESENCE} FROM presence p WHERE p.room_id = ? ORDER BY p.user_id", room_id
        )
        return [presence_of(row) for row in rows]

    async def clear_presence(self) -> int:
        def clear(connection: sqlite3.Connection) -> int:
            return connection.execute("DELETE FROM presence").rowcount

        return await self._database.write(clear)
