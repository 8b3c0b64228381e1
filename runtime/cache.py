"""Read-through cache over aiocache, with a bounded memory backend and one fetch at a time for each key.

All callers get the same object as value: cache only immutable values.

A value may depend on tags (runtime/change_versions.py): it is stale as soon as one of them has changed.

This module adds to aiocache 0.12 what it lacks. Its memory backend is unbounded and has a timer for each entry, which
`clear` leaves running, to delete later values; and concurrent fetches of a key are not merged.
"""

import asyncio
import logging
import math
import os
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer

from runtime.change_versions import ChangeVersions
from runtime.logs import LogThrottle
from runtime.shielded_tasks import ShieldedTasks

T = TypeVar("T")

WARN_INTERVAL = 60.0
"""Minimum seconds between two warnings that the cache fails."""

_log = logging.getLogger(__name__)


class BoundedMemoryBackend(BaseCache):  # type: ignore[misc]  # aiocache has no types
    """Bounded in-process backend for aiocache with LRU eviction.

    Its coroutines never suspend, so that each call is atomic; `Cache` relies on it.

    Args:
        max_entries: maximum number of entries, at least 1.
        monotonic: clock by which entries expire, in seconds.
    """

    NAME = "bounded-memory"

    def __init__(self, max_entries: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        # no timeout: aiocache would start a task for each call, and nothing here waits
        super().__init__(serializer=NullSerializer(), timeout=None)
        self._max_entries = max_entries
        self._monotonic = monotonic
        self._entries: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    async def _get(self, key: str, **_: Any) -> Any:
        return self.peek(key)

    def peek(self, key: str) -> Any:
        """Return the value of a key, None if there is none.

        aiocache's own `get` around it costs 3 µs, most of it for reading os.environ.
        """
        entry = self._entries.get(key)
        if entry is None:
            return None
        expires, value = entry
        if expires <= self._monotonic():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return value

    async def _set(self, key: str, value: Any, ttl: float | None = None, **_: Any) -> bool:
        self.put(key, value, ttl)
        return True

    def put(self, key: str, value: Any, ttl: float | None) -> None:
        """Store a value for `ttl` seconds.

        With None it expires with the entry that it replaces, or never if there is none. aiocache's own `set` around it
        costs 8 µs.
        """
        if ttl is None:
            expires, _old = self._entries.get(key, (math.inf, None))
        else:
            expires = self._monotonic() + ttl
        self._entries[key] = (expires, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    async def _delete(self, key: str, **_: Any) -> int:
        return 0 if self._entries.pop(key, None) is None else 1

    def delete_where(self, found: Callable[[str], object]) -> None:
        """Delete each entry if `found` returns a true value for its key; aiocache's own `delete` costs 2 µs a key."""
        for key in [key for key in self._entries if found(key)]:
            del self._entries[key]

    async def _clear(self, _namespace: str | None = None, **_: Any) -> bool:
        self._entries.clear()
        return True


class CacheEntry(NamedTuple):
    """Entry in the backend.

    Attributes:
        value: cached value, which may be None.
        generation: generation of the cache when the value was cached.
        tags: tags on which the value depends.
        version: number of changes when the reading of the value began.
    """

    value: Any
    generation: int
    tags: Sequence[str] = ()
    version: int = 0


class _InFlight:
    """Running fetch of a value that depends on `tags`. `changes` are applied to its result."""

    __slots__ = ("changes", "tags", "task", "version")

    task: asyncio.Task[Any]

    def __init__(self, tags: Sequence[str], version: int) -> None:
        self.changes: list[Callable[[Any], Any]] = []
        self.tags = tags
        self.version = version


class Cache:
    """Cache of one process.

    A failing backend never fails a request: the data is fetched. A warning is logged, at most one in `WARN_INTERVAL`
    seconds. A call that begins after an invalidation, or after a change of a tag, never gets a value that was read
    before it.

    Args:
        ttl: default lifetime of an entry, in seconds.
        max_entries: maximum number of entries; the least recently used one is evicted.
        enabled: if False, everything is fetched, and one warning is logged now. AIOCACHE_DISABLE=1 disables it, too.
        backend: another in-process backend of aiocache.
        monotonic: clock in seconds.
    """

    def __init__(
        self,
        ttl: float = 300,
        max_entries: int = 10_000,
        enabled: bool = True,
        *,
        backend: BoundedMemoryBackend | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl = ttl
        self._enabled = enabled = enabled and os.environ.get("AIOCACHE_DISABLE") != "1"
        self._backend = backend if backend is not None else BoundedMemoryBackend(max_entries, monotonic)
        self.versions = ChangeVersions()
        """Versions of the tags on which cached values depend."""
        self._generation = 0
        self._in_flight: dict[str, _InFlight] = {}
        self._fetches = ShieldedTasks()
        self._failures = 0
        self._warnings = LogThrottle(monotonic, interval=WARN_INTERVAL)
        if not enabled:
            _log.warning("The cache is off: data is fetched directly.")

    def __len__(self) -> int:
        return len(self._backend)

    async def get_or_fetch(
        self, key: str, fetch: Callable[[], Awaitable[T]], ttl: float | None = None, *, tags: Sequence[str] = ()
    ) -> T:
        """Return the cached value of `key`; if there is none, call `fetch` and cache its result.

        None is a value like any other. Concurrent calls for a key share one `fetch`, which continues if one of them is
        cancelled. Its exception is raised in all of them and is not cached. The result is not cached if `key` was
        invalidated, or one of `tags` changed, meanwhile. `fetch` must not request the same key.

        Args:
            key: name of the value.
            fetch: reads it.
            ttl: lifetime of the entry in seconds; None for the default.
            tags: tags on which the value depends.
        """
        if not self._enabled:
            return await fetch()
        kept = self.find(key)
        if kept is not None:
            return kept.value  # type: ignore[no-any-return]  # a key means one type
        flight = self._in_flight.get(key)
        if flight is None or self.versions.has_changed(flight.tags, flight.version):
            flight = self._start_fetch(key, fetch, ttl, tags)
        return await asyncio.shield(flight.task)

    def find(self, key: str) -> CacheEntry | None:
        """Return the entry of `key` if it is current, without fetching."""
        if not self._enabled:
            return None
        kept = self._get_entry(key)
        return kept if kept is None or not self.versions.has_changed(kept.tags, kept.version) else None

    def invalidate_tags(self, tags: Iterable[str]) -> None:
        """Invalidate all values that depend on one of these tags, also those that are being fetched."""
        self.versions.change(tags)

    async def cache_data(self, key: str, data: Any, ttl: float | None = None) -> None:
        """Cache `data` under `key` for `ttl` seconds; the result of a running fetch of the key is not cached.

        Use it only for data that is known to be current: data that was read may have changed since.
        """
        self._in_flight.pop(key, None)
        if self._enabled:
            self._put_entry(key, CacheEntry(data, self._generation), self._ttl if ttl is None else ttl)

    def change_cached(self, key: str, change: Callable[[T], T]) -> None:
        """Replace the cached value of `key` by `change(value)` for its remaining lifetime; do nothing if there is none.

        The change is also applied to the result of a running fetch, which may have been read before or after the write
        that made it necessary. So `change` must be idempotent, such as taking the larger number.
        """
        if flight := self._in_flight.get(key):
            flight.changes.append(change)
        if key not in self._backend:
            return
        kept = self._get_entry(key)
        if kept is not None:
            self._put_entry(key, CacheEntry(change(kept.value), kept.generation, kept.tags, kept.version), None)

    async def invalidate_cache(self, key: str) -> None:
        """Delete the value of `key`; the result of a running fetch is not cached."""
        self._in_flight.pop(key, None)
        if key not in self._backend:
            return
        try:
            await self._backend.delete(key)
        except Exception as error:  # noqa: BLE001 - after any failure the data can be fetched
            self._on_backend_error(error)

    async def invalidate_cache_pattern(self, pattern: str | re.Pattern[str]) -> None:
        """Call `invalidate_cache` for each key in which the regular expression is found.

        It scans all keys: about 1 ms for 10,000. The pattern must never come from a client, because matching it could
        take hours.
        """
        found = re.compile(pattern).search
        for key in [key for key in self._in_flight if found(key)]:
            del self._in_flight[key]
        try:
            self._backend.delete_where(found)
        except Exception as error:  # noqa: BLE001 - after any failure the data can be fetched
            self._on_backend_error(error)

    async def ping(self) -> bool:
        """Return True if the cache works; a disabled cache counts as working."""
        if not self._enabled:
            return True
        try:
            await self._backend.set("ping", CacheEntry(None, self._generation), ttl=1)
            return bool(await self._backend.delete("ping"))
        except Exception as error:  # noqa: BLE001 - any failure means that the cache does not work
            self._on_backend_error(error)
            return False

    async def close(self) -> None:
        """Cancel running fetches, delete all entries and disable the cache."""
        self._enabled = False
        self._in_flight.clear()
        await self._fetches.cancel()
        await self._backend.clear()
        await self._backend.close()

    def _start_fetch(
        self, key: str, fetch: Callable[[], Awaitable[Any]], ttl: float | None, tags: Sequence[str]
    ) -> _InFlight:
        # a separate task, so that cancelling one caller does not cancel the fetch of the others
        flight = self._in_flight[key] = _InFlight(tags, self.versions.now)
        flight.task = self._fetches.start(self._run_fetch(flight, key, fetch, ttl))
        return flight

    async def _run_fetch(
        self, flight: _InFlight, key: str, fetch: Callable[[], Awaitable[Any]], ttl: float | None
    ) -> Any:
        try:
            value = await fetch()
            for change in flight.changes:
                value = change(value)
            if self._in_flight.get(key) is flight and not self.versions.has_changed(flight.tags, flight.version):
                entry = CacheEntry(value, self._generation, flight.tags, flight.version)
                self._put_entry(key, entry, self._ttl if ttl is None else ttl)
            return value
        finally:
            if self._in_flight.get(key) is flight:
                del self._in_flight[key]

    def _get_entry(self, key: str) -> CacheEntry | None:
        try:
            kept: CacheEntry | None = self._backend.peek(key)
        except Exception as error:  # noqa: BLE001 - after any failure the data can be fetched
            self._on_backend_error(error)
            return None
        return kept if kept is not None and kept.generation == self._generation else None

    def _put_entry(self, key: str, entry: CacheEntry, ttl: float | None) -> None:
        try:
            self._backend.put(key, entry, ttl)
        except Exception as error:  # noqa: BLE001 - after any failure the data can be fetched
            self._on_backend_error(error)

    def _on_backend_error(self, error: Exception) -> None:
        """Discard all entries by a new generation, because an invalidation may have failed; log a warning."""
        self._generation += 1
        self._failures += 1
        if self._warnings.allow("backend"):
            _log.warning("The cache fails, data is fetched directly: %r (failures so far: %d)", error, self._failures)
