"""SQLite storage: lists of users and rooms, and totals."""

from domain.accounts import User
from domain.admin import Totals
from domain.base import RoomId, Timestamp, UserId
from domain.rooms import Room
from storage.base import DirectoryStore
from storage.rows.accounts import user_of
from storage.rows.admin import totals_of
from storage.rows.rooms import room_of
from storage.sqlite.accounts.users import USERS
from storage.sqlite.database import MAX_ID, SqliteDatabase
from storage.sqlite.rooms.rooms import ROOMS

_FOUND = "id < ? AND NOT deleted AND instr(search_text, ?) ORDER BY id DESC LIMIT ?"
_USERS, _PENDING, _APPROVED = (f"{USERS} WHERE {which} {_FOUND}" for which in ("", "pending AND", "NOT pending AND"))
_ROOMS = f"{ROOMS} WHERE {_FOUND}"
_TOTALS = """
    SELECT 'users', count(*) FROM users WHERE NOT deleted
    UNION ALL SELECT 'rooms', count(*) FROM rooms WHERE NOT deleted
    UNION ALL SELECT 'messages', coalesce(sum(last_seq - first_seq + 1), 0) FROM rooms WHERE NOT deleted
    UNION ALL SELECT substr(created_at, 1, 10) AS day, count(*) FROM users WHERE created_at >= ? AND NOT deleted
    GROUP BY day
"""


class SqliteDirectory(DirectoryStore):
    """`DirectoryStore` in SQLite."""

    _database: SqliteDatabase

    async def users(
        self, *, search: str = "", pending: bool | None = None, before: UserId | None = None, limit: int
    ) -> list[User]:
        statement = _USERS if pending is None else _PENDING if pending else _APPROVED
        rows = await self._database.read(statement, before or MAX_ID, search, limit)
        return [user_of(row) for row in rows]

    async def all_rooms(self, *, search: str = "", before: RoomId | None = None, limit: int) -> list[Room]:
        rows = await self._database.read(_ROOMS, before or MAX_ID, search, limit)
        return [room_of(row) for row in rows]

    async def counts(self, since: Timestamp) -> Totals:
        return totals_of(await self._database.read(_TOTALS, since))
