"""Readiness: probes of storage and cache, shared by the requests that ask for them."""

import asyncio
import time
from collections.abc import Callable

from domain.errors.storage import StorageUnavailable
from runtime.cache import Cache
from runtime.shielded_tasks import ShieldedTasks
from storage.base import Storage

PROBE_TIMEOUT = 2.0
"""Timeout of storage and cache in seconds."""
MAX_AGE = 1.0
"""Seconds for which the result of a probe is reused."""


class Health:
    """Probes storage and cache, at most one probe at a time.

    A probe writes to the database, so its cost must not depend on the number of requests.

    Args:
        storage, cache: probed.
        monotonic: seconds on a clock that never steps.
    """

    def __init__(self, storage: Storage, cache: Cache, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._storage = storage
        self._cache = cache
        self._monotonic = monotonic
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None
        self._probes = ShieldedTasks()
        self._result: tuple[float, StorageUnavailable | None] | None = None  # end of the last probe, and its failure

    async def check(self, *, fresh: bool = False) -> None:
        """Return if storage and cache answer.

        Args:
            fresh: True requires a probe that starts after this call. Otherwise a result of the last `MAX_AGE` seconds,
                or of the running probe, is enough.

        Raises:
            StorageUnavailable: storage or cache did not answer within `PROBE_TIMEOUT`.
        """
        if not fresh and self._result is not None and self._monotonic() - self._result[0] < MAX_AGE:
            if self._result[1] is not None:
                raise StorageUnavailable(self._result[1].message)
            return
        if self._running is None and self._next is None:
            probe = self._start_probe()
        elif fresh:
            probe = self._queue_probe()
        else:
            probe = self._running or self._queue_probe()
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                await asyncio.shield(probe)  # it continues for other requests if this one is cancelled
        except TimeoutError:
            raise StorageUnavailable from None

    async def close(self) -> None:
        """Cancel running probes."""
        await self._probes.cancel()

    def _start_probe(self) -> asyncio.Task[None]:
        self._running = self._probes.start(self._probe())
        return self._running

    def _queue_probe(self) -> asyncio.Task[None]:
        """Return the probe that starts after the running one, shared by all requests that wait for it."""
        if self._next is None:
            self._next = self._probes.start(self._probe_after(self._running))
        return self._next

    async def _probe_after(self, running: asyncio.Task[None] | None) -> None:
        if running is not None:
            await asyncio.wait({running})
        self._running, self._next = self._next, None
        await self._probe()

    async def _probe(self) -> None:
        failure: StorageUnavailable | None = StorageUnavailable()
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                await self._ping()
            failure = None
        except StorageUnavailable as reason:
            failure = reason
            raise
        except TimeoutError:
            raise StorageUnavailable from None
        finally:
            self._running = None
            self._result = self._monotonic(), failure

    async def _ping(self) -> None:
        await self._storage.ping()
        if not await self._cache.ping():
            raise StorageUnavailable("The cache does not answer.")
