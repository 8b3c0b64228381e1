"""In-memory storage: links of users' calendars."""

from domain.base import Timestamp, UserId
from domain.errors.accounts import NotSignedIn
from storage.base import CalendarStore
from storage.memory.tables import Tables


class MemoryCalendars(CalendarStore):
    """`CalendarStore` in memory."""

    _tables: Tables

    async def set_calendar(self, user_id: UserId, secret_hash: str, at: Timestamp) -> None:
        account = self._tables.accounts.get(user_id)
        if account is None or account.user.disabled:
            raise NotSignedIn
        self._tables.calendars[user_id] = secret_hash, at

    async def delete_calendar(self, user_id: UserId) -> bool:
        return self._tables.calendars.pop(user_id, None) is not None

    async def calendar_created_at(self, user_id: UserId) -> Timestamp | None:
        found = self._tables.calendars.get(user_id)
        return found[1] if found else None

    async def user_of_calendar(self, secret_hash: str) -> UserId | None:
        calendars = self._tables.calendars.items()
        return next((user_id for user_id, (kept, _) in calendars if kept == secret_hash), None)
