"""Gives memory back to the system when clients have gone.

What was freed is free for us, but glibc keeps it: after twenty clients that did not read a loud room, a server of 65 MB
stayed at 120 MB until it was asked.
"""

import asyncio
import ctypes
from collections.abc import Callable

TRIM_DELAY = 2.0
"""Seconds until then, for all who go meanwhile."""


def _load_malloc_trim() -> Callable[[int], int] | None:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # only glibc has it
        return None
    return trim


_malloc_trim = _load_malloc_trim()


class MemoryTrimmer:
    """Asks the allocator to give back what it does not need, once for all who went lately."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def schedule_trim(self) -> None:
        """Ask within `TRIM_DELAY` seconds. It takes a few ms."""
        if self._timer is None and _malloc_trim is not None:
            self._timer = asyncio.get_running_loop().call_later(TRIM_DELAY, self._trim)

    def _trim(self) -> None:
        self._timer = None
        if _malloc_trim is not None:
            _malloc_trim(0)
