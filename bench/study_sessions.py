"""Two years of study time: accounts, rooms and tasks over HTTP, and focus sessions written into the database."""

import contextlib
import io
import random
import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import psycopg2

from bench.load.http import ask_all, request
from bench.population import account
from domain.clock import from_milliseconds
from domain.ids import new_id

DAY = 24 * 3600 * 1000
"""Milliseconds."""
ROOMS = 50
"""Small rooms; each user is a member of two."""
HALL_SIZE = 500
"""Members of the hall."""
TASKS = 2
"""Tasks of a user."""
HEAVY = 10
"""Sessions a day of the first user."""
SESSIONS = (0, 1, 2, 3)
"""Sessions of other users on a day,"""
WEIGHTS = (55, 25, 15, 5)
"""and how often: 0.7 on average."""
TIME_ZONE = "Europe/Berlin"
BATCH = 10_000

_COLUMNS = (
    *("id", "user_id", "room_id", "task_id", "activity", "source", "started_at", "ended_at", "seconds"),
    *("time_zone", "day_starts_at", "created_at"),
)
_Row = tuple[str | int | None, ...]


class Student(NamedTuple):
    """A user with the rooms and tasks of their sessions."""

    id: str
    email: str
    rooms: list[str]
    tasks: list[str]


class School(NamedTuple):
    """Users, the first with most study time, and the room that the first of them are members of."""

    students: list[Student]
    hall: str


async def populate(port: int, users: int) -> School:
    """Create accounts, rooms, memberships and tasks on an empty server."""
    people = [account(number) for number in range(users)]
    signed_up = await ask_all(
        port, [request("POST", "/api/auth/register", body=one | {"timeZone": TIME_ZONE}) for one in people]
    )
    tokens = [answer["token"] for answer in signed_up]
    names = ["Hall", *(f"Room {number}" for number in range(ROOMS))]
    openings = [request("POST", "/api/study-rooms", tokens[0], {"name": name, "leaderboard": "on"}) for name in names]
    hall, *small = [answer["data"]["id"] for answer in await ask_all(port, openings)]
    rooms = [
        [*([hall] if n < HALL_SIZE else []), small[n % ROOMS], small[(n + 1 + n // ROOMS % (ROOMS - 1)) % ROOMS]]
        for n in range(users)
    ]
    joins = [(room, token) for token, own in zip(tokens, rooms, strict=True) for room in own]
    await ask_all(port, [request("POST", f"/api/study-rooms/{room}/join", token) for room, token in joins])
    shown = {"showOnLeaderboard": True}
    path = f"/api/study-rooms/{hall}/membership"
    await ask_all(port, [request("PUT", path, token, shown) for token in tokens[:HALL_SIZE]])
    titles = [(token, {"title": f"Sheet {number}"}) for token in tokens for number in range(TASKS)]
    tasks = await ask_all(port, [request("POST", "/api/tasks", token, title) for token, title in titles])
    ids = [task["data"]["id"] for task in tasks]
    students = [
        Student(signed_up[n]["user"]["id"], people[n]["email"], rooms[n], ids[n * TASKS : (n + 1) * TASKS])
        for n in range(users)
    ]
    return School(students, hall)


def fill(storage: str, school: School, days: int, now: int) -> int:
    """Store sessions of the last days in a database that no server uses, and return their number.

    Args:
        storage: URL of SQLite or PostgreSQL.
        school: the users.
        days: number of days.
        now: Unix time in milliseconds; sessions end before it.
    """
    rows = _sessions(school.students, days, now)
    return _fill_sqlite(storage, rows) if storage.startswith("sqlite") else _fill_postgres(storage, rows)


def _sessions(students: Sequence[Student], days: int, now: int) -> Iterator[_Row]:
    """Return sessions in the order of their days, as they are written in time."""
    chance = random.Random(1)
    today = now - now % DAY
    for day in range(today - (days - 1) * DAY, now, DAY):
        counts = [HEAVY, *chance.choices(SESSIONS, WEIGHTS, k=len(students) - 1)]
        for student, count in zip(students, counts, strict=True):
            started = day + chance.randrange(4, 9) * 3_600_000
            for _ in range(count):
                started += chance.randrange(5, 30) * 60_000
                seconds = chance.randrange(600, 4800)
                ended = started + seconds * 1000
                if ended < now:
                    yield _row(student, chance, started, seconds)
                started = ended


def _row(student: Student, chance: random.Random, started: int, seconds: int) -> _Row:
    at = from_milliseconds(started)
    return (
        new_id(),
        student.id,
        chance.choice(student.rooms) if chance.random() < 0.8 else None,
        chance.choice(student.tasks) if chance.random() < 0.5 else None,
        "",
        "timer",
        at,
        from_milliseconds(started + seconds * 1000),
        seconds,
        TIME_ZONE,
        4,
        at,
    )


def _fill_sqlite(storage: str, rows: Iterator[_Row]) -> int:
    columns, marks = ", ".join(_COLUMNS), ", ".join("?" * len(_COLUMNS))
    statement = f"INSERT INTO focus_sessions ({columns}) VALUES ({marks})"  # noqa: S608  # columns are constants
    with contextlib.closing(sqlite3.connect(storage.removeprefix("sqlite:///"))) as connection, connection:
        return connection.executemany(statement, rows).rowcount


def _fill_postgres(storage: str, rows: Iterator[_Row]) -> int:
    copy = f"COPY focus_sessions ({', '.join(_COLUMNS)}) FROM STDIN"
    count = 0
    with contextlib.closing(psycopg2.connect(storage)) as connection:
        with connection, connection.cursor() as cursor:
            while batch := list(islice(rows, BATCH)):
                lines = ("\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in batch)
                cursor.copy_expert(copy, io.StringIO("".join(lines)))
                count += len(batch)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does in time
    return count
