"""PostgreSQL storage: links of users' calendars."""

from domain.base import Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from storage.base import CalendarStore
from storage.postgres.repository import PostgresRepository

DELETE_CALENDAR = "DELETE FROM calendars WHERE user_id = %s::uuid"


class PostgresCalendars(PostgresRepository, CalendarStore):
    """`CalendarStore` in PostgreSQL."""

    async def set_calendar(self, user_id: UserId, secret_hash: str, at: Timestamp) -> None:
        stored = await self._database.fetch(
            "WITH owner AS (SELECT id FROM users WHERE id = %s::uuid AND NOT deleted AND NOT disabled FOR SHARE)"
            " INSERT INTO calendars (user_id, secret_hash, created_at) SELECT id, %s, %s::timestamptz FROM owner"
            " ON CONFLICT (user_id) DO UPDATE SET secret_hash = excluded.secret_hash, created_at = excluded.created_at"
            " RETURNING 1",
            *(user_id, secret_hash, at),
        )
        if not stored:
            raise NotSignedIn

    async def delete_calendar(self, user_id: UserId) -> bool:
        return bool(await self._database.fetch(f"{DELETE_CALENDAR} RETURNING 1", user_id))

    async def calendar_created_at(self, user_id: UserId) -> Timestamp | None:
        row = await self._database.fetch_one("SELECT created_at FROM calendars WHERE user_id = %s::uuid", user_id)
        return row[0] if row else None

    async def user_of_calendar(self, secret_hash: str) -> UserId | None:
        row = await self._database.fetch_one("SELECT user_id FROM calendars WHERE secret_hash = %s", secret_hash)
        return str(row[0]) if row else None
