"""Send a server 2, 5 and 10 times its capacity, and print what happens (load shedding).

    python -m bench.overload [--storages sqlite postgres] [--seconds N] [--factors 2 5 10]

Its capacity is measured first, by senders that wait for their acks. Then the same senders do not wait: each sends at
its rate whatever the responses. Another client beside them sends a message every 50 ms, and a process polls /healthz.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from statistics import median

import uvloop

from bench import servers
from bench.load.websocket import Flood, Refused, Sender, Socket, connect, crowd
from bench.population import Population, populate
from bench.scenarios import WINDOW
from bench.servers import Server
from tests.support import postgres_server

SENDERS, ROOM_SIZE = 100, 4
TICK = 0.005
"""Seconds between two sends."""
PATIENCE = 10.0
"""Seconds after the last message in which the rest must be answered."""
USUAL = 0.1
"""Maximum response time in seconds of a server that has recovered."""
HEADINGS = (
    "storage", "times", "offered/s", "accepted/s", "refused/s", "ack p50", "ack p99", "no p99", "out of order",
    "unanswered", "healthz p99", "other p99", "others no", "recovery", "generator",
)  # fmt: skip


class Timed:
    """A sender that records the time of each message."""

    def __init__(self, socket: Socket, room: str) -> None:
        self.sender = Sender(socket, room, lambda _: None)
        self.yes: list[float] = []
        self.no: list[float] = []
        self.disordered = 0
        self._sent: list[float] = []
        self._first = self.sender.send(0) + 1
        self._last = 0
        socket.on_acks = self._note

    def send(self, count: int) -> None:
        """Send messages."""
        self._sent += [time.perf_counter()] * count
        self.sender.send(count)

    @property
    def unanswered(self) -> int:
        """Number of messages without an ack."""
        return len(self._sent) - len(self.yes) - len(self.no)

    def _note(self, yes: list[int], no: list[int]) -> None:
        now = time.perf_counter()
        for number in yes:
            self.disordered += number < self._last
            self._last = number
            self.yes.append(now - self._sent[number - self._first])
        self.no += [now - self._sent[number - self._first] for number in no]


class Bystander:
    """A well-behaved client: sends one message after the other."""

    def __init__(self, socket: Socket, room: str) -> None:
        self.took: list[float] = []
        self.refused = 0
        self._socket = socket
        self._said = {"roomId": room, "content": "Is anybody else here?"}

    async def say(self) -> bool:
        """Send a message and return True if it was stored."""
        began = time.perf_counter()
        try:
            await self._socket.call("send-message", self._said)
        except Refused:
            if self._socket.transport.is_closing():
                raise
            self.refused += 1
            return False
        self.took.append(time.perf_counter() - began)
        return True

    async def go_on(self) -> None:
        """Send messages at intervals."""
        while True:
            await self.say()
            await asyncio.sleep(0.05)

    async def recovery(self) -> float:
        """Return the seconds until response times are normal again."""
        began = time.perf_counter()
        while not (await self.say() and self.took[-1] < USUAL):  # noqa: ASYNC110  # polls the server
            await asyncio.sleep(0.05)
        return time.perf_counter() - began


@asynccontextmanager
async def probed(server: Server, took: list[float]) -> AsyncIterator[None]:
    """Poll /healthz meanwhile."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load.probe", str(server.port), cwd=servers.HOME,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    yield
    output, _ = await process.communicate(b"")
    took += json.loads(output)


async def most(sockets: Sequence[Socket], rooms: Sequence[str], seconds: float) -> float:
    """Return the acks per second of senders that wait for their acks."""
    flood = Flood(sockets, rooms, WINDOW)
    await asyncio.sleep(2)
    acked, began = flood.acked, time.perf_counter()
    await asyncio.sleep(seconds)
    rate = (flood.acked - acked) / (time.perf_counter() - began)
    await flood.drain()
    return rate


async def overload(
    server: Server, sockets: Sequence[Socket], rooms: Sequence[str], other: Bystander, rate: float, seconds: float
) -> tuple[str, ...]:
    """Send `rate` messages a second in all, and return the results, in the order of HEADINGS from the third on."""
    senders = [Timed(socket, room) for socket, room in zip(sockets, rooms, strict=True)]
    health: list[float] = []
    async with probed(server, health):
        going_on = asyncio.create_task(other.go_on())
        began, ours, sent = time.perf_counter(), time.process_time(), 0
        while (passed := time.perf_counter() - began) < seconds:
            share = int((passed * rate - sent) / len(senders))
            if share:
                for sender in senders:
                    sender.send(share)
                sent += share * len(senders)
            await asyncio.sleep(TICK)
        busy = (time.process_time() - ours) / passed
        going_on.cancel()
        await asyncio.wait([going_on])
        others = list(other.took)
        recovery = await other.recovery()
        until = time.perf_counter() + PATIENCE
        while time.perf_counter() < until and any(s.unanswered for s in senders):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    yes = sorted(value for sender in senders for value in sender.yes)
    no = sorted(value for sender in senders for value in sender.no)
    return (
        f"{sent / passed:,.0f}",
        f"{len(yes) / passed:,.0f}",
        f"{len(no) / passed:,.0f}",
        _ms([median(yes)]),
        _ms(yes),
        _ms(no),
        str(sum(sender.disordered for sender in senders)),
        str(sum(sender.unanswered for sender in senders)),
        _ms(health),
        _ms(others),
        str(other.refused),
        f"{recovery:.1f} s",
        f"{busy:.0%}",
    )


def _ms(seconds: Sequence[float]) -> str:
    """Format the 99th percentile."""
    return f"{sorted(seconds)[int(len(seconds) * 0.99)] * 1000:,.0f} ms" if seconds else "-"


async def visit(server: Server, people: Population, storage: str, factors: Sequence[int], seconds: float) -> None:
    """Overload one server, once for each factor."""
    rooms = [people.room_of(number) for number in range(SENDERS)]
    for factor in factors:
        sockets = await crowd(server.port, people.tokens[:SENDERS], rooms)
        last = await connect(server.port, people.tokens[SENDERS])
        await last.call("join-room", rooms[0])
        rate = await most(sockets, rooms, seconds / 2)
        print(f"{storage}: capacity of {rate:,.0f} messages/s", file=sys.stderr, flush=True)
        row = await overload(server, sockets, rooms, Bystander(last, rooms[0]), factor * rate, seconds)
        print(" | ".join(("", storage, str(factor), *row, "")).strip(), flush=True)
        for socket in (*sockets, last):
            socket.transport.abort()
        await asyncio.sleep(2)


async def run(storages: Sequence[str], factors: Sequence[int], seconds: float) -> None:
    """Overload a server on each storage."""
    cores = servers.cores()
    with servers.on(cores.database):
        database = postgres_server.start(fsync=True)
    print(" | ".join(("", *HEADINGS, "")).strip())
    print("|" + "---|" * len(HEADINGS))
    try:
        with tempfile.TemporaryDirectory() as folder, servers.on(cores.generator):
            for storage in storages:
                address = f"sqlite:///{folder}/hall.db" if storage == "sqlite" else database.create_database()
                async with servers.running(servers.studyhall(address), cores.server) as server:
                    people = await populate(server.port, SENDERS + 1, SENDERS // ROOM_SIZE, ROOM_SIZE)
                    await visit(server, people, storage, factors, seconds)
    finally:
        database.stop()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="bench.overload", description=__doc__.partition("\n")[0])
    parser.add_argument("--storages", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    parser.add_argument("--factors", nargs="+", type=int, default=[2, 5, 10])
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    uvloop.run(run(given.storages, given.factors, given.seconds))


if __name__ == "__main__":
    main()
