"""Users of a soak, and their visits.

Every user makes one visit after the other, with random pauses, until cancelled. A visit that the server rejects is
abandoned, and the reason counted.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

from bench.load import http, websocket
from bench.load.websocket import Refused
from bench.population import PASSWORD, Population, account

_SEPARATOR = "\x1e"


class Visitors:
    """Users of one server.

    Args:
        port: port of the server.
        people: users with an account there.
        seed: seed of all random decisions.
        haste: divisor of all pauses.

    Attributes:
        visits: number of successful visits, by kind.
        refused: number of abandoned visits, by reason.
        said: number of acknowledged messages.
    """

    def __init__(self, port: int, people: Population, *, seed: int = 1, haste: float = 1.0) -> None:
        self.visits: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.said = 0
        self._port = port
        self._people = people
        self._chance = Random(seed)
        self._haste = haste
        self._numbers = count()
        self._seen: dict[str, int] = {}

    async def come_and_go(self) -> None:
        """Visit until cancelled: half of the users over WebSockets, a tenth by polling, and readers, and newcomers."""
        tokens = self._people.tokens
        tenth = max(1, len(tokens) // 10)
        async with asyncio.TaskGroup() as group:
            for seat, token in enumerate(tokens[: 5 * tenth]):
                group.create_task(self._again(self._talk, token, self._people.room_of(seat), pause=10))
            for seat in range(5 * tenth, 6 * tenth):
                group.create_task(self._again(self._poll, tokens[seat], self._people.room_of(seat), pause=10))
            for seat in range(6 * tenth, 8 * tenth):
                group.create_task(self._again(self._read, tokens[seat], self._people.room_of(seat), pause=4))
            for seat in range(8 * tenth, 9 * tenth):
                group.create_task(self._again(self._begin, tokens[seat], self._people.hall, pause=8))

    async def _again(self, visit: Callable[[str, str], Awaitable[None]], token: str, room: str, pause: float) -> None:
        while True:
            await self._pause(pause)
            try:
                await visit(token, room)
            except (Refused, OSError, TimeoutError) as failure:
                self.refused[str(failure) or type(failure).__name__] += 1
            else:
                self.visits[visit.__name__.strip("_")] += 1

    async def _talk(self, token: str, room: str) -> None:
        """Reconnect over a WebSocket, catch up, send messages, and drop the connection or leave."""
        socket = await websocket.connect(self._port, token)
        try:
            since = {"since": self._seen[room]} if room in self._seen else {}
            await socket.call("join-room", {"roomId": room, **since})
            await socket.call("join-room", self._people.hall)
            for number in range(self._chance.randint(3, 15)):
                await self._pause(2)
                where = self._people.hall if number % 5 == 4 else room
                message = {"roomId": where, "content": f"About exercise {number}", "clientMessageId": str(uuid4())}
                for _ in range(self._chance.choice((1, 1, 1, 2))):  # a client that lost an ack retries
                    await socket.call("send-message", message)
                self.said += 1
            await socket.call("update-status", {"roomId": room, "status": self._chance.choice(("busy", "active"))})
            connection = await http.connect(self._port)
            answer = await _ask(connection, "GET", f"/api/study-rooms/{room}/messages?limit=1", token)
            connection.close()
            self._seen[room] = answer["data"]["messages"][-1]["seq"]
            await socket.call("mark-read", {"roomId": room, "seq": self._seen[room]})
            if self._chance.random() < 0.5:
                await socket.call("leave-room", room)
        finally:
            socket.transport.abort()

    async def _poll(self, token: str, room: str) -> None:
        """Connect by polling, send messages, and disconnect or stop polling."""
        asking, telling = await http.connect(self._port), await http.connect(self._port)
        try:
            path = "/socket.io/?EIO=4&transport=polling"
            path += "&sid=" + json.loads((await asking.ask(http.request("GET", path))).body[1:])["sid"]

            async def tell(packet: str) -> None:
                await telling.ask(_text("POST", path, packet))

            async def hear(packet: str) -> None:
                while True:
                    heard = (await asking.ask(http.request("GET", path))).body.decode().split(_SEPARATOR)
                    if "2" in heard:
                        await tell("3")
                    if any(said.startswith(packet) for said in heard):
                        return

            await tell(f"40/chat,{json.dumps({'token': token})}")
            await hear("40/chat,{")
            await tell(f'42/chat,0["join-room","{room}"]')
            await hear('43/chat,0[{"ok":true')
            for number in range(1, self._chance.randint(3, 8)):
                await self._pause(2)
                said = {"roomId": room, "content": f"Polled {number}", "clientMessageId": str(uuid4())}
                await tell(f"42/chat,{number}{json.dumps(['send-message', said])}")
                await hear(f'43/chat,{number}[{{"ok":true')
                self.said += 1
            if self._chance.random() < 0.5:
                await tell("1")
        finally:
            asking.close()
            telling.close()

    async def _read(self, token: str, room: str) -> None:
        """Read over HTTP."""
        connection = await http.connect(self._port)
        try:
            paths = ("", f"/{room}", f"/{room}/messages", f"/{room}/presence", "?search=room")
            for path in ("/api/dashboard", "/api/auth/me", *(f"/api/study-rooms{path}" for path in paths)):
                await _ask(connection, "GET", path, token)
                await self._pause(0.5)
        finally:
            connection.close()

    async def _begin(self, friend: str, _: str) -> None:
        """Register, create a room with a friend, chat, delete the room, and log out or delete the account."""
        connection = await http.connect(self._port)
        try:
            body = account(next(self._numbers), "newcomer")
            token = (await _ask(connection, "POST", "/api/auth/register", body=body))["token"]
            opened = await _ask(connection, "POST", "/api/study-rooms", token, {"name": "For a day"})
            room = opened["data"]["id"]
            path = f"/api/study-rooms/{room}"
            await _ask(connection, "POST", f"{path}/join", friend)
            socket = await websocket.connect(self._port, token)
            try:
                await socket.call("join-room", room)
                for number in range(3):
                    await self._pause(1)
                    await socket.call("send-message", {"roomId": room, "content": f"Hello {number}"})
                    await _ask(connection, "POST", f"{path}/messages", friend, {"content": f"Hello yourself {number}"})
                    self.said += 2
                await _ask(connection, "PUT", path, token, {"name": "For today"})
                await _ask(connection, "POST", f"{path}/leave", friend)
                await _ask(connection, "DELETE", path, token)
                for_good = ("DELETE", "/api/auth/me", token, {"currentPassword": PASSWORD})
                await _ask(connection, *self._chance.choice((("POST", "/api/auth/logout", token), for_good)))
            finally:
                socket.transport.abort()
        finally:
            connection.close()

    async def _pause(self, usual: float) -> None:
        """Wait for about `usual` seconds."""
        await asyncio.sleep(self._chance.uniform(0, 2 * usual) / self._haste)


async def _ask(connection: http.Connection, method: str, path: str, token: str = "", body: Any = None) -> Any:
    return json.loads((await connection.ask(http.request(method, path, token, body))).body)


def _text(method: str, path: str, text: str) -> bytes:
    content = text.encode()
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
