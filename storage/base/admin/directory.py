"""The contract of a storage: lists of users, and totals.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.accounts import (
    User,
)
from domain.admin import Totals
from domain.base import RoomId, Timestamp, UserId
from domain.rooms import Room


class DirectoryStore(ABC):
    """Everybody who has an account, and how much there is of everything."""

    @abstractmethod
    async def users(
        self, *, search: str = "", pending: bool | None = None, before: UserId | None = None, limit: int
    ) -> list[User]:
        """Return up to `limit` users, newest (largest id) first; not those who deleted their account.

        Args:
            search: a search key (text.search_key); only users whose name or email has a key that contains it. Every
                character stands for itself.
            pending: only users who wait for approval, or only those who do not.
            before: only users with a smaller id, to continue a list.
        """

    @abstractmethod
    async def all_rooms(self, *, search: str = "", before: RoomId | None = None, limit: int) -> list[Room]:
        """Return up to `limit` rooms, public or private, newest (largest id) first.

        Args:
            search: a search key (text.search_key); only rooms whose name, subject or description has a key that
                contains it. Every character stands for itself.
            before: only rooms with a smaller id, to continue a list.
        """

    @abstractmethod
    async def counts(self, since: Timestamp) -> Totals:
        """Count users, rooms and the messages in them, and for each day the users added at `since` or later.

        Days are those of UTC; one on which nobody was added is left out. What was deleted does not count.
        """
