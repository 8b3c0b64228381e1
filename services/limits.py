"""How often somebody may do something."""

import time
from collections.abc import Mapping

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
        self._windows = MovingWindowRateLimiter(MemoryStorage()) if enabled else None

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
