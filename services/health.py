"""Whether the server can do its work."""

import asyncio

from cache import Cache
from errors import StorageUnavailable
from storage.base import Storage

PATIENCE = 2.0
"""Seconds in which the storage must answer."""


class Health:
    """What a probe asks."""

    def __init__(self, storage: Storage, cache: Cache) -> None:
        self._storage = storage
        self._cache = cache

    async def check(self) -> None:
        """Return when storage and cache answer.

        Raises:
            StorageUnavailable: one of them does not.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                await self._storage.ping()
                if not await self._cache.ping():
                    raise StorageUnavailable("The cache does not answer.")
        except TimeoutError:
            raise StorageUnavailable from None
