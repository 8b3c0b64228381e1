"""Shifts the wall clock of a Python process with this folder in PYTHONPATH, by the seconds in the file CHAOS_CLOCK.

The file holds one double, which may be changed at any time. The monotonic clock is not shifted.
"""

import datetime as dt
import mmap
import os
import struct
import time
from pathlib import Path

_DOUBLE = struct.Struct("d")
_real = time.time

with Path(os.environ["CHAOS_CLOCK"]).open("rb") as _file:
    _shift = mmap.mmap(_file.fileno(), _DOUBLE.size, prot=mmap.PROT_READ)


def _time() -> float:
    return _real() + _DOUBLE.unpack_from(_shift)[0]


class _Datetime(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> "_Datetime":
        return cls.fromtimestamp(_time(), tz)


time.time = _time
time.time_ns = lambda: int(_time() * 1e9)
dt.datetime = _Datetime  # type: ignore[misc]
