"""Rate limits for actions of users and addresses: moving windows, and token buckets for frequent requests."""

import time
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

import limits

from domain.errors.base import RateLimited
from runtime.addresses import LIMIT_FACTORS, networks

MAX_WINDOWS = 20_000
"""Default maximum number of windows; with their keys about 10 MB."""
HITS_PER_WINDOW = 25
"""Maximum number of hits in memory for each window, on average; a hit takes 8 bytes."""
EVICTION_PERCENT = 1
"""Percent of the windows of a kind that are evicted at once, because finding the kind costs more than an eviction."""
_EPSILON = 1e-6  # rounding error of a sum of fractions, in seconds


class RateLimiter:
    """Moving-window rate limiter with bounded memory.

    IPv6 addresses count for their /64, and with larger limits for their /56 and /48 (`LIMIT_FACTORS`). So a client with
    a /48 does not get a new allowance in each of its 65,536 networks.

    Above `max_windows` windows, the least recently hit ones are evicted, of the kind that has most, so that a flood of
    one kind evicts its own windows. To have its hits forgotten by an eviction, a client must cause 20,000 other windows
    within the period; `sign_ins_per_address` and the limits of wider networks stop it long before.

    The package `limits` has moving windows, too. But its memory backend scans all entries at each hit and switches to a
    thread for each window. It uses the wall clock: if that is set back, all clients are limited until it catches up.

    Args:
        rates: rate of each limit by its name, such as "10/minute" or "30/10 seconds".
        monotonic: monotonic clock, in seconds.
        enabled: if False, nothing is counted and everything is allowed.
        people_per_address: factor on the rate of one user to get that of one address.
        max_windows: maximum number of windows.
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
        """Return the number of windows in memory."""
        return self._totals.windows

    @property
    def hits(self) -> int:
        """Number of hits in memory."""
        return self._totals.hits

    async def hit(self, limit: str, *key: str, address: str = "") -> None:
        """Count a hit of `limit` by `key` and, if it is given, by `address`.

        Raises:
            RateLimited: a limit is exceeded; the error has the seconds to wait. Nothing is counted.
        """
        if not self._enabled:
            return
        if not address:
            self._count((self._windows[limit], key))
        elif len(found := networks(address)) == 1:  # IPv4: avoids the cost of the loop below
            self._count((self._windows[limit], key), (self._scaled_address_windows[limit][0], found))
        else:
            self._count((self._windows[limit], key), *_address_hits(self._scaled_address_windows[limit], address))

    async def hit_address(self, limit: str, address: str) -> None:
        """Count a hit of `limit` by a client that is not signed in: only the address is limited.

        Raises:
            RateLimited: the address exceeds `people_per_address` times the rate. Nothing is counted.
        """
        if self._enabled:
            self._count(*_address_hits(self._scaled_address_windows[limit], address))

    async def hit_each(self, *hits: tuple[str, ...], address: str = "", by_address: str = "") -> None:
        """Count several hits atomically: all of them, or none if one limit is exceeded.

        Args:
            hits: tuples of the name of a limit and the parts of its key.
            address: address of the client.
            by_address: name of a limit per address, which `address` hits; "" for none.

        Raises:
            RateLimited: a limit is exceeded; the error has the seconds until all hits are allowed.
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
        """Evict expired windows, then the least recently hit ones, until there is room."""
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
    """Return the hits of an address: one for each of its networks."""
    return ((one, (network,)) for one, network in zip(windows, networks(address), strict=False))


def _flatten(windows: "Mapping[str, list[_Windows]]") -> "list[_Windows]":
    return [one for each in windows.values() for one in each]


class _Totals:
    """Totals of all windows of a limiter."""

    __slots__ = ("hits", "windows")

    def __init__(self) -> None:
        self.windows = self.hits = 0


@lru_cache(maxsize=256)  # a limiter has seven windows of each rate
def _parse(rate: str) -> limits.RateLimitItem:
    return limits.parse(rate)


class _Windows:
    """Windows of one limit, by key."""

    def __init__(self, rate: str, times: int, held: _Totals) -> None:
        parsed = _parse(rate)
        self._amount, self._period = parsed.amount * times, float(parsed.get_expiry())
        # times of the hits of each window in order; the least recently hit window first
        self._hits: OrderedDict[tuple[str, ...], array[float]] = OrderedDict()
        self._totals = held

    def __len__(self) -> int:
        return len(self._hits)

    @property
    def hits(self) -> int:
        """Number of hits in these windows; counted at each access."""
        return sum(map(len, self._hits.values()))

    def retry_after(self, who: tuple[str, ...], now: float) -> float:
        """Return the seconds until the window has room for another hit; 0 if it has room."""
        over = now - self._period + _EPSILON
        if self._hits and next(iter(self._hits.values()))[-1] <= over:
            self.evict_expired(now)
        hits = self._hits.get(who)
        if hits is None or len(hits) < self._amount:  # expired hits are removed only when they matter
            return 0.0
        if gone := bisect_right(hits, over):
            del hits[:gone]
            self._totals.hits -= gone
        return hits[0] - over if len(hits) >= self._amount else 0.0

    def add(self, who: tuple[str, ...], now: float) -> None:
        """Add a hit."""
        hits = self._hits.get(who)
        if hits is None:
            self._hits[who] = array("d", (now,))  # an empty deque takes 600 bytes
            self._totals.windows += 1
        else:
            hits.append(now)
            self._hits.move_to_end(who)
        self._totals.hits += 1

    def evict_expired(self, now: float) -> None:
        """Evict the windows that were not hit within the period."""
        over = now - self._period + _EPSILON
        while self._hits and next(iter(self._hits.values()))[-1] <= over:
            self.evict(1)

    def evict(self, count: int) -> None:
        """Evict up to `count` windows, the least recently hit first."""
        for _ in range(min(count, len(self._hits))):
            _, hits = self._hits.popitem(last=False)
            self._totals.windows -= 1
            self._totals.hits -= len(hits)


_Hit: TypeAlias = "tuple[_Windows, tuple[str, ...]]"


class TokenBuckets:
    """Token buckets, one for each user: cheap enough for every event and request.

    Args:
        rate: capacity and time to refill: "100/2 seconds" allows a burst of 100, then 50 a second.
        monotonic: monotonic clock, in seconds.
        enabled: if False, nothing is counted and everything is allowed.
    """

    def __init__(self, rate: str, monotonic: Callable[[], float], *, enabled: bool = True) -> None:
        parsed = _parse(rate)
        self._period = float(parsed.get_expiry())
        self._cost = self._period / parsed.amount
        self._monotonic = monotonic
        self._enabled = enabled
        self._full_at: dict[str, float] = {}  # time at which each used bucket will be full again
        self._cleanup_size = 1024

    def take(self, who: str) -> None:
        """Take one token from the user's bucket.

        Raises:
            RateLimited: the bucket is empty; the error has the seconds until the next token.
        """
        if not self._enabled:
            return
        now = self._monotonic()
        full_at = max(now, self._full_at.get(who, now)) + self._cost
        if (missing := full_at - now - self._period) > _EPSILON:
            raise RateLimited(missing - _EPSILON)
        self._full_at[who] = full_at
        if len(self._full_at) >= self._cleanup_size:  # full buckets need no entry
            self._full_at = {user: when for user, when in self._full_at.items() if when > now}
            self._cleanup_size = max(1024, 2 * len(self._full_at))
