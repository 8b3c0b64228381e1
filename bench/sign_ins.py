"""Measure ack times of messages with and without concurrent logins.

    python -m bench.sign_ins [--rate 20] [--seconds 10] [--rounds 3]

Passwords are hashed at production strength. Eight users in one room each send a message every 50 ms and wait for the
ack, which comes when the message is stored and published. Concurrently, logins start at the given rate, whatever the
responses. Rounds with and without logins take turns, and each figure is the median of its rounds.
"""

import argparse
import asyncio
import tempfile
import time
from statistics import median
from typing import NamedTuple

import uvloop

from bench import servers
from bench.load import http
from bench.load.websocket import Refused, connect
from bench.overload import Bystander
from bench.population import PASSWORD, Population, account, populate
from bench.servers import Server

TALKERS = 8
DRAIN = 12.0
"""Seconds after which no login waits for a hash: the server rejects logins that would wait for more than 10 s."""


class Round(NamedTuple):
    """Result of one round: times in seconds, and logins per second."""

    p50: float
    p99: float
    done: float
    refused: float


class SignIns:
    """Starts logins at a fixed rate, whatever the responses."""

    def __init__(self, port: int, rate: float) -> None:
        self.done = self.refused = 0
        self._port = port
        self._rate = rate
        email = account(0)["email"]
        self._request = http.request("POST", "/api/auth/login", body={"email": email, "password": PASSWORD})

    async def go_on(self, seconds: float) -> None:
        """Start logins for this number of seconds, and cancel the unanswered rest."""
        began, running = time.perf_counter(), set[asyncio.Task[None]]()
        for number in range(int(self._rate * seconds)):
            await asyncio.sleep(began + number / self._rate - time.perf_counter())
            running.add(asyncio.create_task(self._sign_in()))
        await asyncio.sleep(began + seconds - time.perf_counter())
        for task in running:
            task.cancel()
        await asyncio.wait(running)

    async def _sign_in(self) -> None:
        connection = await http.connect(self._port)
        try:
            await connection.ask(self._request)
            self.done += 1
        except Refused:
            self.refused += 1
        finally:
            connection.close()


async def one_round(server: Server, people: Population, rate: float, seconds: float) -> Round:
    """Send messages while logins start `rate` times a second; 0 is for none."""
    room = people.room_of(0)
    sockets = [await connect(server.port, token) for token in people.tokens[:TALKERS]]
    for socket in sockets:
        await socket.call("join-room", room)
    talkers = [Bystander(socket, room) for socket in sockets]
    talking = [asyncio.create_task(talker.go_on()) for talker in talkers]
    sign_ins = SignIns(server.port, rate)
    await (sign_ins.go_on(seconds) if rate else asyncio.sleep(seconds))
    for task in talking:
        task.cancel()
    await asyncio.wait(talking)
    for socket in sockets:
        socket.transport.abort()
    took = sorted(value for talker in talkers for value in talker.took)
    await asyncio.sleep(DRAIN if rate else 1)  # queued hashes are done by then
    return Round(median(took), took[int(len(took) * 0.99)], sign_ins.done / seconds, sign_ins.refused / seconds)


async def run(rate: float, seconds: float, rounds: int) -> None:
    """Print the results of rounds without and with sign-ins."""
    cores = servers.cores()
    found: dict[float, list[Round]] = {0: [], rate: []}
    with tempfile.TemporaryDirectory() as folder, servers.on(cores.generator):
        program = servers.studyhall(f"sqlite:///{folder}/hall.db", cheap_passwords=False)
        async with servers.running(program, cores.server) as server:
            people = await populate(server.port, TALKERS, 1, TALKERS)
            for _ in range(rounds):
                for offered, seen in found.items():
                    seen.append(await one_round(server, people, offered, seconds))
    print("| sign-ins offered/s | done/s | refused/s | message p50 | message p99 |")
    print("|--:|--:|--:|--:|--:|")
    for offered, seen in found.items():
        p50, p99, done, refused = (median(values) for values in zip(*seen, strict=True))
        print(f"| {offered:g} | {done:.1f} | {refused:.1f} | {p50 * 1000:.1f} ms | {p99 * 1000:.1f} ms |")
    print(
        "p99 of each round:",
        *(f"{offered:g}/s {seen.p99 * 1000:.1f} ms" for offered, all_seen in found.items() for seen in all_seen),
        sep="  ",
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="bench.sign_ins", description=__doc__.partition("\n")[0])
    parser.add_argument("--rate", type=float, default=20.0, help="sign-ins per second (20)")
    parser.add_argument("--seconds", type=float, default=10.0, help="duration of each round (10)")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    uvloop.run(run(given.rate, given.seconds, given.rounds))


if __name__ == "__main__":
    main()
