"""Study clock: the time of timers, focus sessions and their timestamps, in Unix milliseconds.

It never steps, so that a correction of the machine's clock neither ends a phase early nor counts a second twice.
"""

from domain.base import Timestamp
from domain.clock import Clock, from_milliseconds, to_milliseconds


class StudyClock:
    """The wall clock at the start, plus the monotonic clock since.

    Args:
        clock: the machine's clocks.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._set(to_milliseconds(clock.instant().wall))

    def start(self, *stored: Timestamp | None) -> None:
        """Begin again at the wall clock, but not before times of this clock that an earlier process stored."""
        times = (self._clock.instant().wall, *stored)
        self._set(max(to_milliseconds(time) for time in times if time is not None))

    def now(self) -> int:
        """Return this moment in Unix milliseconds; never less than before."""
        return self._began + int((self._clock.instant().monotonic - self._monotonic) * 1000)

    def timestamp(self) -> Timestamp:
        """Return this moment as a timestamp."""
        return from_milliseconds(self.now())

    def drift(self) -> int:
        """Return the milliseconds by which the wall clock is ahead; negative if it is behind."""
        return to_milliseconds(self._clock.instant().wall) - self.now()

    def shift(self, milliseconds: int) -> None:
        """Move the clock. The caller moves all stored times of timers and open sessions by the same difference."""
        self._began += milliseconds

    def _set(self, now: int) -> None:
        self._began = now
        self._monotonic = self._clock.instant().monotonic
