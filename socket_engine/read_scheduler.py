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

LONGEST = 0.01
"""Seconds of one turn in which is read; then the piece that was begun is finished."""
PIECE = 16_384
"""Bytes that are read before the time is looked at: uvloop hands over up to 256,000 at once, some thousand messages."""


class Source(Protocol):
    """A connection over which something comes."""

    transport: asyncio.Transport

    def parse(self, data: bytes) -> None:
        """Take what came, in its order; also when the connection is gone."""


class Intake:
    """What has come over all connections and waits to be read.

    Args:
        now: seconds on a clock that never steps.
    """

    __slots__ = ("_loop", "_now", "_spent", "_turn_ends", "_waiting")

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._waiting: deque[tuple[Source, bytes]] = deque()
        self._spent = 0.0
        self._turn_ends = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def take(self, source: Source, data: bytes) -> None:
        """Have what came over a connection read: now, or in its turn."""
        if not self._turn_ends:
            self._end_turn_soon()
        rest = data if self._waiting or self._spent >= LONGEST else self._read_piece(source, data)
        if rest:
            source.transport.pause_reading()
            self._waiting.append((source, rest))

    def _read_piece(self, source: Source, data: bytes) -> bytes:
        """Read one piece and return what is left."""
        began = self._now()
        source.parse(data[:PIECE])
        self._spent += self._now() - began
        return data[PIECE:]

    def _end_turn_soon(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()  # a system call in Python 3.11
        self._turn_ends = True
        self._loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._turn_ends = False
        self._spent = 0.0
        while self._waiting and self._spent < LONGEST:
            source, data = self._waiting.popleft()
            rest = self._read_piece(source, data)
            if rest:
                self._waiting.append((source, rest))  # behind the others
            else:
                source.transport.resume_reading()
        if self._waiting:
            self._end_turn_soon()
