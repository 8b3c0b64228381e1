"""In-memory storage: lists of users and rooms, and totals."""

from collections import Counter

from domain.accounts import User
from domain.admin import Totals
from domain.base import RoomId, Timestamp, UserId
from domain.rooms import Room
from storage.base import DirectoryStore
from storage.memory.tables import Tables


class MemoryDirectory(DirectoryStore):
    """`DirectoryStore` in memory."""

    _tables: Tables

    async def users(
        self, *, search: str = "", pending: bool | None = None, before: UserId | None = None, limit: int
    ) -> list[User]:
        found = [
            user
            for user in self._all_users()
            if (before is None or user.id < before)
            and (pending is None or user.pending is pending)
            and search in self._tables.user_keys[user.id]
        ]
        return sorted(found, key=lambda user: user.id, reverse=True)[:limit]

    async def all_rooms(self, *, search: str = "", before: RoomId | None = None, limit: int) -> list[Room]:
        found = [
            room
            for room in self._tables.rooms.values()
            if (before is None or room.id < before) and search in self._tables.room_keys[room.id]
        ]
        return sorted(found, key=lambda room: room.id, reverse=True)[:limit]

    async def counts(self, since: Timestamp) -> Totals:
        users = self._all_users()
        return Totals(
            users=len(users),
            rooms=len(self._tables.rooms),
            messages=sum(room.last_seq - room.first_seq + 1 for room in self._tables.rooms.values()),
            sign_ups=dict(Counter(user.created_at[:10] for user in users if user.created_at >= since)),
        )

    def _all_users(self) -> list[User]:
        return [account.user for account in self._tables.accounts.values() if account]
