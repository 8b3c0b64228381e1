"""Load shedding: reject work if its expected queueing delay exceeds a limit, based on the measured throughput.

A fixed queue length is too short on a fast machine and too long on a slow one, because clients notice the delay and not
the length. Immediate rejection, with the advice to retry, is better than an answer after the client has given up.
"""

import time
from collections.abc import Callable

MEASURE_INTERVAL = 0.25
"""Seconds between two measurements of the throughput."""


class LoadShedder:
    """Admission control of one queue: counts waiting work and decides whether to accept more.

    The limit of the queue is the throughput times `max_wait`, between `min_queue` and `max_queue`.

    Args:
        max_wait: maximum expected queueing delay, in seconds.
        min_queue: queue length that is always accepted, at any throughput.
        max_queue: maximum queue length at any throughput; also the limit while the throughput is unknown, after a time
            without requests.
        monotonic: monotonic clock, in seconds.
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
        """Number of waiting items."""

    def enter(self) -> None:
        """Count one item that begins to wait."""
        self.waiting += 1

    def leave(self, count: int = 1) -> None:
        """Count `count` items that are done or dropped."""
        self.waiting -= count
        self._done += count

    @property
    def is_overloaded(self) -> bool:
        """True if one more item would exceed the limit of the queue and must be rejected."""
        if self.waiting < self._min_queue:
            return False
        now = self._monotonic()
        if (passed := now - self._began) >= MEASURE_INTERVAL:
            is_known = passed < 2 * MEASURE_INTERVAL  # longer: the queue may have been empty, and the rate too low
            rate = self._done / passed
            self._allowed = (
                min(max(self._min_queue, rate * self._max_wait), self._max_queue) if is_known else self._max_queue
            )
            self._began, self._done = now, 0
        return self.waiting >= self._allowed
