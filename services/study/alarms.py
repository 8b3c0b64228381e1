"""Alarms of schedules: reminders ten minutes before a date, sent once by one of several processes."""

import logging

from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.base import AppError
from domain.events import Notification
from domain.study.schedule import Due, ScheduledSession, due_between, next_due
from services.context import ServiceContext
from services.study.clock import StudyClock

log = logging.getLogger(__name__)

INTERVAL = 10.0
"""Seconds between two looks for alarms: a reminder may be so much later."""
BATCH_SIZE = 100
"""Sessions that are read at a time."""


class ScheduleAlarms:
    """Reminders of the next date, to the members going to it.

    Each session stores the time of its next reminder, start or end. Before anything is sent, the process moves that
    time on, if no other process has: so of several processes one sends, and after a crash in between none does.
    """

    def __init__(self, ctx: ServiceContext, clock: StudyClock) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._publisher = ctx.publisher
        self._clock = clock

    async def run(self) -> None:
        """Send the alarms that are due.

        Raises:
            StorageUnavailable: the storage does not answer; what is left is sent at the next run.
        """
        now = self._clock.now()
        while sessions := await self._storage.due_scheduled_sessions(from_milliseconds(now), BATCH_SIZE):
            for session in sessions:
                await self._advance(session, now)

    async def _advance(self, session: ScheduledSession, now: int) -> None:
        """Move the session's next time behind `now`, and send what was due until then."""
        if session.due_at is None:
            return
        following = next_due(session, now)
        next_at = None if following is None else from_milliseconds(following)
        if not await self._storage.advance_scheduled_session(session.id, session.due_at, next_at):
            return
        for due in due_between(session, to_milliseconds(session.due_at) - 1, now):
            try:
                await self._send(session, due, now)
            except AppError as failure:
                log.warning("an alarm of session %s is not sent: %s", session.id, failure)

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
