"""Retention: delete expired messages, the data of deleted rooms, old idempotency keys, reports and invitations."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from domain.base import RoomId, Timestamp
from domain.events import MessagesExpired
from services.context import ServiceContext

BATCH_SIZE = 200
"""Rows that one transaction deletes: some milliseconds, during which SQLite blocks other writers."""
IDLE_RATIO = 4.0
"""Pause after each transaction, as a multiple of its duration: most of the time is left to other writers."""
ROOM_BATCH_SIZE = 100
"""Rooms that are read at a time."""
DAY = 24 * 3600.0
KEY_TTL = 30 * DAY
"""Seconds for which idempotency keys outlive an expired message, so that retries are still recognised."""
ACCOUNT_INVITE_TTL = 30 * DAY
"""Seconds for which account invitations are stored after their end, with their users."""
PAST_SESSION_TTL = 90 * DAY
"""Seconds for which scheduled sessions are stored after their end."""
RESOLVED_REPORT_TTL, REPORT_TTL = 90 * DAY, 365 * DAY
"""Seconds for which a report is stored after it was resolved, and after it was made in any case."""


class Retention:
    """Deletes expired data in small batches that do not block other writers.

    It may be cancelled at any await, and continues at the next run.

    Args:
        max_retention_days: upper limit for the retention of messages in days, whatever the room's setting; None for no
            limit.
        sleep: waits for the given number of seconds.
        monotonic: seconds on a clock that never steps.
    """

    def __init__(
        self,
        ctx: ServiceContext,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._publisher = ctx.publisher
        self._clock = ctx.clock
        self._max_retention_days = ctx.config.rooms.max_retention_days
        self._sleep = sleep
        self._monotonic = monotonic

    async def expire_messages(self) -> None:
        """Delete the expired messages of every room, and old idempotency keys.

        After each batch, connections in the room are sent the first remaining number. If this fails, or the run is
        cancelled, the next deletion sends it.

        Raises:
            StorageUnavailable: the storage does not answer; batches that were deleted stay deleted.
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
        """Delete reports that were resolved, or made, long ago: they contain messages that may have expired."""
        ends = self._clock.later(-REPORT_TTL), self._clock.later(-RESOLVED_REPORT_TTL)
        await self._in_batches(partial(self._storage.purge_reports, *ends, BATCH_SIZE))

    async def purge_former_accounts(self) -> None:
        """Delete hashes of emails of deleted accounts after the end of their bans and mutes."""
        await self._in_batches(partial(self._storage.purge_former_accounts, self._clock.now(), BATCH_SIZE))

    async def purge_account_invites(self) -> None:
        """Delete account invitations that ended long ago."""
        before = self._clock.later(-ACCOUNT_INVITE_TTL)
        await self._in_batches(partial(self._storage.purge_account_invites, before, BATCH_SIZE))

    async def purge_schedules(self) -> None:
        """Delete scheduled sessions that ended long ago."""
        before = self._clock.later(-PAST_SESSION_TTL)
        await self._in_batches(partial(self._storage.purge_scheduled_sessions, before, BATCH_SIZE))

    async def purge_rooms(self) -> None:
        """Delete the remaining data of deleted rooms."""
        await self._in_batches(partial(self._storage.purge_rooms, BATCH_SIZE))

    async def compact(self) -> None:
        """Remove copies of deleted data from the storage."""
        await self._storage.compact()

    async def _expire_batch(self, room_id: RoomId, now: Timestamp) -> int:
        """Delete a batch of a room's messages, publish the change, and return the number of messages."""
        gone = await self._storage.expire_messages(room_id, now, self._max_retention_days, BATCH_SIZE)
        if gone and (room := await self._lookups.room(room_id)):
            self._publisher.publish(MessagesExpired(room_id, room.first_seq))
        return gone

    async def _in_batches(self, delete: Callable[[], Awaitable[int]]) -> None:
        """Delete until nothing is left. `delete` returns a number or a bool: false if there was nothing to delete."""
        while True:
            began = self._monotonic()
            if not await delete():
                return
            await self._sleep(IDLE_RATIO * (self._monotonic() - began))
