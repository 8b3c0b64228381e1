"""The contract of a storage: messages that expire, and rooms that were deleted.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.base import RoomId, Timestamp


class RetentionStore(ABC):
    """What is kept no longer. Each call deletes a few rows, so that nothing else waits for it for long.

    A message expires when it is older than `retention_days` of its room or than `max_retention_days`, whichever is
    less; None is for ever. Messages from before the room's `expired_before` have expired, too.
    """

    @abstractmethod
    async def rooms_with_expired(
        self, now: Timestamp, max_retention_days: int | None, *, after: RoomId | None = None, limit: int
    ) -> list[RoomId]:
        """Return up to `limit` rooms whose first message has expired, by id; with `after`, those with a larger one."""

    @abstractmethod
    async def expire_messages(self, room_id: RoomId, now: Timestamp, max_retention_days: int | None, limit: int) -> int:
        """Delete up to `limit` of the room's first messages that have expired, and return how many.

        They are deleted in the order of their numbers, up to the first one that has not expired, whatever stamps those
        after it bear: `first_seq` moves on to it, and what is left has no hole. `last_seq` stays. What tells a retry of
        them is kept, with `now` as the time of their deletion.
        """

    @abstractmethod
    async def purge_idempotency_keys(self, before: Timestamp, limit: int) -> int:
        """Forget up to `limit` keys of messages that expired and were deleted before then; return how many."""

    @abstractmethod
    async def purge_rooms(self, limit: int) -> bool:
        """Delete up to `limit` messages of a room that was deleted, or what else is left of it; False for nothing."""

    @abstractmethod
    async def purge_reports(self, made_before: Timestamp, resolved_before: Timestamp, limit: int) -> int:
        """Delete up to `limit` reports that were made, or resolved, before then; return how many."""

    @abstractmethod
    async def purge_former_accounts(self, now: Timestamp, limit: int) -> int:
        """Delete up to `limit` hashes of emails of deleted accounts, and return how many.

        They are those of whom no ban is left, and no mute or removal that is not over at `now`. Removals that are over
        are deleted, of all users.
        """

    @abstractmethod
    async def compact(self) -> None:
        """Let go of copies of what was deleted, as far as the backend has any and can do so with nobody waiting."""
