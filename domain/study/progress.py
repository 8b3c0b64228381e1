"""Progress of a user: stored totals, and the answers that are made of them."""

from datetime import date
from typing import NamedTuple

from domain.base import QueryParams, Record, RoomId, TaskId, Timestamp
from text import normalise


class DayChanges(NamedTuple):
    """Effects of a changed profile on days.

    Attributes:
        goal_since: first day of a new daily goal.
        skipped: days that a new time zone, or start of the day, skips.
    """

    goal_since: date
    skipped: tuple[date, ...] = ()


class StoredDay(NamedTuple):
    """Total of a day in seconds, and the goal in minutes that was in force at its first second."""

    day: str
    seconds: int
    goal: int


class StoredTotals(NamedTuple):
    """Totals of a user in a range of days, in seconds. Days are in order, rooms, tasks and hours are not.

    Time without a room, or without a task, is in `days` only.
    """

    days: list[StoredDay]
    rooms: dict[RoomId, int]
    tasks: dict[TaskId, int]
    hours: dict[int, int]


class RecentDay(NamedTuple):
    """Total of a day in seconds, and the part that counts for a streak."""

    day: str
    seconds: int
    streak_seconds: int


class StoredStreak(NamedTuple):
    """Days that make the streaks of a user; all in order.

    Attributes:
        studied: days with enough time for a streak.
        skipped: days that were never the current one.
        recent: days from the one before the current day on.
        goal: goal of the current day in minutes.
    """

    studied: list[str]
    skipped: list[str]
    recent: list[RecentDay]
    goal: int


class FocusTotal(Record, kw_only=True, frozen=True):
    """Seconds of study. While a session runs, the time since `runningSince` comes on top of `seconds`."""

    seconds: int
    running_since: Timestamp | None = None


class FocusToday(FocusTotal, kw_only=True, frozen=True):
    """Study time of the user's current day, and its goal in minutes. `serverTime` is the time of the answer."""

    goal: int
    server_time: Timestamp


class FocusDay(FocusTotal, kw_only=True, frozen=True):
    """Study time of a day, and the goal in minutes that was in force at its first second."""

    date: str
    goal: int


class RoomFocus(FocusTotal, kw_only=True, frozen=True):
    """Study time in a room. `roomId` is null without a room; `name` is null if the user is not a member any more."""

    room_id: RoomId | None
    name: str | None


class TaskFocus(FocusTotal, kw_only=True, frozen=True):
    """Study time for a task; both are null for time without a task."""

    task_id: TaskId | None
    title: str | None


class HourFocus(FocusTotal, kw_only=True, frozen=True):
    """Study time in an hour of the clock, from 0 to 23."""

    hour: int


class FocusStats(Record, kw_only=True, frozen=True):
    """Study time of a user in a range of days.

    `days` has the days with study time, and the current one, in order; `byRoom` and `byTask` the longest first. Streaks
    do not depend on the range.
    """

    from_: str
    to: str
    today: str
    server_time: Timestamp
    total: FocusTotal
    goal_days: int
    streak: int
    best_streak: int
    days: list[FocusDay]
    by_room: list[RoomFocus]
    by_task: list[TaskFocus]
    by_hour: list[HourFocus]


class FocusStatsQuery(QueryParams, frozen=True):
    """GET /api/focus/stats?from=&to=, dates of days, both included. The default is the year up to the current day."""

    from_: str | None = None
    to: str | None = None
    RULES = {"from_": normalise.calendar_date, "to": normalise.calendar_date}
    EXAMPLE = {"from": "2026-01-01", "to": "2026-12-31"}
