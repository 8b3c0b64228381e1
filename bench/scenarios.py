"""Scenarios: loads that are the same for each server. A scenario returns its measurements by the name of the row."""

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.load.http import Hammer, ask_all, request
from bench.load.websocket import Flood, Refused, Sender, Socket, crowd
from bench.population import PASSWORD, Population, account
from bench.servers import Server

WINDOW = 4
"""Messages that a saturating sender has in flight."""
HTTP_CONNECTIONS = 32
SETTLE = 2.0
"""Seconds until a server is idle again after a load."""
PATIENCE = 30.0
"""Seconds in which a lagging server may answer the rest."""

Measured = dict[str, float]
"""Row → value; `generator` is the maximum share of its core that the load generator used, 0 to 1."""


class Meter:
    """Cost of an interval.

    Attributes:
        seconds: its duration.
        server: CPU seconds of the server.
        generator: share of its core that the load generator used, 0 to 1. Near 1, the generator is the bottleneck.
    """

    seconds = server = generator = 0.0


@contextmanager
def metered(server: Server) -> Iterator[Meter]:
    """Measure the interval of the block."""
    meter = Meter()
    began, theirs, ours = time.perf_counter(), server.cpu(), time.process_time()
    yield meter
    meter.seconds = time.perf_counter() - began
    meter.server = server.cpu() - theirs
    meter.generator = (time.process_time() - ours) / meter.seconds


async def one_room(
    server: Server, people: Population, *, sockets: int, senders: int, seconds: float, settle: float = SETTLE
) -> Measured:
    """Connect `sockets` to one room, then saturate it with `senders` of them.

    Joins are measured from the first connection to the last ack of `join-room`: the WebSocket, the token on the
    namespace, the room. Some clients connect before, in other rooms, so that no server is cold.
    """
    warm = min(200, len(people.tokens))
    early = await crowd(server.port, people.tokens[:warm], [people.room_of(n) for n in range(warm)])
    _close(early)
    await asyncio.sleep(settle)
    with metered(server) as joining:
        inside = await crowd(server.port, people.sockets(sockets), [people.hall] * sockets)
    await asyncio.sleep(settle)
    measured = await _flood(server, inside, inside[:: sockets // senders][:senders], [people.hall] * senders, seconds)
    return {
        "joins": sockets / joining.seconds,
        "deliveries": measured["deliveries"],
        "cpu": measured["cpu"],
        "messages in one room": measured["messages"],
        "generator": max(measured["generator"], joining.generator),
    }


async def small_rooms(
    server: Server, people: Population, *, senders: int, seconds: float, settle: float = SETTLE
) -> Measured:
    """Connect every user to their small room, then saturate with `senders` of them, spread over the rooms."""
    rooms = [people.room_of(number) for number in range(len(people.tokens))]
    inside = await crowd(server.port, people.tokens, rooms)
    await asyncio.sleep(settle)
    step = len(inside) // senders
    measured = await _flood(server, inside, inside[::step][:senders], rooms[::step][:senders], seconds)
    return {"messages": measured["messages"], "generator": measured["generator"]}


async def echo(server: Server, people: Population, *, senders: int, rate: float, seconds: float) -> Measured:
    """Send `rate` messages a second in all from the same users, whatever the responses, and measure ack times.

    They saturate the server before: a cold server would fall behind at once, and need long to catch up at this rate. A
    server that cannot sustain the rate has messages without an ack at the end.
    """
    rooms = [people.room_of(number) for number in range(len(people.tokens))]
    inside = await crowd(server.port, people.tokens, rooms)
    step = len(inside) // senders
    speakers, rooms = inside[::step][:senders], rooms[::step][:senders]
    flood = Flood(speakers, rooms, WINDOW)
    await asyncio.sleep(SETTLE)
    await flood.drain()
    took: list[float] = []
    timed = [_Timed(socket, room, took) for socket, room in zip(speakers, rooms, strict=True)]
    with metered(server) as meter:
        began, sent = time.perf_counter(), 0
        while (passed := time.perf_counter() - began) < seconds:
            while sent < passed * rate:
                timed[sent % senders].send()
                sent += 1
            await asyncio.sleep(0.001)
    left = sum(len(sender.waiting) for sender in timed)
    async with asyncio.timeout(PATIENCE):
        while any(sender.waiting for sender in timed):  # noqa: ASYNC110  # an event for each ack would cost more
            await asyncio.sleep(0.01)
    _close(inside)
    if reasons := {socket.refusal for socket in speakers if socket.refusal}:
        raise Refused(f"{server.name} refused messages: {reasons}")
    took.sort()
    return {
        "echo p50": statistics.median(took) * 1000,
        "echo p99": took[int(len(took) * 0.99)] * 1000,
        "echo left": left,
        "generator": meter.generator,
    }


async def idle(server: Server, people: Population, *, sockets: int, settle: float = SETTLE) -> Measured:
    """Connect sockets that join no room, in both namespaces. The first 100 are not counted: they warm the server."""
    namespaces = ("/", "/chat")
    early = await crowd(server.port, people.sockets(100), namespaces=namespaces)
    await asyncio.sleep(settle)
    before = server.resident()
    later = await crowd(server.port, people.sockets(sockets), namespaces=namespaces)
    await asyncio.sleep(settle)
    after = server.resident()
    _close(early + later)
    return {"memory": (after - before) / sockets / 1000, "resident": after / 1e6}


async def http(server: Server, people: Population, *, seconds: float) -> Measured:
    """Request each of the usual resources separately, then send messages, over persistent connections."""
    library = f"/api/study-rooms/{people.library}"
    pages = {
        "GET me": "/api/auth/me",
        "GET dashboard": "/api/dashboard",
        "GET study-rooms": "/api/study-rooms",
        "GET room": library,
        "GET 50 messages": f"{library}/messages?limit=50",
    }
    members = [people.tokens[n % people.room_size] for n in range(HTTP_CONNECTIONS)]
    measured: Measured = {}
    busiest = 0.0
    for name, path in pages.items():
        rate, generator = await _hammer(server, [request("GET", path, token) for token in members], seconds)
        measured[name] = rate
        busiest = max(busiest, generator)
    path = f"/api/study-rooms/{people.rooms[0]}/messages"
    said = {"content": "A message about as long as people write them when they study."}
    rate, generator = await _hammer(server, [request("POST", path, token, said) for token in members], seconds)
    return measured | {"POST message": rate, "generator": max(busiest, generator)}


async def sign_ins(server: Server, _: Population, *, seconds: float) -> Measured:
    """Sign in with email and password, hashed at production strength; the accounts are created first."""
    accounts = [account(number, f"earnest{time.time_ns()}-") for number in range(8)]
    await ask_all(server.port, [request("POST", "/api/auth/register", body=one) for one in accounts])
    bodies = [{"email": one["email"], "password": PASSWORD} for one in accounts]
    rate, generator = await _hammer(server, [request("POST", "/api/auth/login", body=b) for b in bodies], seconds)
    return {"sign-ins": rate, "generator": generator}


class _Timed:
    """A sender that records the response time of each message."""

    def __init__(self, socket: Socket, room: str, took: list[float]) -> None:
        self._sender = Sender(socket, room, self._note)
        self._took = took
        self.waiting: dict[int, float] = {}

    def send(self) -> None:
        began = time.perf_counter()
        self.waiting[self._sender.send()] = began

    def _note(self, numbers: list[int]) -> None:
        now = time.perf_counter()
        for number in numbers:
            self._took.append(now - self.waiting.pop(number))


async def _flood(
    server: Server, inside: Sequence[Socket], speakers: Sequence[Socket], rooms: Sequence[str], seconds: float
) -> Measured:
    """Saturate with `speakers`, each in its room, and count messages received by all of `inside`."""
    speaking = set(speakers)
    for socket in inside:
        if socket not in speaking:
            socket.only_count()
    flood = Flood(speakers, rooms, WINDOW)
    await asyncio.sleep(min(2.0, seconds / 2))
    with metered(server) as meter:
        acked, heard = flood.acked, sum(socket.messages for socket in inside)
        await asyncio.sleep(seconds)
        acked, heard = flood.acked - acked, sum(socket.messages for socket in inside) - heard
    flood.stop()
    _close(inside)
    if flood.failed or not heard:
        reasons = {socket.refusal for socket in speakers if socket.refusal}
        raise Refused(f"{server.name} refused {flood.failed} messages and delivered {heard}: {reasons}")
    return {
        "messages": acked / meter.seconds,
        "deliveries": heard / meter.seconds,
        "cpu": meter.server / heard * 1e6,
        "generator": meter.generator,
    }


async def _hammer(server: Server, requests: Sequence[bytes], seconds: float) -> tuple[float, float]:
    """Return requests per second, and the share of its core that the generator used."""
    await Hammer(server.port, requests).run(seconds / 3)
    hammer = Hammer(server.port, requests)
    with metered(server) as meter:
        await hammer.run(seconds)
    return hammer.answered / meter.seconds, meter.generator


def _close(sockets: Sequence[Socket]) -> None:
    for socket in sockets:
        socket.transport.abort()
