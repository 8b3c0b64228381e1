"""How much may wait: what is done in a given time, measured as it goes.

A bound by number alone is too small on a fast machine and too large on a slow one: what counts for whoever waits is
time. Those who are told at once to come back later are better off than those who wait for longer than they will.
"""

import time
from collections.abc import Callable

MEASURE_INTERVAL = 0.25
"""Seconds between two measurements."""


class LoadShedder:
    """What waits in one place, and whether more should.

    Args:
        max_wait: seconds that something may expect to wait.
        min_queue: how many may wait however slow it goes.
        max_queue: how many may wait however fast it goes; also where nothing is known of the speed, as nobody came of
            late.
        monotonic: seconds on a clock that never steps.
    """

    __slots__ = ("_allowed", "_began", "_done", "_max_queue", "_max_wait", "_min_queue", "_monotonic", "waiting")

    def __init__(
        self, max_wait: float, min_queue: int, max_queue: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_wait = max_wait
        self._min_queue = min_queue
        self._monotonic = monotonic
        self._began = monotonic()
        self._done = 0
        self._max_queue = max_queue
        self._allowed = float(max_queue)
        self.waiting = 0
        """How many wait now."""

    def enter(self) -> None:
        """Note that one more waits."""
        self.waiting += 1

    def leave(self, count: int = 1) -> None:
        """Note that some have been done, or have given up."""
        self.waiting -= count
        self._done += count

    @property
    def is_overloaded(self) -> bool:
        """Whether one more would wait for longer than it should."""
        if self.waiting < self._min_queue:
            return False
        now = self._monotonic()
        if (passed := now - self._began) >= MEASURE_INTERVAL:
            is_known = (
                passed < 2 * MEASURE_INTERVAL
            )  # else it was not looked at for long, and may have had nothing to do
            rate = self._done / passed
            self._allowed = (
                min(max(self._min_queue, rate * self._max_wait), self._max_queue) if is_known else self._max_queue
            )
            self._began, self._done = now, 0
        return self.waiting >= self._allowed
