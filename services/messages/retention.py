"""What is kept no longer: messages that have expired, what is left of deleted rooms, keys of what expired long ago."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from domain.base import RoomId, Timestamp
from domain.clock import Clock
from publisher.broadcast import Broadcast
from storage.base import Storage

BATCH = 200
"""Rows that one transaction deletes: some milliseconds, in which nobody else writes to SQLite."""
REST = 4.0
"""For how many times as long as a transaction took nothing is deleted after it: most of the time is the writers'."""
ROOMS = 100
"""Rooms that are looked up at a time."""
DAY = 24 * 3600.0
KEYS_KEPT = 30 * DAY
"""Seconds for which a retry of a message that has expired is still known as one."""
ACCOUNT_INVITES_KEPT = 30 * DAY
"""Seconds for which invitations to make an account are stored after their end, with the users who used them."""
RESOLVED_KEPT, REPORTS_KEPT = 90 * DAY, 365 * DAY
"""Seconds for which a report is kept after it was resolved, and after it was made whatever became of it."""


class Retention:
    """Deletes what is to be kept no longer, in pieces that hold up nobody. Cut off at any await, it goes on next time.

    Args:
        most_days: for how many days messages are kept at most, whatever their room says; None for ever.
        sleep: waits for so many seconds.
        monotonic: seconds on a clock that never steps.
    """

    def __init__(
        self,
        storage: Storage,
        broadcast: Broadcast,
        clock: Clock,
        most_days: int | None,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._broadcast = broadcast
        self._clock = clock
        self._most_days = most_days
        self._sleep = sleep
        self._monotonic = monotonic

    async def expire(self) -> None:
        """Delete the messages that have expired, of every room, and forget the keys of those that did long ago.

        Who is in a room is told after each piece where the rest begins. Where that cannot be read, or the run is cut
        off, the next deletion tells them.

        Raises:
            StorageUnavailable: it does not answer; what was deleted stays so.
        """
        now, last = self._clock.now(), None
        while rooms := await self._storage.rooms_with_expired(now, self._most_days, after=last, limit=ROOMS):
            for room_id in rooms:
                await self._in_pieces(partial(self._expire_some, room_id, now))
            last = rooms[-1]
        await self._in_pieces(partial(self._storage.forget_keys, self._clock.later(-KEYS_KEPT), BATCH))

    async def forget_reports(self) -> None:
        """Delete reports that were resolved, or made, long ago: they hold messages that may have expired."""
        ends = self._clock.later(-REPORTS_KEPT), self._clock.later(-RESOLVED_KEPT)
        await self._in_pieces(partial(self._storage.forget_reports, *ends, BATCH))

    async def forget_former_accounts(self) -> None:
        """Delete hashes of emails of deleted accounts whose bans and mutes are over."""
        await self._in_pieces(partial(self._storage.forget_former_accounts, self._clock.now(), BATCH))

    async def forget_account_invites(self) -> None:
        """Delete invitations to make an account that ended long ago."""
        before = self._clock.later(-ACCOUNT_INVITES_KEPT)
        await self._in_pieces(partial(self._storage.forget_account_invites, before, BATCH))

    async def purge(self) -> None:
        """Delete what is left of rooms that were deleted."""
        await self._in_pieces(partial(self._storage.purge_rooms, BATCH))

    async def tidy(self) -> None:
        """Have the storage let go of copies of what was deleted."""
        await self._storage.tidy()

    async def _expire_some(self, room_id: RoomId, now: Timestamp) -> int:
        """Delete a piece of a room's messages, tell who is there, and return how many they were."""
        gone = await self._storage.expire_messages(room_id, now, self._most_days, BATCH)
        if gone and (room := await self._storage.room(room_id)):
            self._broadcast.messages_expired(room_id, room.first_seq)
        return gone

    async def _in_pieces(self, delete: Callable[[], Awaitable[int]]) -> None:
        """Delete until nothing is left to; `delete` says, as a number or a truth, whether there was something."""
        while True:
            began = self._monotonic()
            if not await delete():
                return
            await self._sleep(REST * (self._monotonic() - began))
