"""Return of freed memory to the operating system after clients disconnect.

glibc holds freed memory for reuse. After twenty slow consumers in a busy room, a server of 65 MB stayed at 120 MB until
it called `malloc_trim`.
"""

import asyncio
import ctypes
from collections.abc import Callable

TRIM_DELAY = 2.0
"""Seconds from the first disconnect to the trim; further disconnects in this time share it."""


def _load_malloc_trim() -> Callable[[int], int] | None:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # only glibc has it
        return None
    return trim


_malloc_trim = _load_malloc_trim()


class MemoryTrimmer:
    """Timer that calls `malloc_trim` once for all recent disconnects. Does nothing without glibc."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def schedule_trim(self) -> None:
        """Schedule a trim within `TRIM_DELAY` seconds; it takes a few ms."""
        if self._timer is None and _malloc_trim is not None:
            self._timer = asyncio.get_running_loop().call_later(TRIM_DELAY, self._trim)

    def _trim(self) -> None:
        self._timer = None
        if _malloc_trim is not None:
            _malloc_trim(0)
