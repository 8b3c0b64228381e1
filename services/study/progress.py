"""Progress of a user: totals of study time, streaks, and the table of all sessions."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

from domain.accounts import User
from domain.base import RoomId, TaskId
from domain.clock import to_milliseconds
from domain.errors.base import InvalidInput
from domain.errors.fields import FieldError
from domain.study.days import DayRule, day_of
from domain.study.focus import StoredFocusSession
from domain.study.progress import FocusStats, FocusStatsQuery, FocusToday, StoredStreak
from domain.study.stats import Moment, RunningSession, make_stats, make_today
from services.context import ServiceContext
from services.study.clock import StudyClock
from services.study.csv import csv_line
from services.study.focus import FocusSessions
from text.violations import ErrorParams

MAX_DAYS = 400
"""Longest range of days of one answer: a year, and the rest of its first week."""
DEFAULT_DAYS = 371
"""Days of an answer without a range: 53 weeks."""
BATCH_SIZE = 500
"""Sessions that are read at a time for the table."""

_COLUMNS = ("date", "startedAt", "endedAt", "seconds", "room", "task", "activity", "source")


class Progress:
    """Answers about the study time of a user, for that user alone."""

    def __init__(self, ctx: ServiceContext, clock: StudyClock, focus: FocusSessions) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._limiter = ctx.limiter
        self._clock = clock
        self._focus = focus

    async def stats(self, query: FocusStatsQuery, user: User) -> FocusStats:
        """Return the totals of a range of days, and the streaks.

        Raises:
            InvalidInput: the range is empty or longer than `MAX_DAYS`.
        """
        await self._focus.flush()
        moment = self._moment(user)
        first, last = _range(query, moment.today)
        totals = await self._storage.focus_totals(user.id, first.isoformat(), last.isoformat())
        streak = await self._streak(user, moment)
        running = self._running(user)
        rooms = {*totals.rooms} | ({running.room_id} if running and running.room_id else set())
        names = {room_id: await self._room_name(room_id, user) for room_id in rooms}
        tasks = {*totals.tasks} | ({running.task_id} if running and running.task_id else set())
        titles = await self._storage.task_titles(user.id, tasks) if tasks else {}
        return make_stats(totals, streak, running, moment, (first, last), names, titles)

    async def today(self, user: User) -> tuple[FocusToday, int]:
        """Return the study time of the current day, and the streak in days."""
        moment = self._moment(user)
        return make_today(await self._streak(user, moment), self._running(user), moment)

    async def export_csv(self, user: User) -> AsyncIterator[bytes]:
        """Return the chunks of a table of the user's sessions, the latest first, as CSV (RFC 4180).

        Raises:
            RateLimited: too many exports of this user.
        """
        await self._limiter.hit("exports", user.id)
        await self._focus.flush()
        return self._csv_chunks(user)

    async def _csv_chunks(self, user: User) -> AsyncIterator[bytes]:
        yield csv_line(_COLUMNS)
        names: dict[RoomId, str | None] = {}
        last = None
        while sessions := await self._storage.focus_sessions(user.id, before=last, limit=BATCH_SIZE):
            for room_id in {one.room_id for one in sessions if one.room_id} - names.keys():
                names[room_id] = await self._room_name(room_id, user)
            titles = await self._storage.task_titles(user.id, {one.task_id for one in sessions if one.task_id})
            yield b"".join(csv_line(_cells(one, names, titles)) for one in sessions if one.ended_at is not None)
            last = sessions[-1].id

    async def _streak(self, user: User, moment: Moment) -> StoredStreak:
        yesterday = moment.today - timedelta(days=1)
        return await self._lookups.focus_streak(user.id, yesterday.isoformat(), moment.today.isoformat())

    async def _room_name(self, room_id: RoomId, user: User) -> str | None:
        """Return the name of a room; None if the user is not a member any more."""
        if await self._lookups.member(room_id, user.id) is None:
            return None
        room = await self._lookups.room(room_id)
        return room.name if room else None

    def _moment(self, user: User) -> Moment:
        now = self._clock.now()
        return Moment(now, day_of(now, user.day_rule), user.day_rule)

    def _running(self, user: User) -> RunningSession | None:
        session = self._focus.current(user).session
        if session is None:
            return None
        return RunningSession(to_milliseconds(session.started_at), session.room_id, session.task_id)


def _range(query: FocusStatsQuery, today: date) -> tuple[date, date]:
    last = today if query.to is None else date.fromisoformat(query.to)
    if query.from_ is None:
        first = date.fromordinal(max(1, last.toordinal() - DEFAULT_DAYS + 1))
    else:
        first = date.fromisoformat(query.from_)
    if first > last:
        fields = ErrorParams(fields=("from", "to"))
        raise InvalidInput([FieldError("to", "not_later", "must not be before from", fields)])
    if (last - first).days >= MAX_DAYS:
        limit = ErrorParams(max=MAX_DAYS)
        raise InvalidInput([FieldError("from", "too_old", f"must be at most {MAX_DAYS} days before to", limit)])
    return first, last


def _cells(session: StoredFocusSession, names: dict[RoomId, str | None], titles: dict[TaskId, str]) -> tuple[str, ...]:
    day = day_of(to_milliseconds(session.started_at), DayRule(session.time_zone, session.day_starts_at))
    room = names.get(session.room_id) if session.room_id else None
    return (
        day.isoformat(),
        session.started_at,
        session.ended_at or "",
        str(session.seconds),
        room or "",
        titles.get(session.task_id, "") if session.task_id else "",
        session.activity,
        session.source,
    )
