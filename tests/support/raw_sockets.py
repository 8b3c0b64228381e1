"""Engine.IO and Socket.IO packets without a client library, which would hide some and never send others."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import aiohttp
import pytest

from socket_engine import SocketServer
from socket_events import EVENTS
from tests.support.served import PATIENCE, Handled, Person, Served, served

PATH = "/socket.io/?EIO=4"
SEPARATOR = "\x1e"
BRACKETS = "[" * 60_000 + "]" * 60_000
DIGITS = "9" * 5_000


def engine(served: Served) -> SocketServer:
    """Return the socket engine of a running server."""
    return served.services.ctx.publisher._sockets


def left_behind(served: Served) -> dict[str, Any]:
    """Return all state that the engine still has about clients, without empty containers."""
    sockets = engine(served)
    kept = {
        "rooms": {namespace: rooms for namespace, rooms in sockets.manager.subscribers.items() if rooms},
        "connections": sockets.manager.connections,
        "rooms of connections": sockets.manager._rooms_of,
        "of users": sockets._lifecycle._connections_per_user,
        "the library's": [sockets.manager.rooms, sockets.manager.pending_connect, sockets.environ],
        "inboxes": [session.receive_queue for session in sockets.eio.sockets.values() if session.receive_queue],
        "open": [sid for sid, session in sockets.eio.sockets.items() if not session.closed],
    }
    kept["the library's"] = list(filter(None, kept["the library's"]))
    return {what: value for what, value in kept.items() if value}


async def handled(served: Served, client: "RawPolling", method: str = "GET") -> None:
    """Wait until the server is handling a polling request of the client."""
    await until(lambda: method in engine(served).eio.sockets[client.sid].requests)


async def until(true: Callable[[], Any], within: float = PATIENCE) -> None:
    """Wait until `true` returns a true value."""
    async with asyncio.timeout(within):
        while not true():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def settled(environ: dict[str, str] | None = None) -> AsyncIterator[Served]:
    """Run a server, and wait at the end until its engine has no tasks."""
    async with served(environ=environ) as running:
        yield running
        await until(lambda: not engine(running).task_count)


def count_events(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Add an event "count" and return the list to which its handler appends the argument."""
    notes: list[Any] = []

    async def count(app: Any, connection: Any, argument: Any) -> dict[str, Any]:
        notes.append(argument)
        return {"ok": True}

    monkeypatch.setitem(EVENTS, "count", Handled(count))
    return notes


async def ticks() -> int:
    """Count hundredths of a second until cancelled, except those in which nothing runs here."""
    count = 0
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(0.01)
            count += 1
    return count


def event(name: Any, *arguments: Any, ack: int | str = "", namespace: str = "/chat") -> str:
    """Return the packet of an event."""
    return f"42{namespace},{ack}{json.dumps([name, *arguments])}"


def connect(token: str, namespace: str = "/chat") -> str:
    """Return the CONNECT packet of a namespace."""
    return f"40{namespace},{json.dumps({'token': token})}"


def connect_root(token: str) -> str:
    """Return the packet that connects to the namespace without a name."""
    return "40" + json.dumps({"token": token})


class RawClient:
    """Base of both transports: packets as text."""

    sid: str

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def send(self, *packets: str) -> None:
        raise NotImplementedError

    async def next(self) -> str:
        """Return the next packet except pings."""
        raise NotImplementedError

    async def hears(self, start: str, within: float = PATIENCE) -> str:
        """Return the next packet that begins with `start`. It and all packets before it are appended to `heard`."""
        async with asyncio.timeout(within):
            while True:
                packet = await self.next()
                self.heard.append(packet)
                if packet.startswith(start):
                    return packet

    async def close(self) -> None:
        """Close the connection, if the transport has one."""

    async def join(self, token: str, namespace: str = "/chat") -> None:
        await self.send(connect(token, namespace))
        await self.hears(f"40{namespace},{{")

    async def call(self, name: str, *arguments: Any, ack: int = 1, namespace: str = "/chat") -> Any:
        """Send an event and return the first argument of its ack."""
        await self.send(event(name, *arguments, ack=ack, namespace=namespace))
        return await self.acked(ack, namespace)

    async def acked(self, ack: int, namespace: str = "/chat") -> Any:
        """Wait for an ack, and return its first argument."""
        start = f"43{namespace},{ack}["
        return json.loads((await self.hears(start))[len(start) - 1 :])[0]

    def said(self, name: str, namespace: str = "/chat") -> list[Any]:
        """Return the first argument of each event of this name received so far."""
        start = f"42{namespace},"
        events = [json.loads(packet[len(start) :]) for packet in self.heard if packet.startswith(start)]
        return [arguments[0] for found, *arguments in events if found == name]


class RawWebSocket(RawClient):
    """A WebSocket. `answer` is the HTTP response to its handshake."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__()
        self.ws = ws
        self.answer = ws._response

    @classmethod
    async def handshake(cls, served: Served, query: str = "", **headers: str) -> "RawWebSocket":
        """Connect without reading any packet."""
        url = f"{served.url}{PATH}&transport=websocket{query}"
        return cls(await served.http.ws_connect(url, headers=headers, compress=15, max_msg_size=0))

    @classmethod
    async def open(cls, served: Served, **headers: str) -> "RawWebSocket":
        client = await cls.handshake(served, **headers)
        packet = await client.ws.receive_str()
        assert packet[0] == "0"
        client.sid = json.loads(packet[1:])["sid"]
        return client

    async def send(self, *packets: str) -> None:
        for packet in packets:
            await self.ws.send_str(packet)

    async def next(self) -> str:
        while (packet := await self.ws.receive_str()) == "2":
            await self.ws.send_str("3")
        return packet

    async def closed(self, within: float = PATIENCE) -> int | None:
        """Wait until the server closes the connection, and return its close code."""
        async with asyncio.timeout(within):
            while True:
                message = await self.ws.receive()
                if message.type is aiohttp.WSMsgType.TEXT:
                    self.heard.append(message.data)
                else:
                    return self.ws.close_code

    async def close(self) -> None:
        await self.ws.close()


class Reply(NamedTuple):
    """An HTTP response."""

    status: int
    text: str


class RawPolling(RawClient):
    """Long polling."""

    def __init__(self, served: Served, sid: str) -> None:
        super().__init__()
        self.sid = sid
        self.path = f"{PATH}&transport=polling&sid={sid}"
        self._served = served
        self.unread: list[str] = []
        self.answers: list[list[str]] = []

    @classmethod
    async def open(cls, served: Served) -> "RawPolling":
        async with served.http.get(f"{served.url}{PATH}&transport=polling") as response:
            assert response.status == 200
            return cls(served, json.loads((await response.text())[1:])["sid"])

    async def post(self, body: str | bytes, **headers: str) -> Reply:
        async with self._served.http.post(self._served.url + self.path, data=body, headers=headers) as response:
            return Reply(response.status, await response.text())

    async def poll(self) -> Reply:
        async with self._served.http.get(self._served.url + self.path) as response:
            return Reply(response.status, await response.text())

    async def send(self, *packets: str) -> None:
        assert (await self.post(SEPARATOR.join(packets))).status == 200

    async def next(self) -> str:
        while not self.unread:
            status, text = await self.poll()
            assert status == 200, text
            self.answers.append(text.split(SEPARATOR))
            self.unread = list(self.answers[-1])
        packet = self.unread.pop(0)
        if packet == "2":
            await self.send("3")
            return await self.next()
        return packet


async def http(served: Served, *parts: bytes, between: Callable[[], Any] | None = None) -> Reply:
    """Send each part of a request in its own TCP segment, and return the response.

    Args:
        between: awaited before each part except the first.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    try:
        for number, part in enumerate(parts):
            if number and between:
                await between()
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(PATIENCE):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(line.split(":")[1] for line in head.lower().splitlines() if line.startswith("content-length"))
            return Reply(int(head.split()[1]), (await reader.readexactly(int(length))).decode())
    finally:
        writer.close()
        await writer.wait_closed()


def post_head(client: RawPolling, body: bytes, *lines: str) -> bytes:
    """Return the head of a raw POST."""
    length = () if any("chunked" in line for line in lines) else (f"Content-Length: {len(body)}",)
    head = [f"POST {client.path} HTTP/1.1", "Host: localhost", "Content-Type: text/plain", *length, *lines]
    return ("\r\n".join(head) + "\r\n\r\n").encode()


async def upgrade(served: Served, polling: RawPolling) -> RawWebSocket:
    """Return a WebSocket that has sent its probe and received the answer."""
    ws = await RawWebSocket.handshake(served, f"&sid={polling.sid}")
    await probe(ws)
    return ws


async def probe(ws: RawWebSocket) -> None:
    """Send the probe of an upgrade and receive its answer."""
    await ws.send("2probe")
    assert await ws.next() == "3probe"


async def present(served: Served, person: Person, client: RawPolling | RawWebSocket) -> Callable[[], Any]:
    """Join a new room and return a function that returns the connections in the room."""
    room = await person.opens()
    await client.join(person.token)
    assert (await client.call("join-room", room))["ok"]
    return lambda: engine(served).manager.subscribers.get("/chat", {}).get(f"room:{room}")
