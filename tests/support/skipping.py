"""An event loop whose time jumps: nobody waits, and a machine that stalls changes nothing.

The next timer is due the moment there is nothing else to do. It is for code that waits for time alone: what a network,
a thread or a process does takes none of this loop's time.
"""

import asyncio
import selectors
from typing import Any


class _Selector(selectors.DefaultSelector):
    """Says how long it would have waited for, and does not."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits, and nothing is due")
        if not ready and timeout is not None:
            self.skipped += max(timeout, 0)
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on a clock that only timers move."""

    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        """Return the seconds that were skipped."""
        return self._clock.skipped
