"""One timer for many deadlines."""

import asyncio
from collections.abc import Callable


class EarliestTimer:
    """Timer that calls a function at the earliest scheduled time, so that a container of deadlines needs only one.

    The call forgets all scheduled times: its receiver handles what is due, and schedules the next deadline. A deadline
    that was dropped meanwhile costs one early call.

    Args:
        call: function called without arguments.
        now: clock of the scheduled times, in seconds; None is the clock of the event loop.
    """

    __slots__ = ("_call", "_due", "_handle", "_loop", "_now")

    def __init__(self, call: Callable[[], object], now: Callable[[], float] | None = None) -> None:
        self._call = call
        self._now = now
        self._due = 0.0
        self._handle: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_scheduled(self) -> bool:
        """True if a call is scheduled."""
        return self._handle is not None

    def schedule(self, due: float) -> None:
        """Schedule the call at `due`, unless an earlier one is scheduled; at the next iteration if `due` is over."""
        if self._handle is not None:
            if self._due <= due:
                return
            self._handle.cancel()
        self._due = due
        loop = self._loop = self._loop or asyncio.get_running_loop()  # the lookup is a system call
        if self._now is None:
            self._handle = loop.call_at(due, self._run)
        else:
            self._handle = loop.call_later(max(0.0, due - self._now()), self._run)

    def cancel(self) -> None:
        """Cancel the scheduled call, if there is one."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _run(self) -> None:
        self._handle = None
        self._call()
