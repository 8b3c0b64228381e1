"""How often somebody may do something."""

import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Mapping

import limits

from connection import source
from errors import RateLimited

_TINY = 1e-6  # seconds by which a sum of fractions may be off
_FAMILIAR = 10_000


class Limiter:
    """Counts what people do in moving windows.

    The package `limits` has such windows, too. At each hit its memory goes through all that it keeps, with a hop to a
    thread for each window, and a wall clock that is set back makes everybody wait for it.

    Args:
        rates: for each thing that is limited, how often: "10/minute", "30/10 seconds".
        monotonic: seconds on a clock that never steps.
        enabled: off, nothing is counted and everything is allowed.
        people_per_address: what one person may do, one address may do this many times over.
    """

    def __init__(
        self,
        rates: Mapping[str, str],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        enabled: bool = True,
        people_per_address: int = 50,
    ) -> None:
        self._monotonic = monotonic
        self._enabled = enabled
        self._windows = {what: _Windows(rate, 1) for what, rate in rates.items()}
        self._of_addresses = {what: _Windows(rate, people_per_address) for what, rate in rates.items()}

    def __len__(self) -> int:
        return sum(map(len, (*self._windows.values(), *self._of_addresses.values())))

    async def hit(self, what: str, *who: str, address: str = "") -> None:
        """Count one more `what` by `who`, and by everybody at `address`, where one is given.

        Raises:
            RateLimited: that was one too many; it says when there is room again. Nothing was counted.
        """
        if not self._enabled:
            return
        if address:
            self._count((self._windows[what], who), (self._of_addresses[what], (source(address),)))
        else:
            self._count((self._windows[what], who))

    async def hit_address(self, what: str, address: str) -> None:
        """Count one more `what` by a client that is not signed in: only the address has a limit.

        Raises:
            RateLimited: the address is over `people_per_address` times the rate.
        """
        if self._enabled:
            self._count((self._of_addresses[what], (source(address),)))

    async def hit_each(self, *hits: tuple[str, ...]) -> None:
        """Count several hits, each `(what, *who)`, or none of them.

        Raises:
            RateLimited: one of them was one too many; it says when there is room for all.
        """
        if self._enabled:
            self._count(*((self._windows[what], tuple(who)) for what, *who in hits))

    def _count(self, *hits: "tuple[_Windows, tuple[str, ...]]") -> None:
        now = self._monotonic()
        wait = 0.0
        for windows, who in hits:
            if (longer := windows.wait(who, now)) > wait:
                wait = longer
        if wait:
            raise RateLimited(wait)
        for windows, who in hits:
            windows.add(who, now)


class _Windows:
    """Everybody's window for one thing."""

    def __init__(self, rate: str, times: int) -> None:
        parsed = limits.parse(rate)
        self._amount, self._period = parsed.amount * times, float(parsed.get_expiry())
        # the hits that count, first ones first; of the windows, the one first that was not hit for longest
        self._hits: OrderedDict[tuple[str, ...], list[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._hits)

    def wait(self, who: tuple[str, ...], now: float) -> float:
        """Return the seconds until there is room for one more."""
        over = now - self._period + _TINY
        while self._hits and next(iter(self._hits.values()))[-1] <= over:
            self._hits.popitem(last=False)
        hits = self._hits.get(who)
        if hits is None or len(hits) < self._amount:  # those that are over count for nothing until they matter
            return 0.0
        del hits[: bisect_right(hits, over)]
        return hits[0] - over if len(hits) >= self._amount else 0.0

    def add(self, who: tuple[str, ...], now: float) -> None:
        self._hits.setdefault(who, []).append(now)  # a deque would begin with 600 bytes
        self._hits.move_to_end(who)


class Familiar:
    """Where people have signed in from since the start, the last `_FAMILIAR` of them."""

    def __init__(self) -> None:
        self._pairs: OrderedDict[tuple[str, str], None] = OrderedDict()

    def add(self, email: str, address: str) -> None:
        """Note that the one with this email is at home at the address."""
        self._pairs[email, source(address)] = None
        self._pairs.move_to_end((email, source(address)))
        if len(self._pairs) > _FAMILIAR:
            self._pairs.popitem(last=False)

    def knows(self, email: str, address: str) -> bool:
        """Say whether they have signed in from there."""
        return (email, source(address)) in self._pairs


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
            raise RateLimited(missing - _TINY)
        self._full_at[who] = full_at
        if len(self._full_at) >= self._look_at:  # buckets that are full again need not be remembered
            self._full_at = {user: when for user, when in self._full_at.items() if when > now}
            self._look_at = max(1024, 2 * len(self._full_at))
