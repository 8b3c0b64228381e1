"""Throttling: publish only the latest value of each key, at most once in an interval."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from domain.errors.base import AppError
from runtime.earliest_timer import EarliestTimer

log = logging.getLogger(__name__)

T = TypeVar("T")


class Throttle(Generic[T]):
    """Publisher of the latest value of each key: the first at once, then one in an interval, and always the last one.

    One timer serves all keys. Only keys with a value in the last interval take memory.

    Args:
        interval: seconds between the end of one publication of a key and the start of the next.
        publish: called with a key and its latest value. It returns None if it has published the value, else a coroutine
            that does. After an AppError it is called again, an interval later.
    """

    def __init__(self, interval: float, publish: Callable[[str, T], Coroutine[Any, Any, None] | None]) -> None:
        self._interval = interval
        self._publish = publish
        self._latest: dict[str, T] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        # key → end of its interval; the first ends first
        self._cooling_down: OrderedDict[str, float] = OrderedDict()
        self._timer = EarliestTimer(self._wake)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_delayed = self._is_closed = False

    def __len__(self) -> int:
        """Return the number of keys in memory."""
        return len(self._running) + len(self._cooling_down)

    def put(self, key: str, value: T) -> None:
        """Publish a value, unless a later value of the key replaces it first; do nothing after `close`."""
        if self._is_closed:
            return
        self._latest[key] = value
        if key not in self._running and key not in self._cooling_down:
            self._start(key)

    def close(self) -> None:
        """Stop publishing; cancel running publications."""
        self._is_closed = True
        self._timer.cancel()
        for task in self._running.values():
            task.cancel()

    def _start(self, key: str) -> None:
        value = self._latest.pop(key)
        try:
            work = self._publish(key, value)
        except Exception:  # must not fail the caller of `put`
            log.exception("publishing %s failed", key)
            work = None
        if work is None:
            self._cool_down(key)
        else:
            self._running[key] = asyncio.create_task(self._run(key, value, work))

    async def _run(self, key: str, value: T, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
            self._is_delayed = False
        except AppError as failure:
            if not self._is_delayed:  # once for all keys, until one succeeds: they fail for one reason
                log.warning("publishing %s is delayed: %s", key, failure)
            self._is_delayed = True
            self._latest.setdefault(key, value)
        except Exception:
            log.exception("publishing %s failed", key)
        finally:
            del self._running[key]
            self._cool_down(key)

    def _cool_down(self, key: str) -> None:
        if self._is_closed:
            return
        loop = self._loop = self._loop or asyncio.get_running_loop()  # the lookup is a system call
        self._cooling_down[key] = until = loop.time() + self._interval
        self._timer.schedule(until)

    def _wake(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._cooling_down:
            key, until = next(iter(self._cooling_down.items()))
            if until > now:
                self._timer.schedule(until)
                break
            del self._cooling_down[key]
            if key in self._latest:
                self._start(key)
