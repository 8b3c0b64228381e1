"""The time that an event has, without a timer for each.

All events have the same time, so their deadlines come in the order in which they began, and one timer does for all.
`asyncio.timeout` would make one for each and look up the running loop four times, a system call each in Python 3.11.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar, cast

T = TypeVar("T")

SECONDS = 4.8
"""In which an event is handled: an ack is due within 5."""


class Deadline:
    """Ends what takes too long."""

    def __init__(self) -> None:
        self._until: dict[asyncio.Task[Any], float] = {}  # in the order of the values
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def within(self, work: Awaitable[T]) -> T:
        """Return what `work` returns. A task has one thing to do at a time.

        Raises:
            TimeoutError: it took more than `SECONDS`.
        """
        loop = self._loop = self._loop or asyncio.get_running_loop()
        task = cast("asyncio.Task[Any]", asyncio.current_task(loop))
        self._until[task] = until = loop.time() + SECONDS
        if self._timer is None:
            self._timer = loop.call_at(until, self._expire, loop)
        try:
            return await work
        except asyncio.CancelledError:
            if task in self._until or task.uncancel() > 0:  # it is not our doing, or not only ours
                raise
            raise TimeoutError from None
        finally:
            self._until.pop(task, None)

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        while self._until:
            task, until = next(iter(self._until.items()))
            if until > loop.time():
                self._timer = loop.call_at(until, self._expire, loop)
                return
            del self._until[task]
            task.cancel()
