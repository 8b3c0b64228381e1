"""Statistics of study time: stored totals together with the session that runs."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from domain.base import RoomId, TaskId, Timestamp
from domain.clock import from_milliseconds, to_milliseconds
from domain.study.days import STREAK_SECONDS, DayRule, Piece, Streak, day_start, find_streak, split_hours, zone_skips
from domain.study.progress import (
    FocusDay,
    FocusStats,
    FocusToday,
    FocusTotal,
    HourFocus,
    RoomFocus,
    StoredStreak,
    StoredTotals,
    TaskFocus,
)


class Moment(NamedTuple):
    """A moment in Unix milliseconds, with the user's day and the rule of their days."""

    now: int
    today: date
    rule: DayRule


class RunningSession(NamedTuple):
    """The open session of a user; it started at a Unix time in milliseconds."""

    started_at: int
    room_id: RoomId | None
    task_id: TaskId | None


class _Running(NamedTuple):
    """The open session as parts of totals.

    Attributes:
        past: seconds by day, of the days before the current one.
        today: seconds of the current day, which are not in `past`.
        since: start of the part of the current day.
        hours: seconds by hour, without the current hour.
        hour: the current hour.
        hour_since: start of the part of the current hour.
    """

    past: dict[str, int]
    today: int
    since: Timestamp
    hours: list[Piece]
    hour: int
    hour_since: Timestamp


def make_today(streak: StoredStreak, session: RunningSession | None, moment: Moment) -> tuple[FocusToday, int]:
    """Return the study time of the current day, and the streak in days."""
    running = _running(session, moment)
    seconds = next((day.seconds for day in streak.recent if day.day == moment.today.isoformat()), 0)
    today = FocusToday(
        seconds=seconds,
        running_since=running.since if running else None,
        goal=streak.goal,
        server_time=from_milliseconds(moment.now),
    )
    return today, _streak(streak, running, moment).days


def make_stats(
    totals: StoredTotals,
    streak: StoredStreak,
    session: RunningSession | None,
    moment: Moment,
    days: tuple[date, date],
    names: Mapping[RoomId, str | None],
    titles: Mapping[TaskId, str],
) -> FocusStats:
    """Return the statistics of a range of days.

    Args:
        totals: stored totals of the range.
        streak: days that make the streaks.
        session: the open session.
        moment: the moment of the answer.
        days: the first and the last day of the range.
        names: names of rooms that the user is a member of, at least of all in the answer.
        titles: titles of the user's tasks, at least of all in the answer; others were deleted.
    """
    first, last = (day.isoformat() for day in days)
    running = _running(session, moment)
    past = sum(seconds for day, seconds in running.past.items() if first <= day <= last) if running else 0
    since = running.since if running and first <= moment.today.isoformat() <= last else None
    found = _days(totals, running, moment, first, last, streak.goal)
    streaks = _streak(streak, running, moment)
    total = FocusTotal(seconds=sum(day.seconds for day in found), running_since=since)
    added = past, since
    return FocusStats(
        from_=first,
        to=last,
        today=moment.today.isoformat(),
        server_time=from_milliseconds(moment.now),
        total=total,
        goal_days=sum(_seconds_at(day, moment.now) >= day.goal * 60 for day in found),
        streak=streaks.days,
        best_streak=streaks.best,
        days=found,
        by_room=_by_room(totals, total, session, added, names),
        by_task=_by_task(totals, total, session, added, titles),
        by_hour=_by_hour(totals, running, since, first, last),
    )


def _running(session: RunningSession | None, moment: Moment) -> _Running | None:
    if session is None:
        return None
    now, today, rule = moment
    started = min(session.started_at, now)
    pieces = split_hours(started, now, rule)
    past: dict[str, int] = {}
    for piece in pieces:
        if piece.day != today:
            past[piece.day.isoformat()] = past.get(piece.day.isoformat(), 0) + piece.seconds
    *earlier, current = pieces or (Piece(today, 0, 0),)
    counted = sum(piece.seconds for piece in earlier) * 1000
    return _Running(
        past=past,
        today=sum(piece.seconds for piece in pieces if piece.day == today),
        since=from_milliseconds(max(started, day_start(today, rule))),
        hours=earlier,
        hour=current.hour,
        hour_since=from_milliseconds(started + counted),
    )


def _days(
    totals: StoredTotals, running: _Running | None, moment: Moment, first: str, last: str, goal: int
) -> list[FocusDay]:
    found = {day.day: FocusDay(date=day.day, seconds=day.seconds, goal=day.goal) for day in totals.days}
    for day, seconds in running.past.items() if running else ():
        if first <= day <= last:
            before = found.get(day)
            found[day] = FocusDay(
                date=day, seconds=seconds + (before.seconds if before else 0), goal=before.goal if before else goal
            )
    today = moment.today.isoformat()
    if first <= today <= last:
        stored = found.get(today)
        found[today] = FocusDay(
            date=today,
            seconds=stored.seconds if stored else 0,
            running_since=running.since if running else None,
            goal=stored.goal if stored else goal,
        )
    return [found[day] for day in sorted(found)]


def _streak(stored: StoredStreak, running: _Running | None, moment: Moment) -> Streak:
    seconds = {day.day: day.streak_seconds for day in stored.recent}
    studied = {*stored.studied}
    for day, more in {**running.past, moment.today.isoformat(): running.today}.items() if running else ():
        if seconds.get(day, 0) + more >= STREAK_SECONDS:
            studied.add(day)
    skipped = {*stored.skipped}
    return find_streak(
        map(date.fromisoformat, sorted(studied)),
        moment.today,
        lambda day: day.isoformat() in skipped or zone_skips(day, moment.rule),
    )


_Added = tuple[int, Timestamp | None]
"""Seconds of the open session on days before the current one, and the start of its part of the current day."""


def _by_room(
    totals: StoredTotals,
    total: FocusTotal,
    session: RunningSession | None,
    added: _Added,
    names: Mapping[RoomId, str | None],
) -> list[RoomFocus]:
    parts = _parts(totals.rooms, total, session.room_id if session else None, session, added)
    return [
        RoomFocus(room_id=room_id, name=names.get(room_id) if room_id else None, seconds=seconds, running_since=since)
        for room_id, seconds, since in parts
    ]


def _by_task(
    totals: StoredTotals,
    total: FocusTotal,
    session: RunningSession | None,
    added: _Added,
    titles: Mapping[TaskId, str],
) -> list[TaskFocus]:
    known = {task_id: seconds for task_id, seconds in totals.tasks.items() if task_id in titles}
    current = session.task_id if session and session.task_id in titles else None
    return [
        TaskFocus(task_id=task_id, title=titles[task_id] if task_id else None, seconds=seconds, running_since=since)
        for task_id, seconds, since in _parts(known, total, current, session, added)
    ]


def _parts(
    stored: Mapping[str, int], total: FocusTotal, current: str | None, session: RunningSession | None, added: _Added
) -> list[tuple[str | None, int, Timestamp | None]]:
    """Return the parts of a total by key, the longest first; the rest has the key None."""
    past, since = added
    sums: dict[str | None, int] = {key: seconds for key, seconds in stored.items()}  # noqa: C416  # keys may be None
    if session is not None and current is not None and (past or since):
        sums[current] = sums.get(current, 0) + past
    rest = total.seconds - sum(sums.values())
    if rest > 0 or (session is not None and current is None and since):
        sums[None] = rest
    running = since if session is not None else None
    rows = [(key, seconds, running if key == current else None) for key, seconds in sums.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0] or ""))


def _by_hour(
    totals: StoredTotals, running: _Running | None, since: Timestamp | None, first: str, last: str
) -> list[HourFocus]:
    sums = {**totals.hours}
    if running is None:
        return [HourFocus(hour=hour, seconds=sums[hour]) for hour in sorted(sums)]
    for piece in running.hours:
        if first <= piece.day.isoformat() <= last:
            sums[piece.hour] = sums.get(piece.hour, 0) + piece.seconds
    if since:
        sums.setdefault(running.hour, 0)
    return [
        HourFocus(
            hour=hour,
            seconds=sums[hour],
            running_since=running.hour_since if since and hour == running.hour else None,
        )
        for hour in sorted(sums)
    ]


def _seconds_at(total: FocusTotal, now: int) -> int:
    """Return the seconds of a total at a moment."""
    if total.running_since is None:
        return total.seconds

    return total.seconds + (now - to_milliseconds(total.running_since)) // 1000
