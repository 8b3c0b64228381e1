"""The same answers without stored totals: a GROUP BY over the sessions themselves, by dates in UTC.

A peer for `bench.study_queries`: it is what a server without tables of totals would do, without its requests.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import psycopg2

from bench.servers import cpu_seconds

TIMES = 20

_YEAR = "SELECT {day}, sum(seconds) FROM focus_sessions WHERE user_id = {user} AND started_at >= {first} GROUP BY 1"
_LEADERBOARD = (
    "SELECT user_id, sum(seconds) FROM focus_sessions WHERE room_id = {room} AND source <> 'manual'"
    " GROUP BY user_id ORDER BY 2 DESC LIMIT 50"
)


def scan(storage: str, user: str, room: str, first: str) -> Iterator[tuple[str, float]]:
    """Return the median CPU time of the database in milliseconds, for a user's days and for a room's leaderboard."""
    if storage.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(storage.removeprefix("sqlite:///"))) as connection:
            day, mark = "substr(started_at, 1, 10)", "?"
            yield from _measure(connection.execute, time.process_time, day, mark, (user, first), (room,))
        return
    with contextlib.closing(psycopg2.connect(storage)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]

        def execute(statement: str, values: tuple[str, ...]) -> Any:
            cursor.execute(statement, values)
            return cursor

        yield from _measure(execute, lambda: cpu_seconds(pid), "started_at::date", "%s", (user, first), (room,))


def _measure(
    execute: Callable[..., Any],
    clock: Callable[[], float],
    day: str,
    mark: str,
    user: tuple[str, ...],
    room: tuple[str, ...],
) -> Iterator[tuple[str, float]]:
    queries = (
        ("a year of days, most sessions", _YEAR.format(day=day, user=mark, first=mark), user),
        ("leaderboard, all", _LEADERBOARD.format(room=mark), room),
    )
    for name, statement, values in queries:
        costs = []
        for _ in range(TIMES):
            before = clock()
            execute(statement, values).fetchall()
            costs.append(clock() - before)
        yield name, 1000 * median(costs)
