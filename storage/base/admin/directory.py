"""Storage contract: lists of users and rooms, and totals.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.accounts import (
    User,
)
from domain.admin import Totals
from domain.base import RoomId, Timestamp, UserId
from domain.rooms import Room
from storage.base.store import Store, read


class DirectoryStore(Store):
    """Directory of all accounts and rooms, and their totals."""

    @read
    @abstractmethod
    async def users(
        self, *, search: str = "", pending: bool | None = None, before: UserId | None = None, limit: int
    ) -> list[User]:
        """Return up to `limit` users, newest (largest id) first. Deleted accounts are left out.

        Args:
            search: a search key (text.search_key): only users whose name or email has a key that contains it. Every
                character is literal.
            pending: True for only users waiting for approval, False for only approved users, None for all.
            before: only users with a smaller id, to continue a list.
        """

    @read
    @abstractmethod
    async def all_rooms(self, *, search: str = "", before: RoomId | None = None, limit: int) -> list[Room]:
        """Return up to `limit` rooms, public or private, newest (largest id) first.

        Args:
            search: a search key (text.search_key): only rooms whose name, subject or description has a key that
                contains it. Every character is literal.
            before: only rooms with a smaller id, to continue a list.
        """

    @read
    @abstractmethod
    async def counts(self, since: Timestamp) -> Totals:
        """Return the numbers of users, rooms and messages, and the users added per day at `since` or later.

        Days are in UTC; days without new users are left out. Deleted records do not count.
        """
