"""Event loop of the server: uvloop if it is installed, else asyncio's own."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVarTuple

Ts = TypeVarTuple("Ts")

try:
    import uvloop
except ImportError:  # it has no wheels for some platforms
    new_event_loop = asyncio.new_event_loop
else:

    class _Loop(uvloop.Loop):
        """uvloop with a workaround: after an error on a socket it never watches that file descriptor again.

        File descriptors are reused, and aiopg watches them, so a PostgreSQL that was unreachable once would remain so.
        Removing the descriptor before it is added again is enough.
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
