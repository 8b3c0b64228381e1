"""Timers of rooms that scheduled sessions start and stop."""

from datetime import date

from domain.base import ScheduledSessionId
from domain.study.schedule import ScheduledSession
from domain.study.scheduled_timer import scheduled_handover, scheduled_start, scheduled_stop
from services.presence.presence import Presence
from services.study.clock import StudyClock
from services.study.timers import Timers


class ScheduledTimers:
    """Starts and stops timers of rooms with the dates of their schedules; what a person has changed is left alone."""

    def __init__(self, clock: StudyClock, timers: Timers, presence: Presence) -> None:
        self._clock = clock
        self._timers = timers
        self._presence = presence

    async def start(self, session: ScheduledSession, at: int) -> None:
        """Start the timer of a room with the plan of a scheduled session, on behalf of its creator.

        Idempotent: a timer that runs, or was changed since the start, is left alone.

        Args:
            session: the session.
            at: start of the occurrence, in Unix milliseconds.

        Raises:
            RoomNotFound: the room is missing.
            NotSignedIn, NotAMember, Forbidden, Muted: the creator may not change the timer any more.
        """
        if session.plan is None:
            return
        stored = await self._timers.stored(session.room_id)
        is_empty = self._presence.active_members(session.room_id) == 0
        started = scheduled_start(stored, session.id, session.plan, at, self._clock.now(), is_empty=is_empty)
        if started is not None:
            await self._timers.store(stored, started, session.created_by)

    async def stop(self, session: ScheduledSession) -> None:
        """Stop the timer of a room if the session started it and nobody has changed it since. Idempotent.

        Raises:
            RoomNotFound: the room is missing.
        """
        stored = await self._timers.stored(session.room_id)
        stopped = scheduled_stop(stored, session.id, self._clock.now())
        if stopped is not None:
            await self._timers.store(stored, stopped, None)

    async def hand_over(self, session: ScheduledSession, first: date, rest_id: ScheduledSessionId) -> None:
        """Mark the timer that a session started as that of a new one, if its present occurrence is `first` or later.

        Args:
            session: the session before it was split.
            first: first date of the new session.
            rest_id: the new session.

        Raises:
            RoomNotFound: the room is missing.
        """
        stored = await self._timers.stored(session.room_id)
        handed_over = scheduled_handover(stored, session, first, rest_id, self._clock.now())
        if handed_over is not None:
            await self._timers.store(stored, handed_over, None)
