"""Quiet focus: messages of members are held during focus phases of the room's timer, and released at the break.

The storage decides in the transaction of a message whether it is held, and releases what is due before anything else is
added. This service releases at the boundary, without waiting for the next message.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from domain.accounts import User
from domain.base import RoomId, UserId
from domain.errors.base import AppError
from domain.errors.storage import StorageUnavailable
from domain.events import HeldUpdated
from domain.messages import HeldMessage
from domain.study.timer_phases import TimerMoment
from services.access import RoomAccess
from services.context import ServiceContext
from services.messages.writer import MessageWriter
from services.study.clock import StudyClock
from services.study.timers import Timers

log = logging.getLogger(__name__)

ROOM_BATCH_SIZE = 100
"""Rooms that are read at a time."""
RETRY_INTERVAL = 1.0
"""Seconds until a release is tried again after the storage did not answer."""


class HeldMessages:
    """The held messages of all rooms.

    Args:
        ctx: the dependencies that services share.
        access: authorisation in rooms.
        writer: releases messages, in the order of their room.
        study_clock: source of the time at which timers are read.
        timers: the timers of rooms, whose changes release messages.
        sleep: waits for the given number of seconds.
    """

    def __init__(
        self,
        ctx: ServiceContext,
        access: RoomAccess,
        writer: MessageWriter,
        study_clock: StudyClock,
        timers: Timers,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._publisher = ctx.publisher
        self._access = access
        self._writer = writer
        self._study_clock = study_clock
        self._sleep = sleep
        self._tasks: set[asyncio.Task[None]] = set()
        timers.subscribe(self._phase_changed)

    def start(self) -> None:
        """Begin to release what became due while no server was running."""
        self._run(self._retry(self.release_all))

    async def close(self) -> None:
        """Stop releasing. Messages that are due are released at the next start, or before the next message."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def release_all(self) -> None:
        """Release the held messages of all rooms that are due.

        Raises:
            AppError: the storage does not answer; some rooms may be released.
        """
        last = None
        while rooms := await self._storage.rooms_with_held(after=last, limit=ROOM_BATCH_SIZE):
            for room_id in rooms:
                await self._writer.release(room_id)
            last = rooms[-1]

    def release_due(self, room_id: RoomId) -> None:
        """Release the room's held messages in the background if they are due; try again until the storage answers."""

        async def release() -> None:
            await self._writer.release(room_id)

        self._run(self._retry(release))

    def _phase_changed(self, room_id: RoomId, before: TimerMoment, after: TimerMoment) -> None:
        async def release() -> None:
            room = await self._lookups.room(room_id)
            if room is not None and room.quiet_focus == "hold":
                await self._writer.release(room_id)

        if before.is_focus and not after.is_focus:
            self._run(self._retry(release))

    def announce(self, held: HeldMessage) -> None:
        """Push a message that is held to the connections of its sender."""
        if sender := held.message.sender:
            event = HeldUpdated(held.message.room_id, "held", held.message, held.release_at)
            self._publisher.push(sender.id, event)

    async def own(self, room_id: RoomId, user_id: UserId) -> list[HeldMessage]:
        """Return the user's held messages in the room, in the order in which they were sent."""
        room = await self._lookups.room(room_id)
        if room is None or room.quiet_focus == "off":
            return []
        return await self._storage.held_messages(room_id, user_id, self._study_clock.timestamp())

    async def cancel(self, room_id: RoomId, client_message_id: str, user: User) -> bool:
        """Delete an own held message; return True if there was one with this key. A repetition returns False.

        Raises:
            RoomNotFound, NotAMember: as for `RoomAccess.require_member`.
        """
        await self._access.require_member(room_id, user)
        message = await self._storage.cancel_held(room_id, user.id, client_message_id)
        if message is not None:
            self._publisher.push(user.id, HeldUpdated(room_id, "cancelled", message, None))
        else:  # a membership that has ended meanwhile took the message with it
            await self._access.require_member(room_id, user)
        return message is not None

    def _run(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _retry(self, release: Callable[[], Awaitable[None]]) -> None:
        """Release; again until the storage answers."""
        while True:
            try:
                await release()
            except StorageUnavailable:
                await self._sleep(RETRY_INTERVAL)
            except AppError as failure:
                log.warning("releasing held messages failed: %s; trying again at the next message", failure)
                return
            else:
                return
