"""Rate limits: how often users and addresses may do something."""

import time
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import limits

from domain.errors.base import RateLimited
from runtime.addresses import LIMIT_FACTORS, networks

MAX_WINDOWS = 20_000
"""Default number of windows in all; with their keys some 10 MB."""
HITS_PER_WINDOW = 25
"""Hits that may be held for each of them, on average; a hit takes 8 bytes."""
EVICTION_PERCENT = 1
"""Percent of the windows of a kind that are evicted at once: to find the kind costs more than an eviction."""
_EPSILON = 1e-6  # seconds by which a sum of fractions may be off


class RateLimiter:
    """Counts actions in moving windows, of which it holds a bounded number.

    IPv6 addresses count for their /64, and with larger allowances for their /56 and /48 (`networks.SHARES`): a client
    that has a /48 does not get a new allowance with each of its 65,536 networks.

    Of more than `max_windows` windows, those are evicted that were not hit for longest, of the kind that has most: a
    flood of one kind evicts its own. So an evicted window forgives its hits only to a client that causes 20,000 others
    within the period; `sign_ins_per_address` and the wider networks stop it long before.

    The package `limits` has such windows, too. At each hit its memory goes through all that it keeps, with a hop to a
    thread for each window, and a wall clock that is set back makes everybody wait for it.

    Args:
        rates: for each thing that is limited, how often: "10/minute", "30/10 seconds".
        monotonic: seconds on a clock that never steps.
        enabled: off, nothing is counted and everything is allowed.
        people_per_address: what one person may do, one address may do this many times over.
        max_windows: how many windows are held.
    """

    def __init__(
        self,
        rates: Mapping[str, str],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        enabled: bool = True,
        people_per_address: int = 50,
        max_windows: int = MAX_WINDOWS,
    ) -> None:
        self._monotonic = monotonic
        self._enabled = enabled
        self._max_windows, self._max_hits = max_windows, max_windows * HITS_PER_WINDOW
        self._totals = held = _Totals()
        self._windows = {what: _Windows(rate, 1, held) for what, rate in rates.items()}
        self._scaled_address_windows = {
            what: [_Windows(rate, people_per_address * share, held) for share in LIMIT_FACTORS]
            for what, rate in rates.items()
        }
        self._address_windows = {
            what: [_Windows(rate, share, held) for share in LIMIT_FACTORS] for what, rate in rates.items()
        }

    def __len__(self) -> int:
        """Return how many windows are held."""
        return self._totals.windows

    @property
    def hits(self) -> int:
        """Hits that are held."""
        return self._totals.hits

    async def hit(self, limit: str, *key: str, address: str = "") -> None:
        """Count one more `limit` by `key`, and by everybody at `address`, where one is given.

        Raises:
            RateLimited: that was one too many; it says when there is room again. Nothing was counted.
        """
        if not self._enabled:
            return
        if not address:
            self._count((self._windows[limit], key))
        elif len(found := networks(address)) == 1:  # IPv4, without what the loop below costs
            self._count((self._windows[limit], key), (self._scaled_address_windows[limit][0], found))
        else:
            self._count((self._windows[limit], key), *_address_hits(self._scaled_address_windows[limit], address))

    async def hit_address(self, limit: str, address: str) -> None:
        """Count one more `limit` by a client that is not signed in: only the address has a limit.

        Raises:
            RateLimited: the address is over `people_per_address` times the rate.
        """
        if self._enabled:
            self._count(*_address_hits(self._scaled_address_windows[limit], address))

    async def hit_each(self, *hits: tuple[str, ...], address: str = "", by_address: str = "") -> None:
        """Count several hits, each `(what, *who)`, and one `by_address`, whose rate is for an address; or none of them.

        Raises:
            RateLimited: one of them was one too many; it says when there is room for all.
        """
        if self._enabled:
            each = [(self._windows[what], tuple(who)) for what, *who in hits]
            self._count(*each, *(_address_hits(self._address_windows[by_address], address) if by_address else ()))

    def _count(self, *hits: "_Hit") -> None:
        now = self._monotonic()
        wait = 0.0
        for windows, who in hits:
            if (longer := windows.retry_after(who, now)) > wait:
                wait = longer
        if wait:
            raise RateLimited(wait)
        for windows, who in hits:
            windows.add(who, now)
        held = self._totals
        if held.windows > self._max_windows or held.hits > self._max_hits:
            self._evict(now)

    def _evict(self, now: float) -> None:
        """Evict what is over, then what was not hit for longest, until there is room."""
        kinds = [*self._windows.values(), *_flatten(self._scaled_address_windows), *_flatten(self._address_windows)]
        for windows in kinds:
            windows.evict_expired(now)
        while self._totals.windows > self._max_windows:
            most = max(kinds, key=len)
            most.evict(1 + len(most) * EVICTION_PERCENT // 100)
        while self._totals.hits > self._max_hits:
            most = max(kinds, key=lambda windows: windows.hits)
            most.evict(1 + len(most) * EVICTION_PERCENT // 100)


def _address_hits(windows: "Sequence[_Windows]", address: str) -> "Iterator[_Hit]":
    """Return the hits of an address: one in each network that it is in."""
    return ((one, (network,)) for one, network in zip(windows, networks(address), strict=False))


def _flatten(windows: "Mapping[str, list[_Windows]]") -> "list[_Windows]":
    return [one for each in windows.values() for one in each]


class _Totals:
    """Totals of all windows of a limiter."""

    __slots__ = ("hits", "windows")

    def __init__(self) -> None:
        self.windows = self.hits = 0


class _Windows:
    """Everybody's window for one thing."""

    def __init__(self, rate: str, times: int, held: _Totals) -> None:
        parsed = limits.parse(rate)
        self._amount, self._period = parsed.amount * times, float(parsed.get_expiry())
        # the hits that count, first ones first; of the windows, the one first that was not hit for longest
        self._hits: OrderedDict[tuple[str, ...], array[float]] = OrderedDict()
        self._totals = held

    def __len__(self) -> int:
        return len(self._hits)

    @property
    def hits(self) -> int:
        """Hits in all of these windows; counted when asked for."""
        return sum(map(len, self._hits.values()))

    def retry_after(self, who: tuple[str, ...], now: float) -> float:
        """Return the seconds until there is room for one more."""
        over = now - self._period + _EPSILON
        if self._hits and next(iter(self._hits.values()))[-1] <= over:
            self.evict_expired(now)
        hits = self._hits.get(who)
        if hits is None or len(hits) < self._amount:  # those that are over count for nothing until they matter
            return 0.0
        if gone := bisect_right(hits, over):
            del hits[:gone]
            self._totals.hits -= gone
        return hits[0] - over if len(hits) >= self._amount else 0.0

    def add(self, who: tuple[str, ...], now: float) -> None:
        """Count one more."""
        hits = self._hits.get(who)
        if hits is None:
            self._hits[who] = array("d", (now,))  # a deque would begin with 600 bytes
            self._totals.windows += 1
        else:
            hits.append(now)
            self._hits.move_to_end(who)
        self._totals.hits += 1

    def evict_expired(self, now: float) -> None:
        """Forget the windows that were not hit within the period."""
        over = now - self._period + _EPSILON
        while self._hits and next(iter(self._hits.values()))[-1] <= over:
            self.evict(1)

    def evict(self, count: int) -> None:
        """Forget so many windows, beginning with the one that was not hit for longest."""
        for _ in range(min(count, len(self._hits))):
            _, hits = self._hits.popitem(last=False)
            self._totals.windows -= 1
            self._totals.hits -= len(hits)


_Hit: TypeAlias = "tuple[_Windows, tuple[str, ...]]"


class TokenBuckets:
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
        self._cleanup_size = 1024

    def take(self, who: str) -> None:
        """Take one token from the user's bucket.

        Raises:
            RateLimited: there is none; it says when there will be.
        """
        if not self._enabled:
            return
        now = self._monotonic()
        full_at = max(now, self._full_at.get(who, now)) + self._cost
        if (missing := full_at - now - self._period) > _EPSILON:
            raise RateLimited(missing - _EPSILON)
        self._full_at[who] = full_at
        if len(self._full_at) >= self._cleanup_size:  # buckets that are full again need not be remembered
            self._full_at = {user: when for user, when in self._full_at.items() if when > now}
            self._cleanup_size = max(1024, 2 * len(self._full_at))
