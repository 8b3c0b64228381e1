"""Result of work that a server may not survive, or not finish in time."""

import asyncio
from collections.abc import Awaitable, Iterator
from typing import TypeVar

from bench.load.websocket import Refused

T = TypeVar("T")


async def outcome(work: Awaitable[T], seconds: float) -> T | str:
    """Return the result of `work`, or the reason why there is none: timeout, rejection, or a closed connection."""
    reason = ""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except* TimeoutError:
        reason = f"not within {seconds:g} s"
    except* (Refused, OSError) as failures:
        reason = str(next(_leaves(failures)))
    return reason


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for failure in group.exceptions:
        if isinstance(failure, BaseExceptionGroup):
            yield from _leaves(failure)
        else:
            yield failure
