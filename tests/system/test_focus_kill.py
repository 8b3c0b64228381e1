"""A real server is killed while people study: no one loses over a minute of study time, and no one gains any."""
# ruff: noqa: S608 - statements are put together from constants of this file; values are parameters

import asyncio
import signal
import sqlite3
from contextlib import closing

import pytest

from bench.load.http import ask_all, request
from bench.load.websocket import connect
from bench.population import account
from domain.clock import from_milliseconds, seconds_between, to_milliseconds
from tests.support.ports import lasting_port
from tests.support.process import START_WITHIN, started

pytestmark = pytest.mark.slow

MINUTE = 60_000
CONNECTIONS = (2, 2, 1)
"""Of each of the three people."""
TIMES = {
    "focus_sessions": ("started_at", "ended_at", "created_at", "lost_at", "acted_at", "checked_at"),
    "study_checkpoints": ("alive_at",),
}


@pytest.fixture
def environ():
    return {
        "STUDYHALL_SERVER_ENVIRONMENT": "test",
        "STUDYHALL_LIMITS_ENABLED": "false",
        "STUDYHALL_AUTH_SECRET": "only for a test, and long enough",
    }


@pytest.fixture
def file(tmp_path):
    return tmp_path / "hall.db"


def read(file, query):
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()


def pass_time(file, milliseconds, tables):
    """Move the stored times of a server that does not run back, as if it had been so much longer."""
    with closing(sqlite3.connect(file)) as database, database:
        for table, columns in tables.items():
            for column in columns:
                times = database.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()
                for (time,) in sorted(times):
                    moved = from_milliseconds(to_milliseconds(time) - milliseconds)
                    database.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (moved, time))


async def checkpoint_after(file, time):
    """Wait until a checkpoint is later than a time."""
    async with asyncio.timeout(START_WITHIN):
        while not [alive for (alive,) in read(file, "SELECT alive_at FROM study_checkpoints") if alive > time]:
            await asyncio.sleep(0.05)


async def focus_of(port, tokens, path="current"):
    answers = await ask_all(port, [request("GET", f"/api/focus/{path}", token) for token in tokens])
    return [answer["data"] for answer in answers]


async def test_kill_costs_no_one_over_a_minute_and_gives_no_one_any(file, environ):
    port = lasting_port()
    arguments = ("--port", port, "--storage", f"sqlite:///{file}")
    async with started(*arguments, environ=environ) as server:
        await server.port()
        made = await ask_all(port, [request("POST", "/api/auth/register", body=account(n)) for n in range(3)])
        tokens = [answer["token"] for answer in made]
        for token, number in zip(tokens, CONNECTIONS, strict=True):
            for _ in range(number):
                await connect(port, token)
        await ask_all(port, [request("POST", "/api/focus", token, {"activity": "Essay"}) for token in tokens])
        first = await focus_of(port, tokens)
        await checkpoint_after(file, first[-1]["serverTime"])
        before_kill = (await focus_of(port, tokens[:1]))[0]["serverTime"]
        await server.stop(signal.SIGKILL)
    pass_time(file, 20 * MINUTE, {"focus_sessions": ("started_at",)})

    async with started(*arguments, environ=environ) as server:
        await server.port()
        for token, number in zip(tokens[:2], CONNECTIONS, strict=False):
            for _ in range(number):
                await connect(port, token)
        back = await focus_of(port, tokens)
        assert [one["session"]["id"] for one in back] == [one["session"]["id"] for one in first], "nobody has a gap"
        await checkpoint_after(file, back[-1]["serverTime"])
        before_second_kill = (await focus_of(port, tokens[:1]))[0]["serverTime"]
        await server.stop(signal.SIGKILL)
    begun = [from_milliseconds(to_milliseconds(one["session"]["startedAt"]) - 20 * MINUTE) for one in first]
    pass_time(file, 7 * MINUTE, TIMES)

    async with started(*arguments, environ=environ) as server:
        await server.port()
        pages = await focus_of(port, tokens, "sessions")
        last_seen = [before_second_kill, before_second_kill, before_kill]
        for page, start, seen in zip(pages, begun, last_seen, strict=True):
            [session] = page["sessions"]
            studied = seconds_between(start, seen)
            assert studied - 60 <= session["seconds"] <= studied + 5, "5 s for the kill itself"
            assert seconds_between(session["startedAt"], session["endedAt"]) - session["seconds"] < 1
        await server.stop()
