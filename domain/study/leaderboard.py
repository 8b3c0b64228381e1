"""Leaderboard of a room: members by their counted study time in a period.

Days follow the room's time zone, from midnight to midnight; weeks start on Monday.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from domain.accounts import UserSummary
from domain.base import QueryParams, Record, Timestamp, UserId
from domain.clock import from_milliseconds
from domain.study.days import DayRule, day_of, day_start
from domain.study.progress import FocusTotal
from domain.time_zones import UTC

Period: TypeAlias = Literal["day", "week", "month", "all"]

MAX_ENTRIES = 50
"""Members in a leaderboard."""


class MemberTotal(NamedTuple):
    """Counted study time of a member in seconds; `is_shown` is False if the others do not see it."""

    user: UserSummary
    seconds: int
    is_shown: bool


class LeaderboardEntry(FocusTotal, kw_only=True, frozen=True):
    """A member in a leaderboard. `rank` is null for a user who is not in it."""

    rank: int | None
    user: UserSummary


class Leaderboard(Record, kw_only=True, frozen=True):
    """The members with the most study time in the current period, and the caller.

    `from` is the first day of the period, null for all time. `serverTime` is the time of the answer, by which running
    sessions were counted for the ranks.
    """

    period: Period
    from_: str | None
    server_time: Timestamp
    entries: list[LeaderboardEntry]
    me: LeaderboardEntry


class LeaderboardQuery(QueryParams, frozen=True):
    """GET /api/study-rooms/:id/leaderboard?period=."""

    period: Period = "week"
    EXAMPLE = {"period": "week"}


class RunningPeriod(NamedTuple):
    """The current period of a room.

    Attributes:
        name: its length.
        key: its key in `period_keys`.
        first: first day; None for all time.
        started_at: Unix time of its start in milliseconds, 0 for all time.
        now: this moment.
    """

    name: Period
    key: str
    first: date | None
    started_at: int
    now: int


def room_days(time_zone: str | None) -> DayRule:
    """Return the rule by which seconds are assigned to days of a room."""
    return DayRule(time_zone or UTC, 0)


@lru_cache(maxsize=64)
def period_keys(day: date) -> tuple[str, str, str, str]:
    """Return the keys of the periods to which a day belongs: the day, the week, the month, all time."""
    year, week, _ = day.isocalendar()
    return day.isoformat(), f"{year:04}-W{week:02}", day.isoformat()[:7], "all"


def running_period(name: Period, time_zone: str, now: int) -> RunningPeriod:
    """Return the period of a room that runs at a Unix time in milliseconds."""
    rule = room_days(time_zone)
    today = day_of(now, rule)
    by_day, by_week, by_month, for_ever = period_keys(today)
    match name:
        case "day":
            key, first = by_day, today
        case "week":
            key, first = by_week, today - timedelta(days=today.weekday())
        case "month":
            key, first = by_month, today.replace(day=1)
        case "all":
            return RunningPeriod(name, for_ever, None, 0, now)
    return RunningPeriod(name, key, first, day_start(first, rule), now)


def make_leaderboard(
    totals: Sequence[MemberTotal],
    running: Mapping[UserId, int],
    period: RunningPeriod,
    viewer: UserSummary,
    *,
    is_on: bool,
) -> Leaderboard:
    """Return the leaderboard as shown to one member.

    Members with equal whole seconds share a rank, and the next rank is skipped; they are listed by name, then by id.
    Members without time are not in the list, unless a session of theirs runs.

    Args:
        totals: time that was stored for the period, of members with shown time and of the viewer.
        running: starts of running sessions in the room in Unix milliseconds, by user.
        period: the period.
        viewer: the user who asks.
        is_on: False if the room has no leaderboard: only the viewer's time is returned.
    """
    timed = [(_seconds_at(one, running, period), one) for one in totals]
    shown = [(seconds, one) for seconds, one in timed if is_on and one.is_shown and (seconds or one.user.id in running)]
    shown.sort(key=lambda pair: (-pair[0], pair[1].user.name.casefold(), pair[1].user.id))
    entries: list[LeaderboardEntry] = []
    mine: LeaderboardEntry | None = None
    rank, before = 0, -1
    for place, (seconds, one) in enumerate(shown, 1):
        if seconds != before:
            rank, before = place, seconds
        if place <= MAX_ENTRIES or one.user.id == viewer.id:
            entry = _entry(rank, one, running, period)
            if place <= MAX_ENTRIES:
                entries.append(entry)
            if one.user.id == viewer.id:
                mine = entry
    if mine is None:
        own = next((one for one in totals if one.user.id == viewer.id), MemberTotal(viewer, 0, is_shown=False))
        mine = _entry(None, own, running, period)
    return Leaderboard(
        period=period.name,
        from_=period.first.isoformat() if period.first else None,
        server_time=from_milliseconds(period.now),
        entries=entries,
        me=mine,
    )


def running_since(started_at: int | None, period_started_at: int, now: int) -> int | None:
    """Return the moment from which a running session counts in a period; None without a session."""
    return None if started_at is None else min(max(started_at, period_started_at), now)


def _seconds_at(one: MemberTotal, running: Mapping[UserId, int], period: RunningPeriod) -> int:
    since = running_since(running.get(one.user.id), period.started_at, period.now)
    return one.seconds + (0 if since is None else (period.now - since) // 1000)


def _entry(
    rank: int | None, one: MemberTotal, running: Mapping[UserId, int], period: RunningPeriod
) -> LeaderboardEntry:
    since = running_since(running.get(one.user.id), period.started_at, period.now)
    return LeaderboardEntry(
        rank=rank,
        user=one.user,
        seconds=one.seconds,
        running_since=None if since is None else from_milliseconds(since),
    )
