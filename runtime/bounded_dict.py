"""Bounded dict: evicts the least recently stored entry."""

from collections import OrderedDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedDict(OrderedDict[K, V]):
    """Dict of at most `max_entries` entries, in the order in which they were stored.

    Storing a key moves it to the end, also if it is present. Reading does not; `move_to_end` after each read makes it
    an LRU cache. Reads cost as much as in a dict, which cachetools (Python code) does not offer.

    Args:
        max_entries: maximum number of entries, at least 1.
    """

    __slots__ = ("_max_entries",)

    def __init__(self, max_entries: int) -> None:
        super().__init__()
        self._max_entries = max_entries

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._max_entries:
            self.popitem(last=False)
