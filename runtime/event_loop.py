"""The event loop that is served on: uvloop's where it is installed, else asyncio's own."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")

try:
    import uvloop
except ImportError:  # it has no wheel everywhere
    new_event_loop = asyncio.new_event_loop
else:

    class _Loop(uvloop.Loop):
        """uvloop, healed: after an error on a socket it refuses to watch that file number ever again.

        File numbers are used again, and aiopg watches them: a PostgreSQL that was away once would stay
        unreachable. Forgetting the file number first is enough.
        """

        def add_reader(self, fd: Any, callback: Callable[[*Ts], Any], *args: *Ts) -> None:
            try:
                super().add_reader(fd, callback, *args)
            except RuntimeError:
                self._forget(fd)
                super().add_reader(fd, callback, *args)

        def add_writer(self, fd: Any, callback: Callable[[*Ts], Any], *args: *Ts) -> None:
            try:
                super().add_writer(fd, callback, *args)
            except RuntimeError:
                self._forget(fd)
                super().add_writer(fd, callback, *args)

        def _forget(self, fd: Any) -> None:
            self.remove_reader(fd)
            self.remove_writer(fd)

    new_event_loop = _Loop
