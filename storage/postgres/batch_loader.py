"""Batched reads of single rows.

A request that arrives while a read is running joins the next read. A lone request is read at once; when many clients
reconnect after a restart, one round trip answers many requests.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from domain.errors.storage import StorageUnavailable

K = TypeVar("K")
V = TypeVar("V")

MAX_BATCH_SIZE = 500


class _Request(NamedTuple, Generic[K, V]):
    key: K
    row: "asyncio.Future[V | None]"


class BatchLoader(Generic[K, V]):
    """Batched reads of one kind of row.

    Args:
        read: returns the existing rows among the requested keys, by key.
    """

    def __init__(self, read: Callable[[list[K]], Awaitable[dict[K, V]]]) -> None:
        self._read = read
        self._pending: list[_Request[K, V]] = []
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """Return the row with this key, read now or later; None if it is missing.

        Raises:
            StorageUnavailable: the database did not answer this read, or one that it waited for.
        """
        asked = _Request[K, V](key, asyncio.get_running_loop().create_future())
        self._pending.append(asked)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await asked.row

    async def _run(self) -> None:
        try:
            while self._pending:
                batch, self._pending = self._pending[:MAX_BATCH_SIZE], self._pending[MAX_BATCH_SIZE:]
                await self._resolve(batch)
        finally:
            self._task = None

    async def _resolve(self, batch: Sequence[_Request[K, V]]) -> None:
        try:
            found = await self._read(list({asked.key for asked in batch}))
        except StorageUnavailable as failure:
            late, self._pending = self._pending, []
            _fail([*batch, *late], failure)
        except Exception as failure:  # noqa: BLE001  # any error is passed on to the requests of the batch
            if len(batch) == 1:
                _fail(batch, failure)
                return
            for asked in batch:  # one key may be the cause: the other requests are read again without it
                await self._resolve([asked])
        else:
            for asked in batch:
                if not asked.row.done():
                    asked.row.set_result(found.get(asked.key))


def _fail(batch: Sequence[_Request[K, V]], failure: Exception) -> None:
    for asked in batch:
        if not asked.row.done():
            asked.row.set_exception(failure)
