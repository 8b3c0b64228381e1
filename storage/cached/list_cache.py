"""Cached lists, and the rooms on them.

A change of a list's entries invalidates the list (see storage.py). The fields of a room change more often, with each
message. Therefore a counter records the last write to each room. When a list is older than a room's last write, only
that room is read again.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

from runtime.cache import Cache

T = TypeVar("T")

TTL = 10
"""Seconds for which writes of other processes may be missing; writes through this storage are visible at once."""
MAX_TRACKED_ROOMS = 10_000
"""Rooms whose last write is recorded; beyond that, all rooms count as just written."""


class CachedList(NamedTuple, Generic[T]):
    """Result of a read with this limit, and the number of writes to rooms completed when the read began."""

    items: tuple[T, ...]
    limit: int
    writes: int


class ListCache:
    """Lists in a cache: per key the one with the largest requested limit."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._writes = 0
        self._last_write: dict[str, int] = {}
        self._last_write_of_others = 0

    async def get(self, key: str, limit: int, read: Callable[[int], Awaitable[list[T]]]) -> CachedList[T]:
        """Return the result of `read(limit)`, or of an earlier read with this limit or a larger one."""

        async def fetch() -> CachedList[T]:
            writes = self._writes
            return CachedList(tuple(await read(limit)), limit, writes)

        listed = await self._cache.get_or_fetch(key, fetch, TTL)
        if listed.limit < limit:
            await self._cache.invalidate_cache(key)
            listed = await self._cache.get_or_fetch(key, fetch, TTL)
        return listed

    def record_write(self, room: str) -> None:
        """Record a completed write to a room; `room` is its key in the cache."""
        self._writes += 1
        if len(self._last_write) >= MAX_TRACKED_ROOMS:
            self._last_write.clear()
            self._last_write_of_others = self._writes
        self._last_write[room] = self._writes

    def is_stale(self, listed: CachedList[T], room: str | None = None) -> bool:
        """Return True if this room (None: any room) may have been written since the list was read."""
        last = self._writes if room is None else self._last_write.get(room, self._last_write_of_others)
        return listed.writes < last
