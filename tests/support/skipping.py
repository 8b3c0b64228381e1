"""An event loop that skips time: timers do not wait, and a stalled machine changes nothing.

When no callback is ready, time jumps to the next timer. It is for code that only waits for time: networks, threads and
processes take no time of this loop.
"""

import asyncio
import selectors
from typing import Any


class _Selector(selectors.DefaultSelector):
    """Selector that adds up the timeouts of `select` instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("all tasks wait, and no timer is due")
        if not ready and timeout is not None:
            self.skipped += max(timeout, 0)
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop with a clock that only timers advance."""

    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        """Return the seconds that were skipped."""
        return self._clock.skipped
