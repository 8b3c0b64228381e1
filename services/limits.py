"""How often somebody may do something."""

import math
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Mapping

import limits

from errors import RateLimited


class Limiter:
    """Counts what people do in a moving window.

    The package `limits` has such windows, too. At each hit its memory goes through all that it keeps, with a hop to a
    thread for each window, and a wall clock that is set back makes everybody wait for it.

    Args:
        rates: for each thing that is limited, how often: "10/minute", "30/10 seconds".
        monotonic: seconds on a clock that never steps.
        enabled: off, nothing is counted and everything is allowed.
    """

    def __init__(
        self, rates: Mapping[str, str], monotonic: Callable[[], float] = time.monotonic, *, enabled: bool = True
    ) -> None:
        self._rates = {what: limits.parse(rate) for what, rate in rates.items()}
        self._monotonic = monotonic
        self._enabled = enabled
        # the hits that count, first ones first; of the windows, the one first that was not hit for longest
        self._windows: dict[str, OrderedDict[tuple[str, ...], list[float]]] = {what: OrderedDict() for what in rates}

    def __len__(self) -> int:
        return sum(map(len, self._windows.values()))

    async def hit(self, what: str, *who: str) -> None:
        """Count one more `what` by `who`.

        Raises:
            RateLimited: that was one too many; it says when there is room again.
        """
        if not self._enabled:
            return
        rate, windows, now = self._rates[what], self._windows[what], self._monotonic()
        over = now - rate.get_expiry()
        while windows and next(iter(windows.values()))[-1] <= over:
            windows.popitem(last=False)
        hits = windows.setdefault(who, [])  # a deque would begin with 600 bytes
        del hits[: bisect_right(hits, over)]
        if len(hits) >= rate.amount:
            raise RateLimited(hits[0] - over)
        hits.append(now)
        windows.move_to_end(who)


_TINY = 1e-6  # seconds by which a sum of fractions may be off


class Buckets:
    """Token buckets, one for each user: cheap enough to be asked at every event.

    Args:
        rate: "100/2 seconds" is 100 at once, and 50 a second once those are used up.
        monotonic: seconds on a clock that never steps.
        enabled: off, nothing is counted and everything is allowed.
    """

    def __init__(self, rate: str, monotonic: Callable[[], float], *, enabled: bool = True) -> None:
        parsed = limits.parse(rate)
        self._period = float(parsed.get_expiry())
        self._cost = self._period / parsed.amount
        self._monotonic = monotonic
        self._enabled = enabled
        self._full_at: dict[str, float] = {}  # when a bucket that something was taken from will be full again
        self._look_at = 1024

    def take(self, who: str) -> None:
        """Take one token from the user's bucket.

        Raises:
            RateLimited: there is none; it says when there will be.
        """
        if not self._enabled:
            return
        now = self._monotonic()
        full_at = max(now, self._full_at.get(who, now)) + self._cost
        if (missing := full_at - now - self._period) > _TINY:
            raise RateLimited(math.ceil(missing * 10) / 10)
        self._full_at[who] = full_at
        if len(self._full_at) >= self._look_at:  # buckets that are full again need not be remembered
            self._full_at = {user: when for user, when in self._full_at.items() if when > now}
            self._look_at = max(1024, 2 * len(self._full_at))
