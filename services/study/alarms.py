"""Alarms of schedules: reminders ten minutes before a date, and timers that start and stop with it."""

import asyncio
import logging

from domain.base import Timestamp
from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.base import AppError
from domain.errors.storage import StorageUnavailable
from domain.events import Notification
from domain.study.schedule import Due, ScheduledSession, due_between, next_due
from services.context import ServiceContext
from services.study.clock import StudyClock
from services.study.scheduled_timers import ScheduledTimers

log = logging.getLogger(__name__)

INTERVAL = 10.0
"""Seconds between two looks for alarms. What was planned or changed since the last look may be so much late."""
BATCH_SIZE = 100
"""Sessions that are read at a time."""


class ScheduleAlarms:
    """Reminders of the next date, to the members going to it, and starts and stops of timers.

    Each session stores the time of its next reminder, start or end. Before a reminder is sent, the process moves that
    time on, if no other process has: so of several processes one sends, and after a crash in between none does. Timers
    are started and stopped before that: after a crash in between it happens again, and changes nothing.
    """

    def __init__(self, ctx: ServiceContext, clock: StudyClock, timers: ScheduledTimers) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._publisher = ctx.publisher
        self._clock = clock
        self._timers = timers
        self._next_at: Timestamp | None = None

    async def run(self) -> None:
        """Do what is due.

        Raises:
            StorageUnavailable: the storage does not answer; what is left is done at the next run.
        """
        self._next_at = None
        now = self._clock.now()
        while sessions := await self._storage.due_scheduled_sessions(from_milliseconds(now), BATCH_SIZE):
            for session in sessions:
                await self._advance(session, now)
        soon = await self._storage.due_scheduled_sessions(from_milliseconds(now + int(INTERVAL * 2000)), 1)
        self._next_at = soon[0].due_at if soon else None

    async def pause(self, seconds: float) -> None:
        """Wait for seconds between two runs, or until the next alarm that the last run found."""
        if self._next_at is not None:
            seconds = min(seconds, max(0.0, (to_milliseconds(self._next_at) - self._clock.now()) / 1000))
        await asyncio.sleep(seconds)

    async def _advance(self, session: ScheduledSession, now: int) -> None:
        """Do what was due until `now`, and move the session's next time behind it."""
        if session.due_at is None:
            return
        dues = list(due_between(session, to_milliseconds(session.due_at) - 1, now))
        for due in dues:
            await self._set_timer(session, due)
        following = next_due(session, now)
        next_at = None if following is None else from_milliseconds(following)
        if not await self._storage.advance_scheduled_session(session.id, session.due_at, next_at):
            return
        for due in dues:
            try:
                await self._send(session, due, now)
            except AppError as failure:
                log.warning("an alarm of session %s is not sent: %s", session.id, failure)

    async def _set_timer(self, session: ScheduledSession, due: Due) -> None:
        """Start or stop the timer of the room, if the session has a plan."""
        try:
            if due.kind == "start":
                await self._timers.start(session, due.at)
            elif due.kind == "end":
                await self._timers.stop(session)
        except StorageUnavailable:
            raise
        except AppError as failure:
            log.info("the timer is left alone at the %s of session %s: %s", due.kind, session.id, failure)

    async def _send(self, session: ScheduledSession, due: Due, now: int) -> None:
        if due.kind != "reminder" or to_milliseconds(due.occurrence.starts_at) <= now:
            return
        planned = await self._storage.scheduled_session(session.room_id, session.id)
        room = await self._lookups.room(session.room_id)
        if planned is None or room is None:
            return
        notification = Notification.of_date(
            "scheduled-session-soon",
            room.id,
            room.name,
            from_milliseconds(now),
            title=session.title,
            starts_at=due.occurrence.starts_at,
        )
        for user_id in planned.going:
            self._publisher.push(user_id, notification)
