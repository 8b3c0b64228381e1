"""Times since which rooms are empty, of timers that are not idle: stored in batches, in order."""

import asyncio
import logging

import msgspec

from domain.base import RoomId, Timestamp
from domain.errors.base import AppError
from domain.study.timer import Timer
from storage.base import Storage

log = logging.getLogger(__name__)

RETRY_AFTER = 1.0
"""Seconds after which a batch is stored again if the storage did not answer."""


class EmptyRooms:
    """Writer of `Timer.empty_since`. One write runs at a time, so that the last mark of a room is stored last."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._marks: dict[RoomId, Timestamp | None] = {}
        self._writing: asyncio.Task[None] | None = None

    def mark(self, room_id: RoomId, timer: Timer, since: Timestamp | None) -> Timer:
        """Store the time since which the room is empty, None if it is not; return the timer with it."""
        self._marks[room_id] = since
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return msgspec.structs.replace(timer, empty_since=since)

    async def close(self) -> None:
        """Store what is left, once."""
        if self._writing is not None:
            self._writing.cancel()
        try:
            await self._write_batch()
        except AppError as failure:
            log.warning("storing the times since which rooms are empty failed: %s", failure)

    async def _write(self) -> None:
        while self._marks:
            try:
                await self._write_batch()
            except AppError as failure:
                log.warning("storing the times since which rooms are empty is delayed: %s", failure)
                await asyncio.sleep(RETRY_AFTER)

    async def _write_batch(self) -> None:
        batch, self._marks = self._marks, {}
        try:
            await self._storage.set_timers_empty(batch)
        except BaseException:
            self._marks = batch | self._marks  # newer marks win
            raise
