"""Timeout of events, measured from their arrival, without a timer for each.

One timer serves all: `asyncio.timeout` would create one for each and look up the running loop four times, which is a
system call each in Python 3.11.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar, cast

from runtime.earliest_timer import EarliestTimer

T = TypeVar("T")

EVENT_TIMEOUT = 4.5
"""Seconds in which an event is handled, including queueing: an ack is due within 5 s, and needs time to be sent."""
CHECK_INTERVAL = 0.05
"""Minimum of seconds between two checks: with thousands of events, each has its own deadline."""


class EventTimeouts:
    """Cancels events that exceed their timeout."""

    def __init__(self) -> None:
        self._deadlines: dict[asyncio.Task[Any], float] = {}
        self._timer = EarliestTimer(self._expire)
        self._next_check = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        """Return the number of events with a running timeout."""
        return len(self._deadlines)

    async def run(self, work: Awaitable[T], received_at: float) -> T:
        """Return the result of `work`. A task runs one at a time.

        Args:
            work: handling of the event.
            received_at: arrival of the event, by the loop's clock.

        Raises:
            TimeoutError: it took more than `EVENT_TIMEOUT`, by up to `CHECK_INTERVAL`.
        """
        loop = self._loop = self._loop or asyncio.get_running_loop()
        task = cast("asyncio.Task[Any]", asyncio.current_task(loop))
        self._deadlines[task] = until = received_at + EVENT_TIMEOUT
        self._schedule(until)
        try:
            return await work
        except asyncio.CancelledError:
            if task in self._deadlines or task.uncancel() > 0:  # not cancelled by this timeout, or not only by it
                raise
            raise TimeoutError from None
        finally:
            self._deadlines.pop(task, None)

    def _schedule(self, until: float) -> None:
        """Check at `until`, or at the next interval after it, unless an earlier check is scheduled.

        An event that was queued has less time left than running ones.
        """
        self._timer.schedule(max(until, self._next_check))

    def _expire(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next_check = now + CHECK_INTERVAL
        for task in [task for task, until in self._deadlines.items() if until <= now]:
            del self._deadlines[task]
            task.cancel()
        if self._deadlines:
            self._schedule(min(self._deadlines.values()))
