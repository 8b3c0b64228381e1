"""Tasks that continue when their callers are cancelled."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class ShieldedTasks:
    """Running tasks, each of which continues to its end when its callers are cancelled.

    Exceptions are raised in the callers. If all callers were cancelled, an exception is dropped: asyncio would log it
    as never retrieved.

    Args:
        on_done: called when a task has ended, however it ended.
    """

    def __init__(self, on_done: Callable[[], None] | None = None) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._on_done = on_done

    def __len__(self) -> int:
        """Return the number of running tasks."""
        return len(self._running)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start `work` and return its task. Each caller awaits `asyncio.shield(task)`."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._end)
        return task

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of `work`, which continues if this call is cancelled."""
        return await asyncio.shield(self.start(work))

    async def wait(self, max_wait: float | None = None) -> None:
        """Wait until the running tasks have ended, up to `max_wait` seconds."""
        if self._running:
            await asyncio.wait(self._running, timeout=max_wait)

    async def cancel(self) -> None:
        """Cancel the running tasks and wait until they have ended."""
        for task in self._running:
            task.cancel()
        await self.wait()

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if self._on_done is not None:
            self._on_done()
        if not task.cancelled():
            task.exception()
