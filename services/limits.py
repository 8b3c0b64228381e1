"""How often somebody may do something."""

import math
import time
from collections.abc import Callable, Mapping

import limits
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from errors import RateLimited


class Limiter:
    """Counts what people do in a moving window.

    Args:
        rates: for each thing that is limited, how often: "10/minute", "30/10 seconds".
        enabled: off, nothing is counted and everything is allowed.
    """

    def __init__(self, rates: Mapping[str, str], *, enabled: bool = True) -> None:
        self._rates = {what: limits.parse(rate) for what, rate in rates.items()}
        self._kept = MemoryStorage()
        self._windows = MovingWindowRateLimiter(self._kept) if enabled else None

    def __len__(self) -> int:
        return len(self._kept.events)

    async def hit(self, what: str, *who: str) -> None:
        """Count one more `what` by `who`.

        Raises:
            RateLimited: that was one too many; it says when there is room again.
        """
        if self._windows is None:
            return
        rate = self._rates[what]
        if not await self._windows.hit(rate, what, *who):
            stats = await self._windows.get_window_stats(rate, what, *who)
            raise RateLimited(stats.reset_time - time.time())


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
