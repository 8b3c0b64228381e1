"""Clients with the official Python library that send messages, recover after each loss, and record all they receive.

They follow docs/protocol.md for clients that must not lose messages. They also try to enter rooms of others.
"""

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import aiohttp
import socketio

from chaos.cable import Cable
from chaos.record import (
    Answered,
    Closed,
    Event,
    Heard,
    Joined,
    Joining,
    Message,
    Noticed,
    Opened,
    Refused,
    Room,
    Sent,
)

CHAT = "/chat"
TRANSPORTS = (["websocket"], ["polling"], ["polling", "websocket"])
"""Transports, one for each client in turn; the last begins with polling and upgrades."""

_ACK_WITHIN = 6.0
_PATIENCE = 8.0
_MOST_UNSENT = 10
_IMPATIENT = 0.1
"""Share of messages that are sent again before the ack, like a double click."""
_NO_ANSWER = (socketio.exceptions.SocketIOError, aiohttp.ClientError, OSError, TimeoutError)

_numbers = itertools.count(1)


class Client:
    """One user on one device.

    Args:
        name: name in the record.
        token: access token.
        rooms: the user's rooms.
        foreign: a room of which the user is not a member.
        transports: Engine.IO transports.
        chance: source of random decisions.
        pause: average of seconds between two messages.
        note: called with each observation.
    """

    def __init__(
        self,
        name: str,
        token: str,
        rooms: Sequence[Room],
        foreign: Room,
        transports: list[str],
        chance: random.Random,
        pause: float,
        note: Callable[[Event], None],
    ) -> None:
        self.name, self.token, self.rooms, self.foreign = name, token, rooms, foreign
        self.transports, self.chance, self.note = transports, chance, note
        self.cable = Cable()
        self.last = dict.fromkeys(rooms, 0)
        self.epochs: dict[Room, str] = {}
        self.unsent: dict[str, tuple[Room, str]] = {}
        self.visit: Visit | None = None
        self._pause = pause
        self._talks = True
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Connect, send messages, and reconnect after each loss."""
        self.spawn(self._come())
        self.spawn(self._talk())

    def vanish(self) -> None:
        """Disconnect without a goodbye until `come_back`."""
        self._wanted.clear()
        self.tear()

    def tear(self) -> None:
        """Lose the connection."""
        if self.visit is not None:
            self.visit.over("torn")
        self.cable.tear()

    def come_back(self) -> None:
        """Connect again."""
        self._wanted.set()

    def hush(self) -> None:
        """Send no new messages; queued ones are still sent."""
        self._talks = False

    @property
    def is_inside(self) -> bool:
        """True if the client has joined all its rooms."""
        return self.visit is not None and self.visit.inside == set(self.rooms)

    async def close(self) -> None:
        """Disconnect for good."""
        self.vanish()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.cable.close()

    def spawn(self, work: Any) -> None:
        """Run a coroutine in the background."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _come(self) -> None:
        while True:
            await self._wanted.wait()
            visit = Visit(self)
            await visit.live()
            await asyncio.sleep(self.chance.uniform(0.1, 0.5))

    async def _talk(self) -> None:
        for number in itertools.count(1):
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * self._pause)
            if not self._talks or not self._wanted.is_set() or len(self.unsent) >= _MOST_UNSENT:
                continue
            room = self.chance.choice(self.rooms)
            key = str(uuid.UUID(int=self.chance.getrandbits(128)))
            self.unsent[key] = room, f"{number} from {self.name}"
            if self.visit is not None and room in self.visit.inside:
                self.visit.send(key)
                if self.chance.random() < _IMPATIENT:
                    self.visit.send(key)


class _ClosedSession:
    """HTTP session of a lost connection: every request fails.

    python-engineio replaces a closed session by a new one, and sends its goodbye over that.
    """

    closed = False

    async def get(self, *_: Any, **__: Any) -> None:
        raise aiohttp.ClientConnectionError("the connection is lost")

    post = get


class Visit:
    """One connection of a client, from the attempt to the loss."""

    def __init__(self, client: Client) -> None:
        self.number = next(_numbers)
        self.inside: set[Room] = set()
        # One timer a key: two would become four after the next send.
        self._next_tries: dict[str, asyncio.TimerHandle] = {}
        self._client = client
        self._aside: dict[Room, list[Message]] = {}
        self._over = asyncio.Event()
        self._http = aiohttp.ClientSession()  # own session: python-engineio does not close the one that it creates
        self._socket = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=self._http)
        on = partial(self._socket.on, namespace=CHAT)
        on("connect", self._connected)
        on("connect_error", self._refused)
        on("disconnect", self._disconnected)
        on("message", self._heard)
        for event in ("room-users", "user-joined", "user-left", "status-updated"):
            on(event, partial(self._noticed, event))

    async def live(self) -> None:
        """Connect, and return when the connection is lost or could not be made."""
        url = f"http://127.0.0.1:{self._client.cable.port}"
        auth = {"token": self._client.token}
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._socket.connect(
                    url, auth=auth, namespaces=[CHAT], transports=self._client.transports, wait_timeout=5
                )
            await self._over.wait()
        except _NO_ANSWER:
            pass
        finally:
            self.over()
            self._socket.eio.http = _ClosedSession()  # a client that loses its connection sends no goodbye
            await self._http.close()
            with suppress(*_NO_ANSWER):
                async with asyncio.timeout(1):
                    await self._socket.shutdown()

    def over(self, reason: str = "") -> None:
        """Record the end of this connection."""
        if self._client.visit is self:
            self._client.visit = None
            self._client.note(Closed(time.monotonic(), self._client.name, self.number, reason))
        self._over.set()

    def send(self, key: str) -> None:
        """Send a message repeatedly, until it is acknowledged or this connection is lost."""
        room, content = self._client.unsent[key]
        self._send(room, key, content)

    def _send(self, room: Room, key: str, content: str) -> None:
        sent = time.monotonic()
        self._client.note(Sent(sent, self._client.name, self.number, room, key, content))
        message = {"roomId": room, "content": content, "clientMessageId": key}
        self._emit("send-message", message, partial(self._answered, room, key, sent))
        self._try_again(key, _ACK_WITHIN)

    def _try_again(self, key: str, seconds: float) -> None:
        if (former := self._next_tries.pop(key, None)) is not None:
            former.cancel()
        if key in self._client.unsent:
            self._next_tries[key] = asyncio.get_running_loop().call_later(seconds, self._again, key)

    def _again(self, key: str) -> None:
        if self._is_open and key in self._client.unsent:
            self.send(key)

    def _join(self, room: Room) -> None:
        self.inside.discard(room)
        self._aside[room] = []
        since = self._client.last.get(room, 0)
        self._client.note(Joining(time.monotonic(), self._client.name, self.number, room, since))
        wanted = {"roomId": room, "since": since, "epoch": self._client.epochs.get(room)}
        self._emit("join-room", wanted, partial(self._joined, room, since))

    def _emit(self, event: str, argument: Any, answered: Callable[[dict[str, Any]], None]) -> None:
        def callback(answer: dict[str, Any]) -> None:
            if self._is_open:
                answered(answer)

        async def emit() -> None:
            with suppress(*_NO_ANSWER):
                await self._socket.emit(event, argument, namespace=CHAT, callback=callback)

        self._client.spawn(emit())

    @property
    def _is_open(self) -> bool:
        return self._client.visit is self

    # Callbacks. Each runs to its end in the turn of its event, so records are in order.

    def _connected(self) -> None:
        if self._over.is_set():
            return
        self._client.visit = self
        self._client.note(Opened(time.monotonic(), self._client.name, self.number))
        for room in (*self._client.rooms, self._client.foreign):
            self._join(room)
        self._send(self._client.foreign, str(uuid.UUID(int=self._client.chance.getrandbits(128))), "let me in")

    def _refused(self, why: Any) -> None:
        code = why.get("data", {}).get("code", why["message"]) if isinstance(why, dict) and why.get("data") else None
        if code is not None:  # else the server was not running
            self._client.note(Refused(time.monotonic(), self._client.name, code))

    def _disconnected(self, reason: str) -> None:
        self.over(reason)

    def _joined(self, room: Room, since: int, answer: dict[str, Any]) -> None:
        client = self._client
        client.note(Joined(time.monotonic(), client.name, self.number, room, since, answer))
        if not answer["ok"]:
            if room in client.rooms:
                asyncio.get_running_loop().call_later(0.5, lambda: self._is_open and self._join(room))
            return
        if room not in client.rooms:
            return
        client.epochs[room] = answer["epoch"]
        if not answer["recovered"]:
            client.last[room] = 0
        for message in (*answer["missed"], *self._aside.pop(room, ())):
            client.last[room] = max(client.last[room], message["seq"])
        self.inside.add(room)
        for key, (where, _) in list(client.unsent.items()):
            if where == room:
                self.send(key)

    def _heard(self, message: Message) -> None:
        if not self._is_open:
            return
        client, room, seq = self._client, message["roomId"], message["seq"]
        client.note(Heard(time.monotonic(), client.name, self.number, room, message))
        if room not in self.inside:
            self._aside.setdefault(room, []).append(message)
        elif seq > client.last[room] + 1:
            self._join(room)  # a gap: messages were missed
        else:
            client.last[room] = max(client.last[room], seq)

    def _noticed(self, event: str, *said: Any) -> None:
        if self._is_open:
            room = said[-1]["roomId"]
            self._client.note(Noticed(time.monotonic(), self._client.name, self.number, room, event, said))

    def _answered(self, room: Room, key: str, sent: float, answer: dict[str, Any]) -> None:
        client = self._client
        client.note(Answered(time.monotonic(), client.name, self.number, room, key, sent, answer))
        if answer["ok"]:
            client.unsent.pop(key, None)
        else:
            self._try_again(key, answer["error"].get("retryAfter", 0.5))
