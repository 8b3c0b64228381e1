"""SQLite storage: links of users' calendars."""

import sqlite3

from domain.base import Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from storage.base import CalendarStore
from storage.sqlite.database import SqliteDatabase


class SqliteCalendars(CalendarStore):
    """`CalendarStore` in SQLite."""

    _database: SqliteDatabase

    async def set_calendar(self, user_id: UserId, secret_hash: str, at: Timestamp) -> None:
        def set_calendar(connection: sqlite3.Connection) -> None:
            stored = connection.execute(
                "REPLACE INTO calendars (user_id, secret_hash, created_at)"
                " SELECT id, ?, ? FROM users WHERE id = ? AND NOT deleted AND NOT disabled",
                (secret_hash, at, user_id),
            )
            if not stored.rowcount:
                raise NotSignedIn

        await self._database.write(set_calendar)

    async def delete_calendar(self, user_id: UserId) -> bool:
        return await self._database.write(lambda connection: delete_calendar(connection, user_id))

    async def calendar_created_at(self, user_id: UserId) -> Timestamp | None:
        row = await self._database.read_one("SELECT created_at FROM calendars WHERE user_id = ?", user_id)
        return Timestamp(row[0]) if row else None

    async def user_of_calendar(self, secret_hash: str) -> UserId | None:
        row = await self._database.read_one("SELECT user_id FROM calendars WHERE secret_hash = ?", secret_hash)
        return str(row[0]) if row else None


def delete_calendar(connection: sqlite3.Connection, user_id: UserId) -> bool:
    """Delete the link of a user's calendar; return True if there was one."""
    return connection.execute("DELETE FROM calendars WHERE user_id = ?", (user_id,)).rowcount > 0
