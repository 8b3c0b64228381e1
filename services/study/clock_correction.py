"""Start of the study clock, and its correction after it differed from the wall clock for a minute.

The machine's clock may be set while the server runs. The study clock does not follow at once, because a step that is
taken back would end phases. After a minute it is moved, and all times on it with it: no phase ends and no second is
counted by that.
"""

import logging

from domain.base import Timestamp
from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.base import AppError
from services.context import ServiceContext
from services.study.clock import StudyClock
from services.study.focus import FocusSessions
from services.study.timers import Timers
from storage.base.study.clock import CORRECTION

log = logging.getLogger(__name__)

MAX_DRIFT = 2000
"""Milliseconds by which the clocks may differ."""
CORRECT_AFTER = 60.0
"""Seconds for which they must differ by more."""
CHECK_INTERVAL = 10.0
"""Seconds between two comparisons."""
TIMER_SLACK = 120_000
"""Milliseconds after the last checkpoint up to which a change of a timer counts at the start: two intervals."""


class ClockCorrection:
    """Starts the study clock, compares it with the wall clock, and moves it."""

    def __init__(self, ctx: ServiceContext, clock: StudyClock, timers: Timers, focus: FocusSessions) -> None:
        self._storage = ctx.storage
        self._wall_clock = ctx.clock
        self._clock = clock
        self._timers = timers
        self._focus = focus
        self._differs_since: float | None = None
        self._unknown: tuple[Timestamp, Timestamp] | None = None

    async def start_clock(self) -> None:
        """Start the study clock, not before the last checkpoint, nor before a change of a timer soon after it.

        A timer that is further ahead is ignored: a process has a checkpoint every minute.
        """
        last = await self._storage.last_checkpoint()
        until = None if last is None else from_milliseconds(to_milliseconds(last) + TIMER_SLACK)
        self._clock.start(last, await self._storage.latest_timer_time(until))

    async def check(self) -> None:
        """Move the clock if it has differed for long enough.

        Raises:
            StorageUnavailable: it is not known whether the stored times were moved; the next check finds out.
        """
        if self._unknown is not None or self._is_due():
            await self._correct()

    async def close(self) -> None:
        """Move the clock without delay if it is behind: the next process starts by the wall clock.

        Otherwise sessions that continue would count the difference as time that passed in between.
        """
        if self._unknown is None and self._clock.drift() <= MAX_DRIFT:
            return
        try:
            await self._correct()
        except AppError as failure:
            log.warning("moving the study clock at shutdown failed: %s", failure)

    async def _correct(self) -> None:
        async with self._focus.correction():
            if self._unknown is None:
                now = self._clock.now()
                self._unknown = from_milliseconds(now), from_milliseconds(now + self._clock.drift())
                await self._storage.save_checkpoint(CORRECTION, self._unknown[0])
            before, after = self._unknown
            is_moved = await self._storage.correct_study_clock(before, after)
            self._unknown = self._differs_since = None
            if is_moved:
                self._follow(to_milliseconds(after) - to_milliseconds(before))
        if is_moved:
            await self._timers.reload()

    def _is_due(self) -> bool:
        if abs(self._clock.drift()) <= MAX_DRIFT:
            self._differs_since = None
            return False
        now = self._wall_clock.instant().monotonic
        if self._differs_since is None:
            self._differs_since = now
        return now - self._differs_since >= CORRECT_AFTER

    def _follow(self, milliseconds: int) -> None:
        log.warning("moving the study clock by %+.3f s: the machine's clock was set", milliseconds / 1000)
        self._clock.shift(milliseconds)
        self._focus.clock_moved(milliseconds)  # first: it hears of phases by the timers
        self._timers.clock_moved(milliseconds)
