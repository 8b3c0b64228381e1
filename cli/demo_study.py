"""Demo data of study: months of focus sessions, tasks, a running timer and a schedule."""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from domain.accounts import User
from domain.base import RoomId
from domain.clock import from_milliseconds
from domain.ids import new_id
from domain.rooms import MembershipChange
from domain.study.focus import FocusRow, FocusSession, FocusSource
from domain.study.schedule import NewScheduledSession, Weekday
from domain.study.tasks import NewTask, TaskEdit
from domain.study.timer import PlanChange, TimerChange
from services.container import Services

DAYS = 150
"""Days of history."""
SURE_DAYS = 9
"""Latest days, on each of which every user studied: a streak to look at."""
SEED = 20261201
SATURDAY = 6
MINUTE, DAY = 60_000, timedelta(days=1)
"""Milliseconds; a date's next."""


class _DemoTask(NamedTuple):
    owner: int
    title: str
    room: str | None = None
    due_in: int | None = None
    """Days from today."""
    rounds: int | None = None
    is_shared: bool = False
    is_done: bool = False


TASKS = [
    _DemoTask(0, "Sheet 4, exercises 1 to 3", "Calculus together", 0, 2, is_shared=True),
    _DemoTask(0, "Read chapter 7", "Quiet reading", 2, 1),
    _DemoTask(0, "Return the library books", due_in=-1),
    _DemoTask(0, "Formula sheet for the exam", "Calculus together", 9, 4, is_shared=True),
    _DemoTask(0, "Sheet 3", "Calculus together", -5, 3, is_shared=True, is_done=True),
    _DemoTask(1, "Integration by parts: exercise 2", "Calculus together", 0, 2, is_shared=True),
    _DemoTask(1, "Draw the SN2 mechanism", "Organic chemistry", 1, 1, is_shared=True),
    _DemoTask(1, "Vocabulary, unit 12", due_in=3, rounds=1),
    _DemoTask(2, "Essay plan: Middlemarch", "Quiet reading", 1, 3, is_shared=True),
    _DemoTask(2, "Check the answers to sheet 4", "Calculus together", 0, 1, is_shared=True),
]

ACTIVITIES = {
    "Calculus together": ("Sheet 4", "Integration by parts", "Past exam 2025", "Lecture notes"),
    "Quiet reading": ("Middlemarch", "Essay plan", "Secondary literature"),
    "Organic chemistry": ("Mechanisms", "Lab report"),
}

SCHEDULE: list[tuple[str, str, tuple[Weekday, ...], time, int]] = [
    ("Calculus together", "Problem sheet", ("tue", "thu"), time(17), 120),
    ("Quiet reading", "Silent hour", ("mon", "wed", "fri"), time(19, 30), 60),
]


async def load_study_data(services: Services, people: list[User], rooms: Mapping[str, RoomId]) -> None:
    """Fill the accounts and rooms of the demo with study data.

    Args:
        services: the services of a server that has started.
        people: users of the demo, members of all rooms.
        rooms: ids of the rooms by name.
    """
    now = services.study_clock.now()
    chance = random.Random(SEED)  # noqa: S311  # the same history each time; nothing is secret
    for user in people:
        # sessions of the past, which no client can add
        await services.ctx.storage.save_focus(
            [FocusRow(session=session, acted_at=session.started_at) for session in _history(user, rooms, now, chance)]
        )
    await _add_tasks(services, people, rooms)
    for name, title, days, at, minutes in SCHEDULE:
        await services.schedules.create(rooms[name], _weekly(title, days, at, minutes, now), people[0])
    calculus = rooms["Calculus together"]
    for user in people:
        await services.membership_settings.change(calculus, MembershipChange(show_on_leaderboard=True), user)
    await services.timers.change(calculus, TimerChange(action="start", version=0, plan=PlanChange()), people[0])


def _history(user: User, rooms: Mapping[str, RoomId], now: int, chance: random.Random) -> Iterator[FocusSession]:
    """Yield sessions of the last `DAYS` days and of today, in the order of their starts."""
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    for number in range(DAYS, -1, -1):
        day = today - number * DAY
        is_weekend = day.isoweekday() >= SATURDAY
        if number > SURE_DAYS and chance.random() < (0.55 if is_weekend else 0.25):
            continue
        hour = _at(day, time(10 if is_weekend else 15)) + chance.randrange(0, 90) * MINUTE
        for _ in range(chance.randint(1, 3) + (not is_weekend)):
            minutes = chance.choice((25, 25, 25, 50, 45, 30))
            ended_at = hour + minutes * MINUTE
            if ended_at > now:
                break
            yield _session(user, rooms, hour, ended_at, chance)
            hour = ended_at + chance.randint(5, 40) * MINUTE


def _session(
    user: User, rooms: Mapping[str, RoomId], started_at: int, ended_at: int, chance: random.Random
) -> FocusSession:
    name = chance.choices([*rooms, None], weights=[*range(len(rooms) + 1, 1, -1), 1])[0]
    sources: tuple[FocusSource, ...] = ("timer", "timer", "stopwatch") if name else ("stopwatch",)
    return FocusSession(
        id=new_id(),
        user_id=user.id,
        room_id=rooms[name] if name else None,
        task_id=None,
        activity=chance.choice(ACTIVITIES.get(name or "", ("Vocabulary",))),
        source=chance.choice(sources),
        started_at=from_milliseconds(started_at),
        ended_at=from_milliseconds(ended_at),
        seconds=(ended_at - started_at) // 1000,
    )


async def _add_tasks(services: Services, people: list[User], rooms: Mapping[str, RoomId]) -> None:
    today = datetime.fromtimestamp(services.study_clock.now() / 1000, UTC).date()
    for one in TASKS:
        new = NewTask(
            title=one.title,
            room_id=rooms[one.room] if one.room else None,
            due_on=None if one.due_in is None else (today + one.due_in * DAY).isoformat(),
            estimate_rounds=one.rounds,
            shared=one.is_shared,
        )
        task = await services.tasks.add(new, people[one.owner])
        if one.is_done:
            await services.tasks.change(task.id, TaskEdit(done=True), people[one.owner])


def _weekly(title: str, days: tuple[Weekday, ...], at: time, minutes: int, now: int) -> NewScheduledSession:
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    return NewScheduledSession(
        title=title,
        starts_at=f"{today.isoformat()}T{at:%H:%M}",
        minutes=minutes,
        time_zone="UTC",
        repeat="weekly",
        days=days,
        until=today + 90 * DAY,
    )


def _at(day: date, at: time) -> int:
    """Return a time of a day in UTC as Unix milliseconds."""
    return int(datetime.combine(day, at, UTC).timestamp()) * 1000
