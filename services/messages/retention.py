"""What is kept no longer: messages that have expired, what is left of deleted rooms, keys of what expired long ago."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from domain.base import RoomId, Timestamp
from domain.clock import Clock
from publisher.broadcast import EventPublisher
from storage.base import Storage

BATCH_SIZE = 200
"""Rows that one transaction deletes: some milliseconds, in which nobody else writes to SQLite."""
IDLE_RATIO = 4.0
"""For how many times as long as a transaction took nothing is deleted after it: most of the time is the writers'."""
ROOM_BATCH_SIZE = 100
"""Rooms that are looked up at a time."""
DAY = 24 * 3600.0
KEY_TTL = 30 * DAY
"""Seconds for which a retry of a message that has expired is still known as one."""
ACCOUNT_INVITE_TTL = 30 * DAY
"""Seconds for which invitations to make an account are stored after their end, with the users who used them."""
RESOLVED_REPORT_TTL, REPORT_TTL = 90 * DAY, 365 * DAY
"""Seconds for which a report is kept after it was resolved, and after it was made whatever became of it."""


class Retention:
    """Deletes what is to be kept no longer, in pieces that hold up nobody. Cut off at any await, it goes on next time.

    Args:
        max_retention_days: for how many days messages are kept at most, whatever their room says; None for ever.
        sleep: waits for so many seconds.
        monotonic: seconds on a clock that never steps.
    """

    def __init__(
        self,
        storage: Storage,
        broadcast: EventPublisher,
        clock: Clock,
        max_retention_days: int | None,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._broadcast = broadcast
        self._clock = clock
        self._max_retention_days = max_retention_days
        self._sleep = sleep
        self._monotonic = monotonic

    async def expire_messages(self) -> None:
        """Delete the messages that have expired, of every room, and forget the keys of those that did long ago.

        Who is in a room is told after each piece where the rest begins. Where that cannot be read, or the run is cut
        off, the next deletion tells them.

        Raises:
            StorageUnavailable: it does not answer; what was deleted stays so.
        """
        now, last = self._clock.now(), None
        while rooms := await self._storage.rooms_with_expired(
            now, self._max_retention_days, after=last, limit=ROOM_BATCH_SIZE
        ):
            for room_id in rooms:
                await self._in_batches(partial(self._expire_batch, room_id, now))
            last = rooms[-1]
        await self._in_batches(partial(self._storage.purge_idempotency_keys, self._clock.later(-KEY_TTL), BATCH_SIZE))

    async def purge_reports(self) -> None:
        """Delete reports that were resolved, or made, long ago: they hold messages that may have expired."""
        ends = self._clock.later(-REPORT_TTL), self._clock.later(-RESOLVED_REPORT_TTL)
        await self._in_batches(partial(self._storage.purge_reports, *ends, BATCH_SIZE))

    async def purge_former_accounts(self) -> None:
        """Delete hashes of emails of deleted accounts whose bans and mutes are over."""
        await self._in_batches(partial(self._storage.purge_former_accounts, self._clock.now(), BATCH_SIZE))

    async def purge_account_invites(self) -> None:
        """Delete invitations to make an account that ended long ago."""
        before = self._clock.later(-ACCOUNT_INVITE_TTL)
        await self._in_batches(partial(self._storage.purge_account_invites, before, BATCH_SIZE))

    async def purge_rooms(self) -> None:
        """Delete what is left of rooms that were deleted."""
        await self._in_batches(partial(self._storage.purge_rooms, BATCH_SIZE))

    async def compact(self) -> None:
        """Have the storage let go of copies of what was deleted."""
        await self._storage.compact()

    async def _expire_batch(self, room_id: RoomId, now: Timestamp) -> int:
        """Delete a piece of a room's messages, tell who is there, and return how many they were."""
        gone = await self._storage.expire_messages(room_id, now, self._max_retention_days, BATCH_SIZE)
        if gone and (room := await self._storage.room(room_id)):
            self._broadcast.messages_expired(room_id, room.first_seq)
        return gone

    async def _in_batches(self, delete: Callable[[], Awaitable[int]]) -> None:
        """Delete until nothing is left to; `delete` says, as a number or a truth, whether there was something."""
        while True:
            began = self._monotonic()
            if not await delete():
                return
            await self._sleep(IDLE_RATIO * (self._monotonic() - began))
