"""How much may wait: what is done in a given time, measured as it goes.

A bound by number alone is too small on a fast machine and too large on a slow one: what counts for whoever waits is
time. Those who are told at once to come back later are better off than those who wait for longer than they will.
"""

import time
from collections.abc import Callable

PERIOD = 0.25
"""Seconds between two measurements."""


class Backlog:
    """What waits in one place, and whether more should.

    Args:
        longest: seconds that something may expect to wait.
        few: how many may wait however slow it goes.
        most: how many may wait however fast it goes; also where nothing is known of the speed, as nobody came of late.
        monotonic: seconds on a clock that never steps.
    """

    __slots__ = ("_allowed", "_began", "_done", "_few", "_longest", "_monotonic", "_most", "waiting")

    def __init__(self, longest: float, few: int, most: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._longest = longest
        self._few = few
        self._monotonic = monotonic
        self._began = monotonic()
        self._done = 0
        self._most = most
        self._allowed = float(most)
        self.waiting = 0
        """How many wait now."""

    def add(self) -> None:
        """Note that one more waits."""
        self.waiting += 1

    def done(self, count: int = 1) -> None:
        """Note that some have been done, or have given up."""
        self.waiting -= count
        self._done += count

    @property
    def is_long(self) -> bool:
        """Whether one more would wait for longer than it should."""
        if self.waiting < self._few:
            return False
        now = self._monotonic()
        if (passed := now - self._began) >= PERIOD:
            is_known = passed < 2 * PERIOD  # else it was not looked at for long, and may have had nothing to do
            rate = self._done / passed
            self._allowed = min(max(self._few, rate * self._longest), self._most) if is_known else self._most
            self._began, self._done = now, 0
        return self.waiting >= self._allowed
