"""A storage whose cached reads go through lookups, for tests that use one object for all calls."""

import asyncio
import inspect
from functools import partial

from storage.base.store import LIFECYCLE
from storage.lookups import Lookups
from storage.memory import MemoryStorage

CACHED = {
    "user",
    "session",
    "room",
    "room_timer",
    "focus_streak",
    "member",
    "members",
    "member_ids",
    "rooms_of",
    "discover",
    "owners",
    "messages_before",
    "epoch",
}
"""Names of the cached reads."""


def unreported(storage, name):
    """Return a method of a storage whose changes are not reported, as if another process wrote."""
    return partial(inspect.unwrap(getattr(type(storage), name)), storage)


class _Yielding(MemoryStorage):
    def __init__(self):
        super().__init__()
        self.atomic = MemoryStorage()
        """It has the data: its methods call each other without yielding."""


def _yielding(name):
    unreported = inspect.unwrap(getattr(MemoryStorage, name))

    async def method(self, *args, **options):
        await asyncio.sleep(0)
        try:
            return await unreported(self.atomic, *args, **options)
        finally:
            await asyncio.sleep(0)

    return method


METHODS = {
    name
    for name, method in inspect.getmembers(MemoryStorage, inspect.iscoroutinefunction)
    if not name.startswith("_") and name not in LIFECYCLE
}
YieldingStorage = type("YieldingStorage", (_Yielding,), {name: _yielding(name) for name in METHODS})
"""A memory storage that yields to the event loop before and after each operation, as if it waited for a database."""


class LookedUp:
    """All methods of a storage; the cached reads are those of its lookups."""

    def __init__(self, storage, cache):
        self.inner = storage
        self.lookups = Lookups(storage, cache)

    def __getattr__(self, name):
        return getattr(self.lookups if name in CACHED else self.inner, name)
