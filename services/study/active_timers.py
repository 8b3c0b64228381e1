"""Timers of rooms that are not idle, in memory, and the next time at which one of them changes by itself."""

from collections.abc import Callable

from domain.base import RoomId
from domain.study.timer import Timer
from domain.study.timer_phases import TimerMoment, timer_at
from runtime.earliest_timer import EarliestTimer
from services.study.clock import StudyClock


class _ActiveTimer:
    """A stored timer, and its moment until `moment.changes_at`."""

    __slots__ = ("moment", "timer")

    def __init__(self, timer: Timer, moment: TimerMoment) -> None:
        self.timer = timer
        self.moment = moment


class ActiveTimers:
    """Timers that run or are paused, by room. One timer of the event loop serves all of them.

    Args:
        clock: the study clock.
        wake: called at the time at which the next timer changes by itself, or earlier.
    """

    def __init__(self, clock: StudyClock, wake: Callable[[], object]) -> None:
        self._clock = clock
        self._timers: dict[RoomId, _ActiveTimer] = {}
        self._wake = EarliestTimer(wake, now=lambda: clock.now() / 1000)

    def __len__(self) -> int:
        """Return the number of timers in memory."""
        return len(self._timers)

    def timer(self, room_id: RoomId) -> Timer | None:
        """Return the stored timer; None if the room's timer is idle."""
        kept = self._timers.get(room_id)
        return kept.timer if kept else None

    def known_moment(self, room_id: RoomId) -> TimerMoment | None:
        """Return the last moment that was set; None if the room's timer is idle. It may have ended by now."""
        kept = self._timers.get(room_id)
        return kept.moment if kept else None

    def moment(self, room_id: RoomId, now: int) -> TimerMoment | None:
        """Return the timer at a time; None if it is idle. It costs a lookup, and the phase once."""
        kept = self._timers.get(room_id)
        if kept is None:
            return None
        changes_at = kept.moment.changes_at
        moment = kept.moment if changes_at is None or now < changes_at else timer_at(kept.timer, now)
        if moment.state == "idle":
            return None
        return moment if moment.ends_at is None else moment._replace(remaining=moment.ends_at - now)

    def set(self, room_id: RoomId, timer: Timer, moment: TimerMoment) -> None:
        """Store a timer and its moment, and schedule its next change; an idle timer is removed."""
        if timer.state == "idle":
            self.remove(room_id)
            return
        self._timers[room_id] = _ActiveTimer(timer, moment)
        if moment.changes_at is not None:
            self._wake.schedule(moment.changes_at / 1000)

    def remove(self, room_id: RoomId) -> TimerMoment | None:
        """Remove the timer of a room, and return its last moment."""
        kept = self._timers.pop(room_id, None)
        return kept.moment if kept else None

    def rooms(self) -> list[RoomId]:
        """Return the rooms with timers that are not idle."""
        return list(self._timers)

    def due(self, now: int) -> list[RoomId]:
        """Return the rooms with timers that have changed by themselves, and schedule the next change of the others.

        The scheduled call is replaced, because the study clock may have been moved.
        """
        self._wake.cancel()
        due = []
        following: int | None = None
        for room_id, kept in self._timers.items():
            changes_at = kept.moment.changes_at
            if kept.moment.state == "idle" or (changes_at is not None and changes_at <= now):
                due.append(room_id)  # an idle one was to stop while the server was down
            elif changes_at is not None and (following is None or changes_at < following):
                following = changes_at
        if following is not None:
            self._wake.schedule(following / 1000)
        return due

    def retry(self, seconds: float) -> None:
        """Schedule a call in some seconds."""
        self._wake.schedule(self._clock.now() / 1000 + seconds)

    def close(self) -> None:
        """Cancel the scheduled call."""
        self._wake.cancel()
