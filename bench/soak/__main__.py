"""Soak a server on each storage with users coming and going, chart its resources, and report which are not flat."""

import argparse
import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import uvloop

from bench import report, servers
from bench.population import populate
from bench.servers import HOME, Program, Server
from bench.soak.drawing import Panel, draw, told
from bench.soak.trend import trend
from bench.soak.visitors import Visitors
from tests.support import postgres_server

STORAGES = ("sqlite", "postgres")
ENVIRON = {
    "STUDYHALL_LIMITS_ENABLED": "true",  # rate limits have state, too; they are high, so that no request is rejected
    "STUDYHALL_LIMITS_SIGN_UPS": "10000/minute",
    "STUDYHALL_LIMITS_SIGN_INS": "10000/minute",
    "STUDYHALL_LIMITS_ROOMS": "10000/minute",
    "STUDYHALL_LIMITS_JOINS": "10000/minute",
    "STUDYHALL_LIMITS_MESSAGES": "10000/10 seconds",
    "STUDYHALL_CACHE_MAX_ENTRIES": "200",  # so that it is full before the warm-up is over
    "STUDYHALL_CACHE_TTL": "60",
}
PEOPLE, ROOMS, ROOM_SIZE = 60, 8, 10
SAMPLES = 180
MOST_REFUSED = 0.01
_ANSWER_WITHIN = 5.0


class Number(NamedTuple):
    """A resource of a server: its title, its unit, and its normal fluctuation."""

    title: str
    unit: str
    swing: float


NUMBERS = {
    "memory": Number("Memory", " MB", 4),
    "files": Number("Files and sockets open", "", 20),
    "database": Number("Connections to the database", "", 2),
    "tasks": Number("Tasks", "", 30),
    "cache entries": Number("Cache entries", "", 60),
    "rate windows": Number("Rate windows", "", 60),
    "connections": Number("Clients connected", "", 15),
    "rooms": Number("Rooms with users present", "", 8),
    "users present": Number("Users in rooms", "", 15),
}

Held = dict[str, list[tuple[float, float]]]
"""Number → time in seconds from the start, and value."""


class Subject(NamedTuple):
    """A server under test. `databases` counts its connections to the database, from the outside."""

    server: Server
    visitors: Visitors
    databases: Callable[[], int]
    held: Held


async def ask(server: Server) -> dict[str, float]:
    """Return the counts that the server logs on SIGUSR1."""
    server.said.clear()
    os.kill(server.pid, signal.SIGUSR1)
    async with asyncio.timeout(_ANSWER_WITHIN):
        while True:
            for line in list(server.said):
                if "studyhall: gauges: " in line:
                    counts = re.findall(r"(\d+) ([a-z ]+)", line.partition("gauges: ")[2])
                    return {what: float(number) for number, what in counts}
            await asyncio.sleep(0.01)


@asynccontextmanager
async def subject(storage: str, folder: str, haste: float) -> AsyncIterator[Subject]:
    """Start a server on a fresh storage, with a population."""
    database = postgres_server.start() if storage == "postgres" else None
    try:
        address = database.create_database() if database else f"sqlite:///{folder}/soak.db"
        program: Program = servers.studyhall(address)
        program = program._replace(environ=program.environ | ENVIRON)
        async with servers.running(program, os.sched_getaffinity(0)) as server:
            people = await populate(server.port, PEOPLE, ROOMS, ROOM_SIZE)

            def databases() -> int:
                if database is None:
                    return server.opened().count(f"{folder}/soak.db")
                asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'studyhall'"
                return int(database.execute(asked)[0][0])

            yield Subject(server, Visitors(server.port, people, haste=haste), databases, {name: [] for name in NUMBERS})
    finally:
        if database:
            database.stop()


async def watch(subject: Subject, seconds: float) -> None:
    """Sample the server until the time is over."""
    began = time.monotonic()
    while (now := time.monotonic() - began) < seconds:
        answers = await ask(subject.server)
        answers["memory"] = subject.server.resident() / 1e6
        answers["files"] = subject.server.files()
        answers["database"] = await asyncio.to_thread(subject.databases)
        for name, held in subject.held.items():
            held.append((now, answers[name]))
        await asyncio.sleep(seconds / SAMPLES)


async def soak(name: str, seconds: float, haste: float) -> Subject:
    """Run visits on one storage, and return the samples."""
    with tempfile.TemporaryDirectory() as folder:
        async with subject(name, folder, haste) as looked_at:
            before, began = looked_at.server.cpu(), time.monotonic()
            visiting = asyncio.create_task(looked_at.visitors.come_and_go())
            try:
                await watch(looked_at, seconds)
                busy = (looked_at.server.cpu() - before) / (time.monotonic() - began)
            finally:
                visiting.cancel()
                with suppress(asyncio.CancelledError):
                    await visiting
            visits, refused = looked_at.visitors.visits, looked_at.visitors.refused
            kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(visits.items()))
            print(f"{name}: {busy:.0%} of a core; visits: {kinds}; {looked_at.visitors.said} messages", flush=True)
            for reason, count in refused.most_common(5):
                print(f"{name}: rejected {count} times: {reason}", flush=True)
    return looked_at


def panels(looked_at: Mapping[str, Subject], swings: float) -> list[Panel]:
    """Return a panel for each number; `swings` multiplies the allowed fluctuation."""
    return [
        Panel(
            number.title,
            number.unit,
            {name: subject.held[key] for name, subject in looked_at.items()},
            {name: trend(subject.held[key], number.swing * swings) for name, subject in looked_at.items()},
        )
        for key, number in NUMBERS.items()
    ]


async def soak_all(names: Sequence[str], seconds: float, haste: float) -> dict[str, Subject]:
    """Soak several storages concurrently. SIGINT and SIGTERM end it; all started processes are stopped."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    async with asyncio.TaskGroup() as group:
        tasks = {name: group.create_task(soak(name, seconds, haste)) for name in names}
    return {name: task.result() for name, task in tasks.items()}


def conclude(drawn: Sequence[Panel], looked_at: Mapping[str, Subject], caption: str, file: Path) -> bool:
    """Draw and print; return True if everything is flat and almost nothing was rejected."""
    file.write_text(draw("Resources of Studyhall while users come and go", caption, drawn), "utf-8")
    print("\n".join(told(drawn)))
    refused = sum(subject.visitors.refused.total() for subject in looked_at.values())
    visits = sum(subject.visitors.visits.total() for subject in looked_at.values())
    print(f"{refused} of {refused + visits} visits rejected; chart written to {file}")
    flat = all(trend.flat for panel in drawn for trend in panel.trends.values())
    return flat and refused <= MOST_REFUSED * visits


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0, metavar="M", help="duration in minutes (15)")
    parser.add_argument(
        "--storages", nargs="+", choices=STORAGES, default=STORAGES, help="storages, tested concurrently"
    )
    parser.add_argument("--haste", type=float, default=1.0, metavar="H", help="divisor of users' pauses (1)")
    parser.add_argument("--draw", type=Path, default=HOME / "docs" / "soak.svg", metavar="FILE", help="docs/soak.svg")
    parser.add_argument("--swings", type=float, default=1.0, metavar="F", help="factor of all bounds (1)")
    given = parser.parse_args()
    caption = f"{given.minutes:g} min of users coming and going, warm-up in grey; commit {report.commit()}"
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            looked_at = runner.run(soak_all(given.storages, given.minutes * 60, given.haste))
    except asyncio.CancelledError:
        sys.exit("stopped, with all servers")
    if not conclude(panels(looked_at, given.swings), looked_at, caption, given.draw):
        sys.exit("something is not flat, or too many visits were rejected")


if __name__ == "__main__":
    main()
