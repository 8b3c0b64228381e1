"""Trend of a sampled number: flat or growing.

The first third of the time is warm-up: caches fill, the allocator finds its size. A line is fitted through the rest by
least squares. Its slope is compared with the number's normal fluctuation, so that a bound holds for fifteen minutes as
well as for a night: the longer the time, the less growth per hour is allowed.
"""

from collections.abc import Sequence
from typing import NamedTuple

WARM_UP = 1 / 3
"""Share of the time, from its start, that is ignored."""

Series = Sequence[tuple[float, float]]
"""Times of samples in seconds, ascending, with their values."""


class Trend(NamedTuple):
    """Line through the samples after the warm-up.

    Attributes:
        since: start of these samples, in seconds.
        until: end of these samples.
        start: value of the line at the start.
        slope: growth per hour.
        allowed: maximum growth per hour.
    """

    since: float
    until: float
    start: float
    slope: float
    allowed: float

    @property
    def end(self) -> float:
        """Value of the line at its end."""
        return self.start + self.slope * (self.until - self.since) / 3600

    @property
    def flat(self) -> bool:
        """True if the slope is at most the allowed one. A number that falls does not leak."""
        return self.slope <= self.allowed


def trend(series: Series, swing: float) -> Trend:
    """Return the trend of a series.

    Args:
        series: at least two samples after the warm-up.
        swing: normal fluctuation of the number without any leak, in its own unit.
    """
    first, until = series[0][0], series[-1][0]
    since = first + (until - first) * WARM_UP
    counted = [(at, value) for at, value in series if at >= since]
    middle = sum(at for at, _ in counted) / len(counted)
    mean = sum(value for _, value in counted) / len(counted)
    spread = sum((at - middle) ** 2 for at, _ in counted)
    slope = sum((at - middle) * (value - mean) for at, value in counted) / spread
    return Trend(since, until, mean + slope * (since - middle), slope * 3600, swing * 3600 / (until - since))
