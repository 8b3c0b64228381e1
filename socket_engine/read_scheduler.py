"""How much of one turn of the loop goes into reading.

All connections over which something has come are read in one turn, before anybody else has theirs. Where a hundred send
as fast as they can that is 50 ms, and `/healthz` waits. So a turn reads for a bounded time; what came beyond it waits,
its connections are not read meanwhile, and it is the first that the next turn reads.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

READ_BUDGET = 0.01
"""Seconds of one turn in which is read; then the piece that was begun is finished."""
CHUNK_SIZE = 16_384
"""Bytes that are read before the time is looked at: uvloop hands over up to 256,000 at once, some thousand messages."""


class Readable(Protocol):
    """A connection over which something comes."""

    transport: asyncio.Transport

    def parse(self, data: bytes) -> None:
        """Take what came, in its order; also when the connection is gone."""


class ReadScheduler:
    """What has come over all connections and waits to be read.

    Args:
        now: seconds on a clock that never steps.
    """

    __slots__ = ("_loop", "_now", "_paused", "_resume_scheduled", "_spent")

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._paused: deque[tuple[Readable, bytes]] = deque()
        self._spent = 0.0
        self._resume_scheduled = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def feed(self, source: Readable, data: bytes) -> None:
        """Have what came over a connection read: now, or in its turn."""
        if not self._resume_scheduled:
            self._schedule_resume()
        rest = data if self._paused or self._spent >= READ_BUDGET else self._read_chunk(source, data)
        if rest:
            source.transport.pause_reading()
            self._paused.append((source, rest))

    def _read_chunk(self, source: Readable, data: bytes) -> bytes:
        """Read one piece and return what is left."""
        began = self._now()
        source.parse(data[:CHUNK_SIZE])
        self._spent += self._now() - began
        return data[CHUNK_SIZE:]

    def _schedule_resume(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()  # a system call in Python 3.11
        self._resume_scheduled = True
        self._loop.call_soon(self._resume)

    def _resume(self) -> None:
        self._resume_scheduled = False
        self._spent = 0.0
        while self._paused and self._spent < READ_BUDGET:
            source, data = self._paused.popleft()
            rest = self._read_chunk(source, data)
            if rest:
                self._paused.append((source, rest))  # behind the others
            else:
                source.transport.resume_reading()
        if self._paused:
            self._schedule_resume()
