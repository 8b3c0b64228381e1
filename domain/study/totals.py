"""Totals of study time by day: the parts that a focus session adds to each table of totals."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from domain.base import FocusSessionId, RoomId, TaskId, UserId
from domain.clock import to_milliseconds
from domain.study.days import DayRule, day_of, split_days, split_hours
from domain.study.focus import FocusSession, StoredFocusSession
from domain.study.leaderboard import period_keys, room_days


class DayChange(NamedTuple):
    """Change of a user's day, in seconds: of the total, and of the part that counts for a streak."""

    user_id: UserId
    day: str
    seconds: int
    streak_seconds: int


class RoomDayChange(NamedTuple):
    """Change of a user's time in a room on a day, in seconds."""

    user_id: UserId
    day: str
    room_id: RoomId
    seconds: int


class TaskDayChange(NamedTuple):
    """Change of a user's time for a task on a day, in seconds."""

    user_id: UserId
    day: str
    task_id: TaskId
    seconds: int


class HourChange(NamedTuple):
    """Change of a user's time in an hour of the clock on a day, in seconds."""

    user_id: UserId
    day: str
    hour: int
    seconds: int


class RoomTotalChange(NamedTuple):
    """Change of a user's counted time in a room in a period of its leaderboard, in seconds."""

    user_id: UserId
    period: str
    room_id: RoomId
    seconds: int


class TotalChanges(NamedTuple):
    """Changes of all totals; each key occurs once, and no change is of nothing. They are in the order of their keys."""

    days: list[DayChange]
    rooms: list[RoomDayChange]
    tasks: list[TaskDayChange]
    hours: list[HourChange]
    room_totals: list[RoomTotalChange]


def total_changes(before: Iterable[StoredFocusSession], after: Iterable[StoredFocusSession]) -> TotalChanges:
    """Return the changes of totals when sessions are replaced. Open sessions do not count."""
    sums = _Sums()
    for session in before:
        sums.add(session, -1)
    for session in after:
        sums.add(session, 1)
    return TotalChanges(
        [DayChange(*key, sums.days[key], sums.streaks[key]) for key in sorted(sums.days) if sums.has_day(key)],
        [RoomDayChange(*key, seconds) for key, seconds in sorted(sums.rooms.items()) if seconds],
        [TaskDayChange(*key, seconds) for key, seconds in sorted(sums.tasks.items()) if seconds],
        [HourChange(*key, seconds) for key, seconds in sorted(sums.hours.items()) if seconds],
        [RoomTotalChange(*key, seconds) for key, seconds in sorted(sums.room_totals.items()) if seconds],
    )


def ended(sessions: Iterable[FocusSession], ids: Collection[FocusSessionId]) -> list[StoredFocusSession]:
    """Return the stored sessions with these ids that have ended, and so count in totals."""
    return [
        one for one in sessions if isinstance(one, StoredFocusSession) and one.id in ids and one.ended_at is not None
    ]


def counts_for_streak(session: StoredFocusSession, day: date) -> bool:
    """Return True if the session's time on this day counts for a streak.

    Manual time counts only if it was entered on that day or the next: a streak cannot be repaired later.
    """
    if session.source != "manual":
        return True
    return day_of(to_milliseconds(session.created_at), _rule(session)) <= day + timedelta(days=1)


class _Sums:
    """Sums of seconds by key; keys begin with the user and the day, or the period."""

    def __init__(self) -> None:
        self.days: Counter[tuple[UserId, str]] = Counter()
        self.streaks: Counter[tuple[UserId, str]] = Counter()
        self.rooms: Counter[tuple[UserId, str, RoomId]] = Counter()
        self.tasks: Counter[tuple[UserId, str, TaskId]] = Counter()
        self.hours: Counter[tuple[UserId, str, int]] = Counter()
        self.room_totals: Counter[tuple[UserId, str, RoomId]] = Counter()

    def add(self, session: StoredFocusSession, sign: int) -> None:
        """Add the seconds of a session, or subtract them with -1."""
        if session.ended_at is None:
            return
        started = to_milliseconds(session.started_at)
        for piece in split_hours(started, started + session.seconds * 1000, _rule(session)):
            key, seconds = (session.user_id, piece.day.isoformat()), sign * piece.seconds
            self.days[key] += seconds
            self.streaks[key] += seconds * counts_for_streak(session, piece.day)
            self.hours[*key, piece.hour] += seconds
            if session.room_id is not None:
                self.rooms[*key, session.room_id] += seconds
            if session.task_id is not None:
                self.tasks[*key, session.task_id] += seconds
        if session.room_id is not None and session.source != "manual":
            days = split_days(started, started + session.seconds * 1000, room_days(session.room_time_zone))
            for day, counted in days.items():
                for period in period_keys(day):
                    self.room_totals[session.user_id, period, session.room_id] += sign * counted

    def has_day(self, key: tuple[UserId, str]) -> bool:
        """Return True if a day changes."""
        return self.days[key] != 0 or self.streaks[key] != 0


def _rule(session: StoredFocusSession) -> DayRule:
    return DayRule(session.time_zone, session.day_starts_at)
