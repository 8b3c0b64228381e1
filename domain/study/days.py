"""Days of study: the date to which a second belongs, by the user's time zone and the hour at which their day starts.

Moments are Unix time in milliseconds. A day starts at `day_starts_at` o'clock of its date, and ends with the start of
the next. A start in a gap of the clock is the moment of the jump; of a doubled hour, the first is the start. A date
that the zone skips (Apia, 2011-12-30) has a day of no length: the hours until the next start belong to the day before.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple, TypeAlias

import msgspec

from domain.time_zones import load_zone

DayStart: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=6)]
"""Hour at which a day starts."""

DailyGoal: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=24 * 60)]
"""Minutes of study that a user wants to reach each day."""

WeekStart: TypeAlias = Literal["monday", "saturday", "sunday"]
"""First day of a user's weeks."""

STREAK_SECONDS = 15 * 60
"""Study time with which a day counts for a streak."""

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3600
_GREATEST_SHIFT = 26 * _HOUR
"""Seconds: from UTC-12 to UTC+14."""


class DayRule(NamedTuple):
    """Rule by which seconds are assigned to days: a time zone of `domain.time_zones`, and the hour of the start."""

    time_zone: str
    day_starts_at: int


class Piece(NamedTuple):
    """Seconds of a session within one hour of the clock, and the day to which they belong."""

    day: date
    hour: int
    seconds: int


class Streak(NamedTuple):
    """Days in a row with study time: up to now, and the most there ever were."""

    days: int
    best: int


def day_of(moment: int, rule: DayRule) -> date:
    """Return the day to which a moment belongs."""
    return _day_at(moment, _local(moment // 1000, load_zone(rule.time_zone)), rule)


def _day_at(moment: int, local: datetime, rule: DayRule) -> date:
    """Return the day to which a moment belongs, by the clock at that moment."""
    day = (local - timedelta(hours=rule.day_starts_at)).date()
    while moment < day_start(day, rule):
        day -= _DAY
    while moment >= day_start(day + _DAY, rule):
        day += _DAY
    return day


@lru_cache(maxsize=4096)
def day_start(day: date, rule: DayRule) -> int:
    """Return the first moment of a day; that of the next day if the zone skips this date."""
    zone = load_zone(rule.time_zone)
    wanted = datetime.combine(day, time(rule.day_starts_at))
    first = _seconds(wanted.replace(tzinfo=zone))  # of a doubled hour, fold 0 is the first
    if _local(first, zone).replace(tzinfo=None) == wanted:
        return first * 1000
    jump = _last_change(first, zone)
    if _local(jump - 1, zone).date() < day < _local(jump, zone).date():
        return day_start(day + _DAY, rule)
    return jump * 1000


def day_end(day: date, rule: DayRule) -> int:
    """Return the end of a day: the start of the next."""
    return day_start(day + _DAY, rule)


def split_days(started_at: int, ended_at: int, rule: DayRule) -> dict[date, int]:
    """Return the seconds of a session on each of its days, in order; their sum is that of the session.

    Args:
        started_at, ended_at: the session, without its end.
        rule: as of the start of the session.
    """
    found: dict[date, int] = {}
    counted = 0
    since = started_at
    while since < ended_at:
        day = day_of(since, rule)
        since = min(day_end(day, rule), ended_at)
        if seconds := (since - started_at) // 1000 - counted:
            found[day] = seconds
        counted += seconds
    return found


@lru_cache(maxsize=256)  # followers of a room's timer have sessions of the same times
def split_hours(started_at: int, ended_at: int, rule: DayRule) -> tuple[Piece, ...]:
    """Return the seconds of a session in each hour of the clock, in order; their sum is that of the session.

    Days start where hours do, or at a change of the clock, so that each piece is within one day.
    """
    zone = load_zone(rule.time_zone)
    pieces = []
    since = started_at
    counted = 0
    while since < ended_at:
        local = _local(since // 1000, zone)
        until = min(_hour_end(since // 1000, local, zone) * 1000, ended_at)
        seconds = (until - started_at) // 1000 - counted
        if seconds:
            pieces.append(Piece(_day_at(since, local, rule), local.hour, seconds))
        since, counted = until, counted + seconds
    return tuple(pieces)


def skipped_days(moment: int, before: DayRule, after: DayRule) -> list[date]:
    """Return the dates that a user skips by changing their rule at this moment, in order.

    From UTC-12 to UTC+14, the day after may be the one after tomorrow.
    """
    first, last = day_of(moment, before), day_of(moment, after)
    return [first + _DAY * number for number in range(1, (last - first).days)]


def find_streak(studied: Iterable[date], today: date, is_skipped: Callable[[date], bool]) -> Streak:
    """Return the streak up to now and the best one. Today does not break a streak before it is over.

    Args:
        studied: days with at least `STREAK_SECONDS`, in order, each once. A traveller's may be after today.
        today: the current day.
        is_skipped: returns True for a date that was never the current day, which breaks no streak.
    """
    best = days = 0
    previous: date | None = None
    for day in studied:
        days = days + 1 if previous is not None and _is_next(previous, day, is_skipped) else 1
        best = max(best, days)
        previous = day
    if previous is None or not (previous >= today or _is_next(previous, today, is_skipped)):
        days = 0
    return Streak(days, best)


@lru_cache(maxsize=4096)  # each read of a streak asks for each day without study
def zone_skips(day: date, rule: DayRule) -> bool:
    """Return True if the zone skips this date."""
    zone = load_zone(rule.time_zone)
    noon = _seconds(datetime.combine(day, time(12), UTC))
    if _offset(noon - 86_400, zone) == _offset(noon + 86_400, zone):  # nearly always, and quick
        return False
    return day_start(day, rule) == day_start(day + _DAY, rule)


def _is_next(day: date, later: date, is_skipped: Callable[[date], bool]) -> bool:
    """Return True if all dates between the two were skipped."""
    days = (later - day).days
    return days == 1 or all(is_skipped(day + _DAY * number) for number in range(1, days))


def _hour_end(second: int, local: datetime, zone: tzinfo) -> int:
    """Return the end of the hour of the clock in which a second is: the next full hour, or a change of the clock."""
    end = second + _HOUR - local.minute * 60 - local.second
    if _offset(end - 1, zone) == local.utcoffset():
        return end
    return _last_change(end - 1, zone)


def _last_change(second: int, zone: tzinfo) -> int:
    """Return the moment of the last change of the clock up to a second, which is at most `_GREATEST_SHIFT` earlier."""
    changed = _offset(second, zone)
    before = second - _GREATEST_SHIFT
    while second - before > 1:
        middle = (before + second) // 2
        if _offset(middle, zone) == changed:
            second = middle
        else:
            before = middle
    return second


def _local(second: int, zone: tzinfo) -> datetime:
    """Return the clock of the zone."""
    return datetime.fromtimestamp(second, zone)


def _offset(second: int, zone: tzinfo) -> timedelta | None:
    return _local(second, zone).utcoffset()


def _seconds(moment: datetime) -> int:
    since = moment - _EPOCH
    return since.days * 86_400 + since.seconds
