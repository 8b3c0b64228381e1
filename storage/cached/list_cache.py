"""Lists in the cache, and the rooms on them.

What decides who or what is on a list makes it be forgotten (see cached.py). What is shown of a room changes more often,
with each message: therefore it is counted when each room was written last, and of a list that is older than that
only these rooms are looked up again.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

from runtime.cache import Cache

T = TypeVar("T")

TTL = 10
"""Seconds for which what another process wrote may be missing; what was written through this one shows at once."""
MAX_TRACKED_ROOMS = 10_000
"""Rooms of which it is known when they were written last; beyond, all count as written just now."""


class CachedList(NamedTuple, Generic[T]):
    """What a read with this limit answered, and how many writes to rooms were over when it began."""

    items: tuple[T, ...]
    limit: int
    writes: int


class ListCache:
    """The lists in a cache, one for each key: the longest that was asked for."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._writes = 0
        self._last_write: dict[str, int] = {}
        self._last_write_of_others = 0

    async def get(self, key: str, limit: int, read: Callable[[int], Awaitable[list[T]]]) -> CachedList[T]:
        """Return what `read(limit)` answers, or answered with this limit or a larger one."""

        async def fetch() -> CachedList[T]:
            writes = self._writes
            return CachedList(tuple(await read(limit)), limit, writes)

        listed = await self._cache.get_or_fetch(key, fetch, TTL)
        if listed.limit < limit:
            await self._cache.invalidate_cache(key)
            listed = await self._cache.get_or_fetch(key, fetch, TTL)
        return listed

    def record_write(self, room: str) -> None:
        """Note that a write to a room is over; `room` is its key in the cache."""
        self._writes += 1
        if len(self._last_write) >= MAX_TRACKED_ROOMS:
            self._last_write.clear()
            self._last_write_of_others = self._writes
        self._last_write[room] = self._writes

    def is_stale(self, listed: CachedList[T], room: str | None = None) -> bool:
        """Say whether this room, or any, may have been written since the list was read."""
        last = self._writes if room is None else self._last_write.get(room, self._last_write_of_others)
        return listed.writes < last
