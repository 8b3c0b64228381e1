"""PostgreSQL storage: lists of users and rooms, and totals."""
# ruff: noqa: S608 - statements are built from constants only; values are parameters

from domain.accounts import User
from domain.admin import Totals
from domain.base import RoomId, Timestamp, UserId
from domain.rooms import Room
from storage.base import DirectoryStore
from storage.postgres.repository import PostgresRepository
from storage.postgres.rooms.rooms import ROOMS
from storage.rows.accounts import USER, user_of
from storage.rows.admin import totals_of
from storage.rows.rooms import room_of

_TOTALS = """
    SELECT 'users', count(*) FROM users WHERE NOT deleted
    UNION ALL SELECT 'rooms', count(*) FROM rooms WHERE NOT deleted
    UNION ALL SELECT 'messages', coalesce(sum(last_seq - first_seq + 1), 0)::bigint FROM rooms WHERE NOT deleted
    UNION ALL SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*) FROM users
    WHERE created_at >= %s::timestamptz AND NOT deleted GROUP BY day
"""


class PostgresDirectory(PostgresRepository, DirectoryStore):
    """`DirectoryStore` in PostgreSQL."""

    async def users(
        self, *, search: str = "", pending: bool | None = None, before: UserId | None = None, limit: int
    ) -> list[User]:
        rows = await self._database.fetch(
            f"SELECT {USER} FROM users WHERE NOT deleted AND strpos(search_text, %s) > 0"
            " AND (%s::boolean IS NULL OR pending = %s)"
            " AND (%s::uuid IS NULL OR id < %s::uuid) ORDER BY id DESC LIMIT %s",
            *(search, pending, pending, before, before, limit),
        )
        return [user_of(row) for row in rows]

    async def all_rooms(self, *, search: str = "", before: RoomId | None = None, limit: int) -> list[Room]:
        rows = await self._database.fetch(
            f"{ROOMS} WHERE NOT r.deleted AND strpos(r.search_text, %s) > 0"
            " AND (%s::uuid IS NULL OR r.id < %s::uuid) ORDER BY r.id DESC LIMIT %s",
            *(search, before, before, limit),
        )
        return [room_of(row) for row in rows]

    async def counts(self, since: Timestamp) -> Totals:
        return totals_of(await self._database.fetch(_TOTALS, since))
