"""Hostile clients: the server's memory before, during and after their visits.

Each kind visits the same server several times. Memory may grow by some MB that the allocator reserves for the next
visit, or that are not yet garbage-collected; a leak is what every visit adds. In each visit the clients wait to be
disconnected, and only then leave.
"""

import asyncio
import base64
import json
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from itertools import cycle, islice, pairwise
from typing import Any, NamedTuple, cast

from bench.load.http import connect as connect_http, request
from bench.load.websocket import CHAT, HOST, UPGRADE, Flood, Refused, Socket, frame
from bench.outcome import outcome
from bench.population import Population
from bench.servers import Program, Server

ENVIRON = {
    "STUDYHALL_SERVER_KEEPALIVE_TIMEOUT": "2",
    "STUDYHALL_SOCKET_JOIN_DEADLINE": "1",
    "STUDYHALL_SOCKET_PING_INTERVAL": "1",
    "STUDYHALL_SOCKET_PING_TIMEOUT": "2",
    "STUDYHALL_PRESENCE_GRACE": "1",
}
"""Settings with short timeouts of the server, so that a visit is short."""
VISITS = 4
PEOPLE = 30
LOUD_FOR = 6.0
"""Seconds for which the room is busy, and the flood lasts."""
CUT_OFF_WITHIN = 5.0
"""Seconds after which the wait for disconnection ends: all timeouts of the server have passed."""
SETTLE = 4.0
MOST_SECONDS = 150.0
"""Timeout of all visits of one kind in seconds."""
_SAMPLE = 0.05
_AT_ONCE = 50


class Guest(asyncio.Protocol):
    """A connection that sends given bytes and ignores all it receives."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.answered = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, _: bytes) -> None:
        if not self.answered.done():
            self.answered.set_result(None)

    def connection_lost(self, _: Exception | None) -> None:
        if not self.answered.done():
            self.answered.set_result(None)


class Visit(NamedTuple):
    """Result of one visit.

    Attributes:
        peak: maximum of the server's memory, in bytes.
        after: its memory after the visit, in bytes.
        came: number of clients.
        stayed: number of clients that the server had not disconnected.
        connections: number of connections after the visit, minus the number before.
    """

    peak: int
    after: int
    came: int
    stayed: int
    connections: int


class Result(NamedTuple):
    """Visits of one kind, in order, at least two. `before` is the server's memory before the first, in bytes."""

    before: int
    visits: list[Visit]

    @property
    def leaked(self) -> int:
        """Minimum of bytes added by a visit after the first one."""
        return min(later.after - earlier.after for earlier, later in pairwise(self.visits))


class Party:
    """Clients of one visit."""

    def __init__(self, server: Server, people: Population) -> None:
        self.server = server
        self.people = people
        self.transports: list[asyncio.Transport] = []
        self.sessions: list[str] = []
        """Sessions of polling clients, which have no connection that would show whether they exist."""

    def leave(self) -> None:
        """Drop all connections."""
        for transport in self.transports:
            transport.abort()


async def deaf(party: Party) -> int:
    """Twenty slow consumers that never read but still send pongs, in a room with ten active senders."""
    hall = party.people.hall
    speakers = [await _come_in(party, token, hall) for token in party.people.tokens[:10]]
    listeners = [await _come_in(party, token, hall, deaf=True) for token in party.people.tokens[10:30]]
    flood = Flood(speakers, [hall] * 10, 8, "loud " * 400)
    until = time.perf_counter() + LOUD_FOR
    while time.perf_counter() < until:
        await asyncio.sleep(1)
        for listener in listeners:
            if not listener.transport.is_closing():
                listener.transport.write(frame(b"3"))
    await flood.drain()
    for speaker in speakers:
        speaker.transport.abort()
    return len(listeners)


async def flooding(party: Party) -> int:
    """One client that sends as much as it can and never reads an ack."""
    room, token = party.people.hall, party.people.tokens[0]
    client = await _come_in(party, token, room, deaf=True)
    events = b"".join(
        frame(f"42/chat,{n}{json.dumps(['send-message', {'roomId': room, 'content': 'flood'}])}".encode())
        for n in range(1000, 1200)
    )
    until = time.perf_counter() + LOUD_FOR
    while time.perf_counter() < until and not client.transport.is_closing():
        if client.transport.get_write_buffer_size() < 1_000_000:
            client.transport.write(events)
        await asyncio.sleep(0.002)
    return 1


async def half_requests(party: Party) -> int:
    """Two thousand clients that send half of a WebSocket handshake."""
    half = UPGRADE[: len(UPGRADE) // 2]
    await _guests(party, [[half]] * 2000)
    return 2000


async def outsiders(party: Party) -> int:
    """Two thousand clients with a WebSocket that join no namespace."""
    await _guests(party, [[UPGRADE]] * 2000)
    return 2000


async def forgers(party: Party) -> int:
    """Three hundred clients with a forged token, one connection each."""
    credentials = islice(cycle(_forged(party.people.tokens[0])), 300)
    await _guests(party, [[UPGRADE, frame(b"40" + CHAT.encode() + b"," + auth)] for auth in credentials])
    return 300


async def pollers(party: Party) -> int:
    """Five hundred clients that poll once and disconnect."""
    hello = request("GET", "/socket.io/?EIO=4&transport=polling")
    for _ in range(500):
        connection = await connect_http(party.server.port)
        opening = (await connection.ask(hello)).body
        party.sessions.append(json.loads(opening[1:])["sid"])
        connection.close()
    return 500


KINDS: dict[str, Callable[[Party], Awaitable[int]]] = {
    "20 slow consumers in a loud room": deaf,
    "1 client that floods and reads no ack": flooding,
    "2,000 half handshakes": half_requests,
    "2,000 WebSockets without a namespace": outsiders,
    "300 clients with forged tokens": forgers,
    "500 clients that poll once": pollers,
}


def program(usual: Program) -> Program:
    """Return Studyhall with short timeouts."""
    return usual._replace(environ=usual.environ | ENVIRON)


async def visits(server: Server, people: Population, kind: str) -> Result | str:
    """Run `VISITS` visits of one kind of clients; return the result, or the reason why there is none."""
    return await outcome(_all_visits(server, people, KINDS[kind]), MOST_SECONDS)


async def _all_visits(server: Server, people: Population, come: Callable[[Party], Awaitable[int]]) -> Result:
    party = Party(server, people)  # a well-behaved client comes first, so that the server is warm
    (await _come_in(party, people.tokens[0], people.hall)).transport.abort()
    await asyncio.sleep(SETTLE)
    before = server.resident()
    return Result(before, [await _visit(Party(server, people), come) for _ in range(VISITS)])


async def _visit(party: Party, come: Callable[[Party], Awaitable[int]]) -> Visit:
    server, connections = party.server, party.server.connections()
    peaks = [server.resident()]
    watching = asyncio.create_task(_watch(server, peaks))
    try:
        came, stayed = await _stay(party, come)
    finally:
        party.leave()
        await asyncio.sleep(SETTLE)
        watching.cancel()
    return Visit(max(peaks), server.resident(), came, stayed, server.connections() - connections)


async def _stay(party: Party, come: Callable[[Party], Awaitable[int]]) -> tuple[int, int]:
    """Return the number of clients, and of clients that were not disconnected in time."""
    server, connections = party.server, party.server.connections()
    came = await come(party)
    until = time.perf_counter() + CUT_OFF_WITHIN
    while time.perf_counter() < until and (server.connections() > connections or party.sessions):  # noqa: ASYNC110  # it is /proc
        await asyncio.sleep(0.1)
    known = [await _is_known(server.port, session) for session in party.sessions]
    stayed = sum(known) if known else max(0, server.connections() - connections)
    return came, stayed


async def _watch(server: Server, peaks: list[int]) -> None:
    with suppress(OSError):  # the server has ended
        while True:
            peaks[0] = max(peaks[0], server.resident())
            await asyncio.sleep(_SAMPLE)


async def _come_in(party: Party, token: str, room: str, *, deaf: bool = False) -> Socket:
    """Connect and join a room; with `deaf`, use a small receive buffer and read nothing from then on."""
    plug = socket.socket()
    if deaf:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plug.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(plug, (HOST, party.server.port))
    transport, client = await loop.create_connection(lambda: Socket(token, [CHAT]), sock=plug)
    await client.entered
    await client.call("join-room", room)
    if deaf:
        transport.pause_reading()
    party.transports.append(transport)
    return client


async def _guests(party: Party, said: Sequence[Sequence[bytes]]) -> None:
    """Open a connection for each item of `said`, and send its parts, each after a response to the previous one."""
    parts = iter(said)
    loop = asyncio.get_running_loop()

    async def come() -> None:
        for first, *others in parts:
            _, guest = await loop.create_connection(Guest, HOST, party.server.port)
            party.transports.append(guest.transport)
            guest.transport.write(first)
            for other in others:
                await guest.answered
                guest.transport.write(other)

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(come())


async def _is_known(port: int, session: str) -> bool:
    connection = await connect_http(port)
    try:
        await connection.ask(request("POST", f"/socket.io/?EIO=4&transport=polling&sid={session}", body=3))
    except Refused:
        return False
    finally:
        connection.close()
    return True


def _forged(token: str) -> Iterator[bytes]:
    """Yield forged credentials, made from a valid token."""
    head, claims, signature = token.split(".")
    unsigned = _base64({"alg": "none", "typ": "JWT"})
    somebody = _base64({"sub": "somebody", "sid": "some", "iat": 1, "exp": 4_102_444_800, "jti": "1"})
    tokens: list[Any] = [
        f"{head}.{claims}.{signature[::-1]}",
        f"{head}.{somebody}.{signature}",
        f"{unsigned}.{claims}.",
        f"{head}.{claims}",
        "x" * 50_000,
        ".".join(["e30"] * 3),
        "",
        None,
        17,
        {"deep": [[[[]]]]},
        "\ud800",
    ]
    for forged in tokens:
        yield json.dumps({"token": forged}).encode()
    yield from (b"", b"{}", b"[]", b'"token"', b"{", b'{"token":NaN}')


def _base64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
