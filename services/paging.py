"""Pages of lists: one row more than is shown is read, to find out if more follow."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def read_page(read: Callable[[int], Awaitable[list[T]]], limit: int) -> tuple[list[T], bool]:
    """Return up to `limit` rows, and True if more follow.

    Args:
        read: returns up to the given number of rows. It is called once, with `limit + 1`: a count would be another
            query, and a full page may be the last one.
        limit: maximum number of rows on the page, at least 1.
    """
    rows = await read(limit + 1)
    return rows[:limit], len(rows) > limit
