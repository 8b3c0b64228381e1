"""Shifts the wall clock of a Python process with this folder in PYTHONPATH, by the seconds in the file CHAOS_CLOCK.

The file holds one double, which may be changed at any time. The monotonic clock is not shifted, as when a clock is set,
unless CHAOS_TIME_PASSES is set. Then time passes for both and for the event loop, which finds out when it wakes. It
is asyncio's own, because uvloop reads the system's clock.
"""

import datetime as dt
import mmap
import os
import struct
import sys
import time
from pathlib import Path

_DOUBLE = struct.Struct("d")
_real = time.time
_monotonic = time.monotonic

with Path(os.environ["CHAOS_CLOCK"]).open("rb") as _file:
    _shift = mmap.mmap(_file.fileno(), _DOUBLE.size, prot=mmap.PROT_READ)


def _time() -> float:
    return _real() + _DOUBLE.unpack_from(_shift)[0]


def _passed() -> float:
    return _monotonic() + _DOUBLE.unpack_from(_shift)[0]


class _Datetime(dt.datetime):
    __slots__ = ()  # of the size that compiled modules expect

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> "_Datetime":
        return cls.fromtimestamp(_time(), tz)


time.time = _time
time.time_ns = lambda: int(_time() * 1e9)
dt.datetime = _Datetime  # type: ignore[misc]
if "CHAOS_TIME_PASSES" in os.environ:
    time.monotonic = _passed
    sys.modules["uvloop"] = None  # type: ignore[assignment]  # importing it fails
