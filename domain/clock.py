"""Time, passed in. Durations are measured on the monotonic clock, timestamps come from the wall clock."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, Protocol

from domain.base import Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(NamedTuple):
    """One moment on both clocks."""

    monotonic: float
    """Seconds on a clock that never steps; only differences are meaningful."""
    wall: Timestamp


class Clock(Protocol):
    """Source of time for services. Tests pass one that they control."""

    def instant(self) -> Instant:
        """Return this moment on both clocks."""

    def now(self) -> Timestamp:
        """Return this moment as a timestamp."""

    def later(self, seconds: float) -> Timestamp:
        """Return the moment `seconds` from now as a timestamp."""


def format_timestamp(seconds: float) -> Timestamp:
    """Format Unix time in seconds as RFC 3339 in UTC with milliseconds."""
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    return Timestamp(f"{_second(whole)}.{milliseconds:03d}Z")


def seconds_between(first: Timestamp, second: Timestamp) -> float:
    """Return the seconds from the first moment to the second; negative if the second is earlier."""
    return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds()


def to_milliseconds(timestamp: Timestamp) -> int:
    """Return a timestamp as Unix time in milliseconds, exactly."""
    since = datetime.fromisoformat(timestamp) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def from_milliseconds(milliseconds: int) -> Timestamp:
    """Return Unix time in milliseconds as a timestamp, exactly."""
    whole, rest = divmod(milliseconds, 1000)
    return Timestamp(f"{_second(whole)}.{rest:03d}Z")


@lru_cache(maxsize=8)  # a busy server formats the same second many thousand times
def _second(whole: int) -> str:
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}"


class SystemClock:
    """The machine's clocks."""

    def instant(self) -> Instant:
        """Return this moment on both clocks."""
        return Instant(time.monotonic(), self.now())

    def now(self) -> Timestamp:
        """Return this moment as a timestamp."""
        return format_timestamp(time.time())

    def later(self, seconds: float) -> Timestamp:
        """Return the moment `seconds` from now as a timestamp."""
        return format_timestamp(time.time() + seconds)
