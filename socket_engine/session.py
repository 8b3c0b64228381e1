"""One client of Engine.IO: it polls, or has a WebSocket, or goes from the one to the other."""

import asyncio
import logging
import re
from typing import Any, Protocol

from aiohttp import WSCloseCode

from connection import Connection
from socket_engine.allocator import Allocator
from socket_engine.heartbeat import Heartbeat
from socket_engine.inbox import Inbox
from socket_engine.outbox import Outbox, Room, Turn
from socket_engine.packets import CLOSE, MESSAGE, NOOP, PONG, UPGRADE, Outgoing
from socket_engine.websocket import WebSocket

log = logging.getLogger(__name__)

UPGRADE_DEADLINE = 10.0
"""Seconds in which a WebSocket that is to take over must send each of its two packets: polls are empty meanwhile."""
_CLOSE, _NOOP = Outgoing(CLOSE.encode()), Outgoing(NOOP.encode())
# A message goes on with a digit, the type of its Socket.IO packet.
_FRAMED = re.compile(r"4\d|[135]\Z")
_PROBE, _PROBED = "2probe", Outgoing(b"3probe")


class Host(Protocol):
    """What a session needs of the server around it."""

    turn: Turn
    room: Room
    allocator: Allocator
    ping_interval: float
    ping_timeout: float
    closing: bool

    def received(self, session: "Session", message: str) -> None:
        """Take what a client sent."""

    def ended(self, session: "Session") -> None:
        """Note that a client is gone. Called once, at once."""


class Session:
    """A client.

    Attributes:
        sid: names it to itself; a secret.
        address: where it comes from.
        requests: the methods of the polling requests that are being handled: one of each at a time.
        upgrade: the WebSocket that may take over from polling.
        web_socket: what carries it, once it no longer polls.
        closed: it is gone, for everybody but itself.
        inside: namespace → connection, kept by the Socket.IO server.
        answering: what is being done about events of one name, while the next of that name may be handled; kept by the
            Socket.IO server.
        answered: that name.
        inbox: what came and waits for what came before, kept by the Socket.IO server.
    """

    __slots__ = (
        "_heartbeat",
        "_host",
        "address",
        "answered",
        "answering",
        "closed",
        "inbox",
        "inside",
        "outbox",
        "requests",
        "sid",
        "upgrade",
        "web_socket",
    )

    def __init__(self, host: Host, sid: str, address: str) -> None:
        self._host = host
        self.sid = sid
        self.address = address
        self.outbox = Outbox(host.turn, host.room, self.close)
        self._heartbeat = Heartbeat(self.outbox, host.ping_interval, host.ping_timeout, self.close)
        self.requests: frozenset[str] = frozenset()
        self.upgrade: Upgrade | None = None
        self.web_socket: WebSocket | None = None
        self.closed = False
        self.inside: dict[str, Connection] = {}
        self.answering: set[asyncio.Task[None]] = set()
        self.answered = ""
        self.inbox: Inbox[Any] | None = None

    def receive(self, text: str) -> None:
        """Take one packet of the client."""
        kind = text[0]
        if self.closed:
            return
        if kind == MESSAGE:
            self._host.received(self, text[1:])
        elif kind == PONG:
            self._heartbeat.answered()
        elif kind == CLOSE:
            self.close(say=False)
        elif kind == UPGRADE:
            self.outbox.put(_NOOP)

    async def poll(self) -> list[bytes]:
        """Wait for what the next answer holds: payloads, at least one."""
        taken = [] if self.upgrade else await self.outbox.poll()
        return taken or [_NOOP.payload]

    def close(self, *, say: bool = True, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Close it.

        Args:
            say: tell the client that it is for good. As the server goes away, clients are to come back: not said then.
            code, reason: of the WebSocket's closing.
        """
        if self.closed:
            return
        self.closed = True
        self._heartbeat.stop()
        self._host.ended(self)
        if say and not self._host.closing:
            self.outbox.put(_CLOSE)
        self.outbox.end_poll()
        if self.upgrade is not None:
            self.upgrade.give_up()
        if self.web_socket is not None:
            self.outbox.flush()
            self.web_socket.close(WSCloseCode.GOING_AWAY if self._host.closing else code, reason)

    # What its WebSocket says

    def began(self, web_socket: WebSocket) -> None:
        """Have a WebSocket carry it from now on."""
        self.web_socket = web_socket
        self.outbox.go_direct(web_socket.transport)

    def hear(self, text: str) -> None:
        """Take a packet that came over its WebSocket."""
        if _FRAMED.match(text):
            self.receive(text)
        elif self.web_socket is not None:
            self.web_socket.refuse()

    def cannot_take(self, code: int) -> None:
        """Close it with this code; what is no WebSocket frame is answered by none of ours."""
        self.close(say=code == WSCloseCode.POLICY_VIOLATION, code=code)

    def ended(self) -> None:
        """Note that its WebSocket is gone."""
        self.close(say=False)
        self.let_go()

    def let_go(self) -> None:
        """Forget what was to be sent, and who would be told. Else it would be kept until cycles are looked for."""
        self.outbox.let_go()
        self.web_socket = None
        self._host.allocator.trim_soon()


class Upgrade:
    """A WebSocket that is to take over from polling (Engine.IO 4, "Upgrade"); polls are empty meanwhile."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._expected = _PROBE

    def began(self, web_socket: WebSocket) -> None:
        """Wait for the probe."""
        self.web_socket = web_socket
        self._session.upgrade = self
        self._deadline = asyncio.get_running_loop().call_later(UPGRADE_DEADLINE, self.give_up)

    def hear(self, text: str) -> None:
        """Answer the probe; at the packet after that, the session goes on here."""
        if text != self._expected:
            self.web_socket.refuse()
        elif text == _PROBE:
            self._expected = UPGRADE
            self._deadline.cancel()
            self._deadline = asyncio.get_running_loop().call_later(UPGRADE_DEADLINE, self.give_up)
            self.web_socket.transport.write(_PROBED.frame)
            self._session.outbox.end_poll()
        else:
            self._stop()
            self.web_socket.hand_to(self._session)

    def cannot_take(self, code: int) -> None:
        """Close the WebSocket, and leave the session as it was."""
        self._stop()
        self.web_socket.close(code)

    def ended(self) -> None:
        """Leave the session as it was."""
        self._stop()

    def give_up(self) -> None:
        """Close the WebSocket, which was too slow or has nothing to take over any more."""
        self._stop()
        self.web_socket.transport.abort()

    def _stop(self) -> None:
        self._deadline.cancel()
        if self._session.upgrade is self:
            self._session.upgrade = None
