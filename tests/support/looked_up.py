"""A storage whose cached reads go through lookups, for tests that use one object for all calls."""

import inspect
from functools import partial

from storage.lookups import Lookups

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


class LookedUp:
    """All methods of a storage; the cached reads are those of its lookups."""

    def __init__(self, storage, cache):
        self.inner = storage
        self.lookups = Lookups(storage, cache)

    def __getattr__(self, name):
        return getattr(self.lookups if name in CACHED else self.inner, name)
