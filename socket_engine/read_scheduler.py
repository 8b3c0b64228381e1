"""Backpressure on reading: bound the time that one iteration of the event loop spends on parsing received data.

The event loop reads all readable connections in one iteration before other callbacks run. With a hundred clients that
send at full speed this takes 50 ms, and `/healthz` waits. So each iteration parses for a bounded time. Data beyond that
waits for the next iteration, which parses it first, and reading from its connections is paused meanwhile.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

READ_BUDGET = 0.01
"""Seconds of parsing in one iteration; the chunk in progress is finished after that."""
CHUNK_SIZE = 16_384
"""Bytes that are parsed between two checks of the time: uvloop delivers up to 256,000 at once, thousands of events."""


class Readable(Protocol):
    """Connection that receives data."""

    transport: asyncio.Transport

    def parse(self, data: bytes) -> None:
        """Parse received data, in order; also called after the connection is lost."""


class ReadScheduler:
    """Scheduler of received data of all connections, with backpressure on connections with waiting data.

    Args:
        now: monotonic clock, in seconds.
    """

    __slots__ = ("_loop", "_now", "_paused", "_resume_scheduled", "_spent")

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._paused: deque[tuple[Readable, bytes]] = deque()
        self._spent = 0.0
        self._resume_scheduled = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def feed(self, source: Readable, data: bytes) -> None:
        """Parse the data of a connection now, or pause the connection and parse it in the next iterations."""
        if not self._resume_scheduled:
            self._schedule_resume()
        rest = data if self._paused or self._spent >= READ_BUDGET else self._read_chunk(source, data)
        if rest:
            source.transport.pause_reading()
            self._paused.append((source, rest))

    def _read_chunk(self, source: Readable, data: bytes) -> bytes:
        """Parse one chunk and return the rest of the data."""
        began = self._now()
        source.parse(data[:CHUNK_SIZE])
        self._spent += self._now() - began
        return data[CHUNK_SIZE:]

    def _schedule_resume(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()  # the lookup is a system call in Python 3.11
        self._resume_scheduled = True
        self._loop.call_soon(self._resume)

    def _resume(self) -> None:
        self._resume_scheduled = False
        self._spent = 0.0
        while self._paused and self._spent < READ_BUDGET:
            source, data = self._paused.popleft()
            rest = self._read_chunk(source, data)
            if rest:
                self._paused.append((source, rest))  # round-robin: behind the other connections
            else:
                source.transport.resume_reading()
        if self._paused:
            self._schedule_resume()
