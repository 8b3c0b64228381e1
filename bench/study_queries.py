"""Cost of reads of study time with a million focus sessions stored: `make study-queries`.

    python -m bench.study_queries [--users N] [--days N] [--storages sqlite postgres]

CPU time of the server for each request, one at a time: of many users with one request each, so that nothing is cached,
and of the user with most sessions. Also the time of the command that rebuilds the totals.
"""

import argparse
import asyncio
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from statistics import median, quantiles
from typing import NamedTuple

from bench import servers, study_scans, study_sessions
from bench.load.http import ask_all, connect, request
from bench.population import PASSWORD
from bench.servers import Server, cpu_seconds
from bench.study_sessions import School
from bench.study_storages import STORAGES, empty_storage
from tests.support import postgres_server

USERS = 2_000
DAYS = 730
REQUESTS = 100
"""Requests of a row."""
WARM_UP = 20
YEAR = timedelta(days=365)
PERIODS = ("day", "week", "month", "all")
SETTLE = 0.002
"""Seconds after a response, in which the server logs it."""


class Cost(NamedTuple):
    """CPU seconds of the server and of the database for a request, and the bytes of the response."""

    server: float
    database: float
    size: int


class Row(NamedTuple):
    """Requests that are measured together, each by its token and path."""

    name: str
    paths: Sequence[tuple[str, str]]


async def measure(kind: str, users: int, days: int) -> list[str]:
    """Fill a storage, and return the lines of its table."""
    cores = servers.cores()
    with empty_storage(kind) as (storage, postgres):
        program = servers.studyhall(storage)
        async with servers.running(program, cores.server) as server:
            school = await study_sessions.populate(server.port, users)
        now = time.time_ns() // 1_000_000
        began = time.monotonic()
        count = study_sessions.fill(storage, school, days, now)
        _say(f"{kind}: {count:,} sessions of {users:,} users, stored in {time.monotonic() - began:.0f} s")
        lines = [f"{kind}, {count:,} sessions: {await rebuild(storage)}", ""]
        async with servers.running(program, cores.server) as server:
            lines += await _measure(server, school, postgres)
        scans = study_scans.scan(storage, school.students[0].id, school.hall, str(_today() - YEAR))
        return [*lines, "", *(f"{name}, one scan of the sessions: {ms:.1f} ms of the database" for name, ms in scans)]


async def rebuild(storage: str) -> str:
    """Rebuild the totals with the command, print its progress, and return its duration."""
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = (sys.executable, str(servers.HOME / "server.py"), "--storage", storage, "rebuild-focus-days")
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE, stdout=sys.stderr)
    assert process.stderr is not None
    printed, silent = began, 0.0
    async for line in process.stderr:
        now = time.monotonic()
        silent, printed = max(silent, now - printed), now
        _say(f"    {now - began:5.1f} s  {line.decode().rstrip()}")
    if await process.wait():
        raise RuntimeError("the command failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return (
        f"totals rebuilt in {time.monotonic() - began:.0f} s ({cpu:.0f} s of CPU),"
        f" a line of progress at least every {silent:.0f} s"
    )


async def _measure(server: Server, school: School, postgres: postgres_server.Server | None) -> list[str]:
    chosen = list(islice(cycle(school.students[: study_sessions.HALL_SIZE : 4]), WARM_UP + REQUESTS))
    logins = [request("POST", "/api/auth/login", body={"email": one.email, "password": PASSWORD}) for one in chosen]
    tokens = [answer["token"] for answer in await ask_all(server.port, logins)]
    connection = await connect(server.port)
    lines = ["| request | CPU, ms | p95 | PostgreSQL, ms | p95 | kB |", "|---|--:|--:|--:|--:|--:|"]
    for token in tokens[:WARM_UP]:
        await connection.ask(request("GET", "/api/focus/stats", token))
    for name, paths in _rows(school, tokens[0], tokens[WARM_UP:]):
        costs = []
        backends = _backends(postgres)
        for token, path in paths:
            before = server.cpu(), sum(map(cpu_seconds, backends))
            answer = await connection.ask(request("GET", path, token))
            await asyncio.sleep(SETTLE)
            after = server.cpu(), sum(map(cpu_seconds, backends))
            costs.append(Cost(after[0] - before[0], after[1] - before[1], len(answer.body)))
        lines.append(_line(name, costs))
        _say(lines[-1])
    connection.close()
    return lines


def _rows(school: School, heavy: str, others: Sequence[str]) -> Iterator[Row]:
    today = _today()
    hall = f"/api/study-rooms/{school.hall}"
    reads = {
        "a year of stats": f"/api/focus/stats?from={today - YEAR}&to={today}",
        "Progress (53 weeks of stats)": "/api/focus/stats",
        "50 sessions": "/api/focus/sessions",
        "dashboard": "/api/dashboard",
        **{f"leaderboard, {period}": f"{hall}/leaderboard?period={period}" for period in PERIODS},
    }
    for name, path in reads.items():
        yield Row(name, [(token, path) for token in others])
        yield Row(f"{name}, most sessions", [(heavy, path)] * REQUESTS)


def _backends(postgres: postgres_server.Server | None) -> list[int]:
    """Return the processes of PostgreSQL that serve clients; SQLite runs in the server."""
    if postgres is None:
        return []
    query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    return [pid for (pid,) in postgres.execute(query)]  # type: ignore[no-untyped-call]


def _line(name: str, costs: Sequence[Cost]) -> str:
    figures = [
        f"{1000 * value:.2f}"
        for part in zip(*(cost[:2] for cost in costs), strict=True)
        for value in (median(part), quantiles(part, n=20)[-1])
    ]
    return f"| {name} | {' | '.join(figures)} | {median(cost.size for cost in costs) / 1000:.1f} |"


def _today() -> date:
    return datetime.now(UTC).date()


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--storages", nargs="+", choices=STORAGES, default=STORAGES)
    given = parser.parse_args()
    for kind in given.storages:
        print("\n".join(asyncio.run(measure(kind, given.users, given.days))))
        print(f"\nload of the machine: {os.getloadavg()[0]:.1f}\n")


if __name__ == "__main__":
    main()
