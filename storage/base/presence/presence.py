"""Storage contract: presence that outlives the process.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence

from domain.base import RoomId
from domain.presence import PresenceRecord
from storage.base.changes import RoomChanged
from storage.base.store import Store, changes, read


class PresenceStore(Store):
    """Users present in rooms at the last flush. The memory of the process has the truth (services/presence/)."""

    @changes(lambda rooms: [RoomChanged(room_id) for room_id in rooms])
    @abstractmethod
    async def save_presence(self, rooms: Mapping[RoomId, Sequence[PresenceRecord]]) -> None:
        """Replace the presence of each given room; rooms and users that are missing or deleted are skipped.

        A room's `last_active` becomes the maximum of itself and the `last_active` of its present users.
        """

    @read
    @abstractmethod
    async def presence(self, room_id: RoomId) -> list[PresenceRecord]:
        """Return the users present in the room, ordered by user id."""

    @changes()
    @abstractmethod
    async def clear_presence(self) -> int:
        """Delete all presence, left by a process that ended; return the number of deleted records."""
