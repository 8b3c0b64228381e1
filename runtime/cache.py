"""What was fetched once and may be asked for again, over aiocache.

Values are handed out as they are, the same object to everybody: cache nothing that can be changed.

What aiocache 0.12 does not do is done here: its memory backend has no bound, keeps a timer for each
entry (which `clear` leaves running, to delete later values), and nothing holds concurrent fetches
together.
"""

import asyncio
import logging
import math
import os
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer

T = TypeVar("T")

WARN_INTERVAL = 60.0
"""Seconds between two warnings that the cache fails."""

_log = logging.getLogger(__name__)


class BoundedMemoryBackend(BaseCache):  # type: ignore[misc]  # aiocache has no types
    """An aiocache backend in this process: bounded, what was used least recently goes first.

    Its calls run to their end without giving way to other tasks; `Cache` relies on it.

    Args:
        max_entries: how many entries are kept, at least 1.
        monotonic: the clock by which entries expire, in seconds.
    """

    NAME = "bounded-memory"

    def __init__(self, max_entries: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        # without a timeout: aiocache would start a task for each call, and nothing here waits
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
        """Return what is kept; aiocache's own `get` around it costs 3 µs, most of it for looking into os.environ."""
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
        """Keep the value for `ttl` seconds; None: as long as the entry it replaces, for ever where there is none.

        aiocache's own `set` around it costs 8 µs.
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
        """Delete each entry for whose key `found` is true; aiocache's own `delete` costs 2 µs a key."""
        for key in [key for key in self._entries if found(key)]:
            del self._entries[key]

    async def _clear(self, _namespace: str | None = None, **_: Any) -> bool:
        self._entries.clear()
        return True


class _CacheEntry(NamedTuple):
    """What the backend keeps: a value, which may be None, and the generation it belongs to."""

    value: Any
    generation: int


class _InFlight:
    """A fetch that is running. `changes` are made to what it brings."""

    __slots__ = ("changes", "task")

    task: asyncio.Task[Any]

    def __init__(self) -> None:
        self.changes: list[Callable[[Any], Any]] = []


class Cache:
    """The cache of one process.

    It never makes a request fail: where the backend does, a warning is logged (at most one in `WARN_INTERVAL`
    seconds) and the data is fetched. Who asks after an invalidation has returned never gets what was read
    before it.

    Args:
        ttl: seconds for which data is kept where a call does not say.
        max_entries: how many entries are kept; the least recently used goes first.
        enabled: where it is off, everything is fetched, with one warning now. AIOCACHE_DISABLE=1 turns it off, too.
        backend: another backend of aiocache's in this process.
        monotonic: the clock, in seconds.
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
        self._monotonic = monotonic
        self._generation = 0
        self._in_flight: dict[str, _InFlight] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._failures = 0
        self._warned_at = -math.inf
        if not enabled:
            _log.warning("The cache is off: data is fetched directly.")

    def __len__(self) -> int:
        return len(self._backend)

    async def get_or_fetch(self, key: str, fetch: Callable[[], Awaitable[T]], ttl: float | None = None) -> T:
        """Return what is kept under `key`; where nothing is, what `fetch` returns, then kept for `ttl` seconds.

        None is a value like any other. However many ask at once, `fetch` runs once: what it raises goes to all
        of them and is not kept, and it runs on when one of them is cancelled. It is not kept either where `key`
        was invalidated meanwhile. `fetch` must not ask for the same key.
        """
        if not self._enabled:
            return await fetch()
        kept = self._get_entry(key)
        if kept is not None:
            return kept.value  # type: ignore[no-any-return]  # a key means one type
        flight = self._in_flight.get(key)
        if flight is None:
            flight = self._start_fetch(key, fetch, ttl)
        return await asyncio.shield(flight.task)

    def peek(self, key: str) -> Any:
        """Return what is kept under `key`, at once; None if nothing is."""
        kept = self._get_entry(key) if self._enabled else None
        return None if kept is None else kept.value

    async def cache_data(self, key: str, data: Any, ttl: float | None = None) -> None:
        """Keep `data` under `key` for `ttl` seconds. A fetch that is running for the key is not kept.

        For what is known to be current: data that was read may have been changed since.
        """
        self._in_flight.pop(key, None)
        if self._enabled:
            self._put_entry(key, data, self._ttl if ttl is None else ttl)

    async def change_cached(self, key: str, change: Callable[[T], T]) -> None:
        """Replace the value kept under `key` by `change(value)`, for the time it has left; nothing where there is none.

        It is made, too, to what a running fetch brings, which may have been read before or after what made
        the change necessary: `change` must be right for both, such as taking the larger number.
        """
        if flight := self._in_flight.get(key):
            flight.changes.append(change)
        if key not in self._backend:
            return
        kept = self._get_entry(key)
        if kept is not None:
            self._put_entry(key, change(kept.value), None)

    async def invalidate_cache(self, key: str) -> None:
        """Forget what is kept under `key`, and do not keep what a running fetch brings."""
        self._in_flight.pop(key, None)
        if key not in self._backend:
            return
        try:
            await self._backend.delete(key)
        except Exception as error:  # noqa: BLE001 - whatever it is, the data can be fetched
            self._on_backend_error(error)

    async def invalidate_cache_pattern(self, pattern: str | re.Pattern[str]) -> None:
        """Do as `invalidate_cache` for each key in which the regular expression is found.

        It goes through all keys, about 1 ms for 10,000. The pattern must come from our code: one from a client
        could take hours.
        """
        found = re.compile(pattern).search
        for key in [key for key in self._in_flight if found(key)]:
            del self._in_flight[key]
        try:
            self._backend.delete_where(found)
        except Exception as error:  # noqa: BLE001 - whatever it is, the data can be fetched
            self._on_backend_error(error)

    async def ping(self) -> bool:
        """Say whether the cache works; one that is off does what it should."""
        if not self._enabled:
            return True
        try:
            await self._backend.set("ping", _CacheEntry(None, self._generation), ttl=1)
            return bool(await self._backend.delete("ping"))
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is no
            self._on_backend_error(error)
            return False

    async def close(self) -> None:
        """Stop what is being fetched and forget everything; from now on the cache is off."""
        self._enabled = False
        self._in_flight.clear()
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._backend.clear()
        await self._backend.close()

    def _start_fetch(self, key: str, fetch: Callable[[], Awaitable[Any]], ttl: float | None) -> _InFlight:
        # a task of its own, so that it belongs to none of those who wait for it
        flight = self._in_flight[key] = _InFlight()
        flight.task = asyncio.create_task(self._run_fetch(flight, key, fetch, ttl))
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._on_fetch_done)
        return flight

    async def _run_fetch(
        self, flight: _InFlight, key: str, fetch: Callable[[], Awaitable[Any]], ttl: float | None
    ) -> Any:
        try:
            value = await fetch()
            for change in flight.changes:
                value = change(value)
            if self._in_flight.get(key) is flight:
                self._put_entry(key, value, self._ttl if ttl is None else ttl)
            return value
        finally:
            if self._in_flight.get(key) is flight:
                del self._in_flight[key]

    def _on_fetch_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # those who waited have it; asyncio would complain where all of them were cancelled

    def _get_entry(self, key: str) -> _CacheEntry | None:
        try:
            kept: _CacheEntry | None = self._backend.peek(key)
        except Exception as error:  # noqa: BLE001 - whatever it is, the data can be fetched
            self._on_backend_error(error)
            return None
        return kept if kept is not None and kept.generation == self._generation else None

    def _put_entry(self, key: str, value: Any, ttl: float | None) -> None:
        try:
            self._backend.put(key, _CacheEntry(value, self._generation), ttl)
        except Exception as error:  # noqa: BLE001 - whatever it is, the data can be fetched
            self._on_backend_error(error)

    def _on_backend_error(self, error: Exception) -> None:
        """Count everything kept so far as forgotten, for what should have been forgotten may be among it; warn."""
        self._generation += 1
        self._failures += 1
        now = self._monotonic()
        if now - self._warned_at >= WARN_INTERVAL:
            self._warned_at = now
            _log.warning("The cache fails, data is fetched directly: %r (failures so far: %d)", error, self._failures)
