"""The time that an event has, from when it came in, without a timer for each.

One timer does for all: `asyncio.timeout` would make one for each and look up the running loop four times, a system call
each in Python 3.11.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar, cast

T = TypeVar("T")

EVENT_TIMEOUT = 4.5
"""In which an event is handled, what it waited before included: an ack is due within 5, and has some way to go."""
CHECK_INTERVAL = 0.05
"""Seconds between two looks at who is late: where thousands are, each has a moment of their own."""


class EventTimeouts:
    """Ends what takes too long."""

    def __init__(self) -> None:
        self._deadlines: dict[asyncio.Task[Any], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next_check = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, work: Awaitable[T], received_at: float) -> T:
        """Return what `work` returns. A task has one thing to do at a time.

        Args:
            received_at: when its time began, by the loop's clock.

        Raises:
            TimeoutError: it took more than `EVENT_TIMEOUT`, up to `CHECK_INTERVAL` more.
        """
        loop = self._loop = self._loop or asyncio.get_running_loop()
        task = cast("asyncio.Task[Any]", asyncio.current_task(loop))
        self._deadlines[task] = until = received_at + EVENT_TIMEOUT
        self._schedule(until, loop)
        try:
            return await work
        except asyncio.CancelledError:
            if task in self._deadlines or task.uncancel() > 0:  # it is not our doing, or not only ours
                raise
            raise TimeoutError from None
        finally:
            self._deadlines.pop(task, None)

    def _schedule(self, until: float, loop: asyncio.AbstractEventLoop) -> None:
        """Look at `until`, or at the next step after it, unless there is a look before that."""
        when = max(until, self._next_check)
        if self._timer is not None:
            if self._timer.when() <= when:
                return
            self._timer.cancel()  # what has waited for its turn has less time than those that are being handled
        self._timer = loop.call_at(when, self._expire, loop)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        self._next_check = now + CHECK_INTERVAL
        for task in [task for task, until in self._deadlines.items() if until <= now]:
            del self._deadlines[task]
            task.cancel()
        if self._deadlines:
            self._schedule(min(self._deadlines.values()), loop)
