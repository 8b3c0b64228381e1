"""Reads of single rows, made together.

What is asked for while a read is running shares the next one. Alone, a read begins at once; when a class comes back
after a restart, one round trip answers for many.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from domain.errors.storage import StorageUnavailable

K = TypeVar("K")
V = TypeVar("V")

LARGEST_BATCH = 500


class _Asked(NamedTuple, Generic[K, V]):
    key: K
    row: "asyncio.Future[V | None]"


class Together(Generic[K, V]):
    """One kind of row.

    Args:
        read: returns the rows that there are of those asked for, by their keys.
    """

    def __init__(self, read: Callable[[list[K]], Awaitable[dict[K, V]]]) -> None:
        self._read = read
        self._asked: list[_Asked[K, V]] = []
        self._working: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """Return the row with this key, as it is now or later; None where there is none.

        Raises:
            StorageUnavailable: the database did not answer, to this or to a read that it waited for.
        """
        asked = _Asked[K, V](key, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        return await asked.row

    async def _work(self) -> None:
        try:
            while self._asked:
                batch, self._asked = self._asked[:LARGEST_BATCH], self._asked[LARGEST_BATCH:]
                await self._answer(batch)
        finally:
            self._working = None

    async def _answer(self, batch: Sequence[_Asked[K, V]]) -> None:
        try:
            found = await self._read(list({asked.key for asked in batch}))
        except StorageUnavailable as failure:
            late, self._asked = self._asked, []
            _fail([*batch, *late], failure)
        except Exception as failure:  # noqa: BLE001  # whatever it was, who asked for it hears of it
            if len(batch) == 1:
                _fail(batch, failure)
                return
            for asked in batch:  # one of them may be the cause: the others must not suffer
                await self._answer([asked])
        else:
            for asked in batch:
                if not asked.row.done():
                    asked.row.set_result(found.get(asked.key))


def _fail(batch: Sequence[_Asked[K, V]], failure: Exception) -> None:
    for asked in batch:
        if not asked.row.done():
            asked.row.set_exception(failure)
