"""Time until a revoked session is cut off: `make revocation`.

    python -m bench.revocation [--storages sqlite postgres] [--trials N]

A device has three WebSockets and two polling clients, in both namespaces. Its session is revoked: by logging out, from
another device, or by a new password. Times are from the response to the revocation until the last of the five
connections is closed, and until a request with the old token is rejected. A connection closed before the response took
0 ms.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import uvloop

from bench import servers
from bench.load import http
from bench.load.http import Connection, request
from bench.load.websocket import CHAT, HOST, Refused, Socket
from bench.servers import Server
from tests.support import postgres_server

NAMESPACES = (CHAT, "/")
WEB_SOCKETS, POLLING = 3, 2
PATIENCE = 10.0
"""Timeout of a trial in seconds."""
HEADINGS = ("storage", "ended by", "trials", "sockets, median", "sockets, slowest", "token, median", "token, slowest")
_PASSWORD = "correct horse battery"  # of accounts created for this
_PATH = "/socket.io/?EIO=4&transport=polling"
_numbers = count(1)


class SignedIn(NamedTuple):
    """A user on one device."""

    email: str
    token: str
    sign_in_id: str


class Watched(Socket):
    """A WebSocket that records when the server closed it."""

    gone: asyncio.Future[float]

    def connection_lost(self, error: Exception | None) -> None:
        self._note()
        super().connection_lost(error)

    def _refuse(self, reason: bytes) -> None:
        self._note()
        super()._refuse(reason)

    def _note(self) -> None:
        if not self.gone.done():
            self.gone.set_result(perf_counter())


class Trial(NamedTuple):
    """Seconds from the response until the last socket was closed, and until the token was rejected."""

    sockets: float
    token: float


End = Callable[[Connection, SignedIn, SignedIn], Awaitable[Any]]


async def log_out(asks: Connection, device: SignedIn, _: SignedIn) -> None:
    """Log out on the device itself."""
    await asks.ask(request("POST", "/api/auth/logout", device.token))


async def revoke(asks: Connection, device: SignedIn, other: SignedIn) -> None:
    """Revoke the session from another device."""
    await asks.ask(request("DELETE", f"/api/auth/sessions/{device.sign_in_id}", other.token))


async def change_password(asks: Connection, _: SignedIn, other: SignedIn) -> None:
    """Revoke it from another device by a change of the password, to the same one."""
    passwords = {"currentPassword": _PASSWORD, "newPassword": _PASSWORD}
    await asks.ask(request("PUT", "/api/auth/password", other.token, passwords))


WAYS: dict[str, End] = {"logging out": log_out, "another device": revoke, "a new password": change_password}


async def register(asks: Connection) -> SignedIn:
    """Create a user."""
    email = f"person{next(_numbers)}@example.org"
    person = {"firstName": "Ada", "lastName": "Okafor", "email": email, "password": _PASSWORD}
    return _signed_in(email, (await asks.ask(request("POST", "/api/auth/register", body=person))).body)


async def sign_in(asks: Connection, email: str) -> SignedIn:
    """Sign the user in on one more device."""
    credentials = {"email": email, "password": _PASSWORD}
    return _signed_in(email, (await asks.ask(request("POST", "/api/auth/login", body=credentials))).body)


def _signed_in(email: str, answer: bytes) -> SignedIn:
    body = json.loads(answer)
    return SignedIn(email, body["token"], body["refreshToken"].partition(".")[0])


async def open_web_socket(port: int, token: str) -> Watched:
    """Connect over a WebSocket to both namespaces."""
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: Watched(token, NAMESPACES), HOST, port)
    socket.gone = loop.create_future()
    await socket.entered
    return socket


async def open_polling(port: int, token: str) -> tuple[Connection, asyncio.Task[float]]:
    """Connect by polling to both namespaces, and return a task that ends when the client is disconnected."""
    polls, posts = await http.connect(port), await http.connect(port)
    opened = (await polls.ask(request("GET", _PATH))).body
    path = f"{_PATH}&sid={json.loads(opened[1:])['sid']}"
    auth = json.dumps({"token": token})
    packets = "\x1e".join([f"40{CHAT},{auth}", f"40{auth}"]).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: text/plain\r\nContent-Length: {len(packets)}\r\n\r\n"
    await posts.ask(head.encode() + packets)
    posts.close()
    poll = request("GET", path)
    heard = b""
    while heard.count(b"40") < len(NAMESPACES):
        heard += (await polls.ask(poll)).body

    async def gone() -> float:
        try:
            while b"41" not in (await polls.ask(poll)).body:
                pass
        except Refused:  # disconnected between two polls
            pass
        return perf_counter()

    return polls, asyncio.create_task(gone())


async def trial(server: Server, end: End) -> Trial:
    """Revoke one session.

    Raises:
        Refused: it was still valid.
        TimeoutError: it took too long.
    """
    async with asyncio.timeout(PATIENCE), AsyncExitStack() as stack:
        asks, uses = await http.connect(server.port), await http.connect(server.port)
        other = await register(asks)
        device = await sign_in(asks, other.email)
        sockets = [await open_web_socket(server.port, device.token) for _ in range(WEB_SOCKETS)]
        polling = [await open_polling(server.port, device.token) for _ in range(POLLING)]
        for connection in (asks, uses, *(connection for connection, _ in polling)):
            stack.callback(connection.close)
        await asyncio.sleep(0)  # each sends its poll
        await uses.ask(request("GET", "/api/auth/me", device.token))
        await end(asks, device, other)
        answered = perf_counter()
        refused = await _refused(uses, device.token)
        gone = await asyncio.gather(*(socket.gone for socket in sockets), *(gone for _, gone in polling))
        return Trial(max(0.0, max(gone) - answered), refused - answered)


async def _refused(uses: Connection, token: str) -> float:
    try:
        await uses.ask(request("GET", "/api/auth/me", token))
    except Refused as refusal:
        if " 401 " in str(refusal):
            return perf_counter()
        raise
    raise Refused("the revoked token was accepted after the response")


async def measure(server: Server, storage: str, trials: int) -> None:
    """Print a row for each way to revoke a session."""
    for name, end in WAYS.items():
        await trial(server, end)  # warm-up: the first time takes longer
        results = [await trial(server, end) for _ in range(trials)]
        values = [[result.sockets for result in results], [result.token for result in results]]
        cells = [f"{what(found) * 1000:.1f} ms" for found in values for what in (median, max)]
        print(" | ".join(("", storage, name, str(trials), *cells, "")).strip(), flush=True)


async def run(storages: Sequence[str], trials: int) -> None:
    """Measure a server on each storage."""
    cores = servers.cores()
    with servers.on(cores.database):
        database = postgres_server.start(fsync=True)
    print(f"{cores}; {WEB_SOCKETS} WebSockets and {POLLING} polling clients", file=sys.stderr, flush=True)
    print(" | ".join(("", *HEADINGS, "")).strip())
    print("|" + "---|" * len(HEADINGS))
    try:
        with tempfile.TemporaryDirectory() as folder, servers.on(cores.generator):
            for storage in storages:
                address = f"sqlite:///{folder}/hall.db" if storage == "sqlite" else database.create_database()
                async with servers.running(servers.studyhall(address), cores.server) as server:
                    await measure(server, storage, trials)
    finally:
        database.stop()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="bench.revocation", description=__doc__.partition("\n")[0])
    parser.add_argument("--storages", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    parser.add_argument("--trials", type=int, default=100)
    given = parser.parse_args()
    uvloop.run(run(given.storages, given.trials))


if __name__ == "__main__":
    main()
