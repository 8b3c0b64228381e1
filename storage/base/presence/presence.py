"""The contract of a storage: presence that outlives a process.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from domain.base import RoomId
from domain.presence import PresenceRecord


class PresenceStore(ABC):
    """Who was where, as of the last flush. The truth is in memory (services/presence/presence.py)."""

    @abstractmethod
    async def save_presence(self, rooms: Mapping[RoomId, Sequence[PresenceRecord]]) -> None:
        """Replace who is in each of the rooms given; rooms and users that are gone are passed over.

        A room's `last_active` becomes the largest of it and the `last_active` of those present.
        """

    @abstractmethod
    async def presence(self, room_id: RoomId) -> list[PresenceRecord]:
        """Return who was in the room, by user id."""

    @abstractmethod
    async def clear_presence(self) -> int:
        """Forget everybody in every room and return how many there were: what a dead process left."""
