"""Storage contract: retention. Expired messages, deleted rooms and other old data are purged in the background.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.base import RoomId, Timestamp
from storage.base.changes import HistoryChanged, RoomChanged
from storage.base.store import Store, changes, read


class RetentionStore(Store):
    """Deletion of old data. Each call deletes a few rows, so that other calls do not wait long for it.

    A message expires when it is older than `retention_days` of its room or than `max_retention_days`, whichever is
    less; None means never. Messages from before the room's `expired_before` have expired, too.
    """

    @read
    @abstractmethod
    async def rooms_with_expired(
        self, now: Timestamp, max_retention_days: int | None, *, after: RoomId | None = None, limit: int
    ) -> list[RoomId]:
        """Return up to `limit` ids of rooms with an expired first message, ordered; with `after`, larger ids."""

    @changes(lambda room_id: [RoomChanged(room_id), HistoryChanged(room_id)])
    @abstractmethod
    async def expire_messages(self, room_id: RoomId, now: Timestamp, max_retention_days: int | None, limit: int) -> int:
        """Delete up to `limit` of the room's first messages that have expired; return the number deleted.

        Messages are deleted in the order of their numbers, up to the first one that has not expired, whatever the
        timestamps after it are. `first_seq` moves to that message, so the remaining history has no gap. `last_seq`
        does not change. The idempotency keys stay, with `now` as the time of the deletion, to recognise late retries.
        """

    @changes()
    @abstractmethod
    async def purge_idempotency_keys(self, before: Timestamp, limit: int) -> int:
        """Delete up to `limit` idempotency keys of messages deleted by expiry before `before`; return the number."""

    @changes()
    @abstractmethod
    async def purge_rooms(self, limit: int) -> bool:
        """Delete up to `limit` messages of a deleted room, or its other rows; return False if nothing was left."""

    @changes()
    @abstractmethod
    async def purge_reports(self, made_before: Timestamp, resolved_before: Timestamp, limit: int) -> int:
        """Delete up to `limit` reports filed or resolved before the given times; return the number deleted."""

    @changes()
    @abstractmethod
    async def purge_former_accounts(self, now: Timestamp, limit: int) -> int:
        """Delete up to `limit` email hashes of deleted accounts; return the number deleted.

        A hash is deleted when its account has no ban left, and no mute or removal that is in force at `now`. Removals
        that are over at `now` are deleted for all users.
        """

    @changes()
    @abstractmethod
    async def compact(self) -> None:
        """Remove copies of deleted data (write-ahead log), as far as the backend can without blocking other calls."""
