"""Run Studyhall and its peers in turn under the same load, and print and write a table of ratios.

    python -m bench.run [--quick] [--pairs N] [--rows ROW ...]

Rows are room, rooms, echo, memory, http, sign-ins, storages, growth, which also draws docs/growth.svg, and hostile.

load/         the load generator: raw sockets and HTTP connections
servers.py    the servers under test: cores, start and stop
population.py accounts and rooms that exist before the measurement starts
scenarios.py  loads, and their measurements
growth.py     the same at growing sizes; picture.py draws it
hostile.py    hostile clients, and the memory after them
outcome.py    results of work that a server may not survive
report.py     the tables
size.py       size of the loads
study_queries.py, phase_changes.py  reads of study time, and ends of phases: commands of their own
peer/         the seed, and Socket.IO without an application

Every trial has a freshly started server; accounts, tokens and rooms are in its database already. The servers take
turns, A B C A B C, so that other load on the machine affects all of them.
"""

import argparse
import asyncio
import os
import resource
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from statistics import median
from typing import NamedTuple

import uvloop

from bench import growth, hostile, report, scenarios, servers
from bench.population import Population, nobody_known, populate
from bench.scenarios import Measured
from bench.servers import Program, Server
from bench.size import Size
from tests.support import postgres_server

SCENARIOS = ("room", "rooms", "echo", "memory", "http", "sign-ins", "storages", "growth", "hostile")
ALONE = {"storages", "growth", "hostile"}
"""Scenarios with a population of their own."""
QUICK = ("room", "rooms")
STORAGES = ("memory", "sqlite", "postgres")
FEWEST_PAIRS = 3
"""Minimum of pairs: with fewer, or without all rows, the table is printed but not written."""
MOST_SECONDS = 45 * 60

Scenario = Callable[[Server, Population], Awaitable[Measured]]
Values = defaultdict[str, defaultdict[str, list[float]]]

_BEGAN = time.monotonic()


class Contestant(NamedTuple):
    """A server with its population. `earnest` is the same server with production-strength password hashes."""

    program: Program
    earnest: Program | None
    population: Population


class Bench:
    """One run."""

    def __init__(self, size: Size, cores: servers.Cores, database: postgres_server.Server) -> None:
        self.trials: Values = _values()
        self.busiest: dict[str, float] = {}
        self.storages: Values = _values()
        self.growth: list[growth.Series] = []
        self.hostile: dict[str, hostile.Result | str] = {}
        self._size = size
        self._cores = cores
        self._database = database

    async def _prepare(self, *sizes: int) -> list[Contestant]:
        """Fill a database for each server that has one, with this number of users, rooms, and seats in a room."""
        contestants = []
        for make in (servers.studyhall, servers.seed):
            address = self._database.create_database()
            program = make(address)
            _say(f"{program.name}: {sizes[0]} accounts, {sizes[1]} rooms …")
            async with servers.running(program, self._cores.server) as server:
                population = await populate(server.port, *sizes)
            contestants.append(Contestant(program, make(address, cheap_passwords=False), population))
        return [*contestants, Contestant(servers.bare(), None, nobody_known(*sizes))]

    async def run(self, names: Sequence[str]) -> None:
        """Run scenarios, in the order of SCENARIOS."""
        size = self._size
        everywhere: dict[str, Scenario] = {
            "room": partial(scenarios.one_room, sockets=size.people, senders=size.senders, seconds=size.seconds),
            "rooms": partial(scenarios.small_rooms, senders=size.spread_senders, seconds=size.seconds),
            "memory": partial(scenarios.idle, sockets=size.idle),
        }
        stored: dict[str, Callable[[], Scenario]] = {
            "echo": self._echo,
            "http": lambda: partial(scenarios.http, seconds=size.seconds),
            "sign-ins": lambda: partial(scenarios.sign_ins, seconds=size.seconds),
        }
        contestants = await self._prepare(size.people, size.rooms, size.room_size) if set(names) - ALONE else []
        for name in (name for name in SCENARIOS if name in names):
            if name == "storages":
                await self._storages()
            elif name == "growth":
                await self._growth()
            elif name == "hostile":
                await self._hostile()
            elif name in everywhere:
                await self._in_turn(name, everywhere[name], contestants)
            else:
                await self._in_turn(name, stored[name](), contestants[:2])

    async def _in_turn(self, name: str, scenario: Scenario, contestants: Sequence[Contestant]) -> None:
        for number in range(self._size.pairs):
            for usual, earnest, population in contestants:
                program = earnest if name == "sign-ins" and earnest else usual
                _say(f"{name}, {number + 1} of {self._size.pairs}: {program.name} …")
                async with servers.running(program, self._cores.server) as server:
                    self._note(name, self.trials[program.name], await scenario(server, population))

    def _echo(self) -> Scenario:
        """Return the scenario at a rate that the seed can just sustain; `rooms` has measured it."""
        rate = self._size.load * median(self.trials["seed"]["messages"])
        return partial(scenarios.echo, senders=self._size.spread_senders, rate=rate, seconds=self._size.seconds * 2)

    async def _storages(self) -> None:
        senders = self._size.senders
        for number in range(self._size.pairs):
            for storage in STORAGES:
                _say(f"storages, {number + 1} of {self._size.pairs}: {storage} …")
                with tempfile.TemporaryDirectory() as folder:
                    address = {
                        "memory": lambda: "memory://",
                        "sqlite": lambda: f"sqlite:///{folder}/bench.db",
                        "postgres": self._database.create_database,
                    }[storage]()
                    async with servers.running(servers.studyhall(address), self._cores.server) as server:
                        population = await populate(server.port, senders, 1, senders)
                        measured = await scenarios.one_room(
                            server, population, sockets=senders, senders=senders, seconds=self._size.seconds
                        )
                        self._note("storages", self.storages[storage], measured)

    async def _growth(self) -> None:
        contestants = await self._prepare(growth.PEOPLE, growth.ROOMS, growth.ROOM_SIZE)
        for panel in growth.PANELS:
            series: growth.Series = {contestant.program.name: {} for contestant in contestants}
            for size in panel.sizes:
                for program, _, population in contestants:
                    _say(f"growth, {panel.title.lower()}, {size:,} {panel.of}: {program.name} …")
                    async with servers.running(program, self._cores.server) as server:
                        reached = await growth.reach(panel, server, population, size)
                    series[program.name][size] = reached
                    if isinstance(reached, str):
                        _say(f"    {reached}")
                    else:
                        self._note("growth", _values()[program.name], reached)
            self.growth.append(series)

    async def _hostile(self) -> None:
        program = hostile.program(servers.studyhall(self._database.create_database()))
        async with servers.running(program, self._cores.server) as server:
            population = await populate(server.port, hostile.PEOPLE, 1, hostile.PEOPLE)
        for kind in hostile.KINDS:
            _say(f"hostile: {kind} …")
            async with servers.running(program, self._cores.server) as server:
                result = self.hostile[kind] = await hostile.visits(server, population, kind)
            after = [result] if isinstance(result, str) else [f"{visit.after / 1e6:.1f} MB" for visit in result.visits]
            _say("    " + ", then ".join(after))

    def _note(self, name: str, values: defaultdict[str, list[float]], measured: Measured) -> None:
        self.busiest[name] = max(self.busiest.get(name, 0.0), measured.pop("generator", 0.0))
        for row, value in measured.items():
            values[row].append(value)
        _say("    " + ", ".join(f"{row} {value:,.1f}" for row, value in measured.items()))


def _values() -> Values:
    return defaultdict(lambda: defaultdict(list))


def _say(what: str) -> None:
    print(f"{time.monotonic() - _BEGAN:6.0f} s  {what}", file=sys.stderr, flush=True)


async def run(names: Sequence[str], size: Size, commit: str, *, quick: bool) -> str:
    """Measure, and return the page of results. SIGINT and SIGTERM end it; all started processes are stopped."""
    cores = servers.cores()
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):  # shells start background jobs with SIGINT ignored
        loop.add_signal_handler(number, task.cancel)
    with servers.on(cores.database):
        _say("PostgreSQL …")
        database = postgres_server.start(fsync=True)
    try:
        os.sched_setaffinity(0, cores.generator)
        bench = Bench(size, cores, database)
        async with asyncio.timeout(MOST_SECONDS):
            await bench.run(names)
        version = "PostgreSQL " + database.execute("SHOW server_version")[0][0]  # type: ignore[no-untyped-call]
    finally:
        database.stop()
    tree_changed = report.commit() != commit
    if bench.growth:
        _say(f"chart written to {report.draw(bench.growth, commit).relative_to(servers.HOME)}")
    parts = ["# Studyhall and its peers under the same load", report.surroundings(cores, version, commit)]
    if tree_changed:
        parts.insert(1, "**The checkout changed during the run: the rows are of different versions.**")
    if quick:
        parts.insert(1, "**Quick run: fewer rows, one pair, short loads. A first impression, no evidence.**")
    return "\n\n".join([*parts, *_tables(bench, size)]) + "\n"


def _tables(bench: Bench, size: Size) -> Iterator[str]:
    pairs = f"{size.pairs} pairs" if size.pairs > 1 else "one pair"
    how = f"Each value is the median of {pairs}, {size.seconds:g} s of load each"
    if bench.trials:
        yield f"{how}:"
        yield report.comparison(bench.trials, size)
    if bench.storages:
        yield f"Only Studyhall, saturated by {size.senders} senders in one room. {how}:"
        yield report.storages(bench.storages)
    if bench.growth:
        yield f"Growth, one trial of {growth.SECONDS:g} s a point:"
        for panel, series in zip(growth.PANELS, bench.growth, strict=True):
            yield report.growing(panel, series)
    if bench.hostile:
        yield "Hostile clients, each kind on its own server with timeouts of 1 and 2 s:"
        yield report.hostility(bench.hostile)
    if bench.busiest:
        yield report.busiest(bench.busiest)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"under two minutes: {', '.join(QUICK)}; writes no file")
    parser.add_argument("--pairs", type=int, metavar="N", help="trials of each server, in turn (3)")
    parser.add_argument("--seconds", type=float, metavar="S", help="seconds of each load (5)")
    parser.add_argument("--rows", nargs="+", choices=SCENARIOS, metavar="ROW", help=", ".join(SCENARIOS))
    given = parser.parse_args()
    names = set(given.rows or (QUICK if given.quick else SCENARIOS))
    if "echo" in names:
        names.add("rooms")  # measures the rate
    pairs, seconds = (1, 2.0) if given.quick else (3, 5.0)
    size = Size(given.pairs or pairs, given.seconds or seconds)
    commit = report.commit()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            page = runner.run(run(sorted(names), size, commit, quick=given.quick))
    except asyncio.CancelledError:
        sys.exit("stopped, with all servers")
    print(page)
    if size.pairs >= FEWEST_PAIRS and names == set(SCENARIOS):
        _say(f"written to {report.write(page, commit).relative_to(servers.HOME)}")


if __name__ == "__main__":
    main()
