"""One connection of a client, with the official Python library, from the attempt to the loss."""

import asyncio
import itertools
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import socketio

from chaos.record import (
    Answered,
    Closed,
    Heard,
    Joined,
    Joining,
    Message,
    Noticed,
    Opened,
    Refused,
    Room,
    Sent,
    TimerHeard,
)

if TYPE_CHECKING:
    from chaos.clients import Client

CHAT = "/chat"

_ACK_WITHIN = 6.0
_PATIENCE = 8.0
_RETRY_AT_MOST = 2.0
"""Seconds until a rejected message is sent again. Held messages may be released long before `retryAfter`."""
_NO_ANSWER = (socketio.exceptions.SocketIOError, aiohttp.ClientError, OSError, TimeoutError)

_numbers = itertools.count(1)


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

    def __init__(self, client: "Client") -> None:
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
        on("timer-updated", self._timer_updated)

    async def live(self) -> None:
        """Connect, and return when the connection is lost or could not be made."""
        url = f"http://127.0.0.1:{self._client.cable.port}"
        auth = {"token": self._client.token}
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._socket.connect(
                    url, auth=auth, namespaces=[CHAT], transports=self._client.transports, wait_timeout=5
                )
            # python-socketio reports no disconnect that comes before connect() returns
            if self._socket.eio.state == "connected":
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

    async def ask(self, event: str, argument: Any) -> dict[str, Any] | None:
        """Send an event once, and return its ack; None if there is none in time."""
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._emit(event, argument, lambda said: None if answer.done() else answer.set_result(said))
        over = asyncio.create_task(self._over.wait())
        waits: set[asyncio.Future[Any]] = {answer, over}
        await asyncio.wait(waits, timeout=_ACK_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        return answer.result() if answer.done() else None

    def show_timer(self, room: Room, timer: dict[str, Any]) -> None:
        """Use a timer that was received, unless a newer one is known."""
        if timer["version"] >= self._client.timers.get(room, timer)["version"]:
            self._client.timers[room] = timer

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
        self.show_timer(room, answer["timer"])
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

    def _timer_updated(self, said: dict[str, Any]) -> None:
        if self._is_open:
            room, timer = said["roomId"], said["timer"]
            self._client.note(TimerHeard(time.monotonic(), self._client.name, self.number, room, timer))
            self.show_timer(room, timer)

    def _answered(self, room: Room, key: str, sent: float, answer: dict[str, Any]) -> None:
        client = self._client
        client.note(Answered(time.monotonic(), client.name, self.number, room, key, sent, answer))
        if answer["ok"]:
            client.unsent.pop(key, None)
        else:
            self._try_again(key, min(_RETRY_AT_MOST, answer["error"].get("retryAfter", 0.5)))
