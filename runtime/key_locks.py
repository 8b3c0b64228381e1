"""Locks by key, such as the id of a user: work with one key runs one after the other."""

import asyncio
from weakref import WeakValueDictionary


class KeyLocks:
    """A lock for each key, as long as a task holds it or waits for it.

        async with locks.of(user_id):
            ...

    Waiting callers get the lock in the order in which they asked for it.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Lock:
        """Return the lock of this key."""
        return self._locks.setdefault(key, asyncio.Lock())

    def __len__(self) -> int:
        return len(self._locks)
