"""Whether a number that was asked for again and again is flat.

The first third of the time is warm-up: caches fill, the allocator finds its size. Through the rest a line is laid by
least squares. How much it rises is held against what the number may swing by itself, so that a bound holds for a
quarter of an hour as for a night: the longer the time, the less may be added in an hour.
"""

from collections.abc import Sequence
from typing import NamedTuple

WARM_UP = 1 / 3
"""The part of the time, from its start, that does not count."""

Series = Sequence[tuple[float, float]]
"""When something was asked, in seconds, ascending, and what the answer was."""


class Trend(NamedTuple):
    """The line through what counts.

    Attributes:
        since: when that begins, in seconds.
        until: when it ends.
        start: where the line is then.
        slope: how much it rises in an hour.
        allowed: how much it may rise in an hour.
    """

    since: float
    until: float
    start: float
    slope: float
    allowed: float

    @property
    def end(self) -> float:
        """Where the line ends."""
        return self.start + self.slope * (self.until - self.since) / 3600

    @property
    def flat(self) -> bool:
        """Whether it rises no more than it may. A number that falls does not leak."""
        return self.slope <= self.allowed


def trend(series: Series, swing: float) -> Trend:
    """Return the trend of a series.

    Args:
        series: at least two answers after the warm-up.
        swing: by how much the number goes up and down without any leak, in its own unit.
    """
    first, until = series[0][0], series[-1][0]
    since = first + (until - first) * WARM_UP
    counted = [(at, value) for at, value in series if at >= since]
    middle = sum(at for at, _ in counted) / len(counted)
    mean = sum(value for _, value in counted) / len(counted)
    spread = sum((at - middle) ** 2 for at, _ in counted)
    slope = sum((at - middle) * (value - mean) for at, value in counted) / spread
    return Trend(since, until, mean + slope * (since - middle), slope * 3600, swing * 3600 / (until - since))
