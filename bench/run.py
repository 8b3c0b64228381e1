"""Measure the server, one storage after the other: acknowledged messages a second, and memory per idle socket.

    python bench/run.py [--seconds S] [--senders N] [--idle N] [--storage memory|sqlite|postgres ...]

The server is a process of its own on 127.0.0.1 with its rates off; everything is stopped and deleted at the end. The
load is made by this process: on two cores it takes one of them, the server the other.
"""

import argparse
import asyncio
import itertools
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME))

import aiohttp  # noqa: E402

from bench.client import Client  # noqa: E402
from tests import postgres_server  # noqa: E402

STORAGES = ("memory", "sqlite", "postgres")
PASSWORD = "only for the bench"


@contextmanager
def _storage(kind: str) -> Iterator[str]:
    """Give the address of an empty storage that keeps what it is told (fsync on)."""
    if kind == "memory":
        yield "memory://"
    elif kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/bench.db"
    else:
        server = postgres_server.start(fsync=True)
        try:
            yield server.create_database()
        finally:
            server.stop()


@asynccontextmanager
async def _server(storage: str) -> AsyncIterator[tuple[str, int]]:
    """Give the address and the process id of a running server."""
    environ = os.environ | {
        "STUDYHALL_SERVER_HOST": "127.0.0.1",
        "STUDYHALL_SERVER_ENVIRONMENT": "test",
        "STUDYHALL_LIMITS_ENABLED": "false",
        "STUDYHALL_AUTH_SECRET": "s" * 32,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HOME / "server.py"),
        "--port=0",
        f"--storage={storage}",
        env=environ,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            while not (found := re.search(rb"mode on port (\d+)", await process.stdout.readline())):
                assert process.returncode is None, "the server did not start"
        yield f"http://127.0.0.1:{int(found[1])}", process.pid
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


def _resident_kb(pid: int) -> int:
    """Return the memory of a process in kB."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]  # Linux always says


async def _people(http: aiohttp.ClientSession, url: str, count: int) -> list[str]:
    """Register people and return their tokens; all of them are members of one room, whose id comes first."""
    tokens: list[str] = []
    room = ""
    for number in range(count):
        body = {"firstName": "P", "lastName": str(number), "email": f"p{number}@example.org", "password": PASSWORD}
        async with http.post(f"{url}/api/auth/register", json=body) as answer:
            tokens.append((await answer.json())["token"])
        headers = {"Authorization": f"Bearer {tokens[-1]}"}
        if not room:
            async with http.post(f"{url}/api/study-rooms", json={"name": "Bench"}, headers=headers) as answer:
                room = (await answer.json())["data"]["id"]
        async with http.post(f"{url}/api/study-rooms/{room}/join", headers=headers) as answer:
            answer.raise_for_status()
    return [room, *tokens]


async def _talk(client: Client, room: str, until: float) -> list[float]:
    """Send one message after the other, each after the ack of the last, and return how long each took, in seconds."""
    took = []
    while (begun := time.perf_counter()) < until:
        await client.call("send-message", {"roomId": room, "content": "A message as long as people write them."})
        took.append(time.perf_counter() - begun)
    return took


async def measure(kind: str, senders: int, seconds: float, idle: int) -> str:
    """Return a row of the table for one storage."""
    with _storage(kind) as storage:
        connector = aiohttp.TCPConnector(limit=0)  # a connection for each client, however many
        async with _server(storage) as (url, pid), aiohttp.ClientSession(connector=connector) as http:
            print(f"{kind}: {senders} senders for {seconds:.0f} s …", file=sys.stderr, flush=True)
            room, *tokens = await _people(http, url, senders)
            clients = [await Client.connect(http, url, token) for token in tokens]
            for client in clients:
                await client.call("join-room", room)
            begun = time.perf_counter()
            talks = await asyncio.gather(*(_talk(client, room, begun + seconds) for client in clients))
            lasted = time.perf_counter() - begun
            await asyncio.sleep(1)
            took = sorted(itertools.chain.from_iterable(talks))
            heard = sum(client.events for client in clients)
            before = _resident_kb(pid)
            print(f"{kind}: {idle} idle sockets …", file=sys.stderr, flush=True)
            sleepers = [await Client.connect(http, url, tokens[0]) for _ in range(idle)]
            each = (_resident_kb(pid) - before) / idle
            for client in clients + sleepers:
                await client.close()
    p99 = took[int(len(took) * 0.99)]
    return (
        f"| {kind} | {len(took) / lasted:,.0f} | {heard / lasted:,.0f} | {statistics.median(took) * 1000:.1f} "
        f"| {p99 * 1000:.1f} | {each:.1f} |"
    )


def main() -> None:
    """Measure what the command line asks for and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--senders", type=int, default=50)
    parser.add_argument("--idle", type=int, default=500)
    parser.add_argument("--storage", nargs="+", choices=STORAGES, default=STORAGES)
    given = parser.parse_args()
    rows = [asyncio.run(measure(kind, given.senders, given.seconds, given.idle)) for kind in given.storage]
    print("| storage | messages/s acked | deliveries/s | ack p50 ms | ack p99 ms | kB per idle socket |")
    print("|---|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
