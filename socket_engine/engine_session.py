"""One client of Engine.IO: it polls, or has a WebSocket, or goes from the one to the other."""

import asyncio
import logging
import re
from typing import Any, Protocol

from aiohttp import WSCloseCode

from domain.connections import Connection
from runtime.buffered_bytes import Held, Transit
from socket_engine.heartbeat import Heartbeat
from socket_engine.memory_trimmer import Allocator
from socket_engine.packets import CLOSE, MESSAGE, NOOP, PONG, UPGRADE, Outgoing
from socket_engine.polling import Watch
from socket_engine.receive_queue import Inbox
from socket_engine.send_queue import Outbox, Room, Turn
from socket_engine.websocket import WebSocket

log = logging.getLogger(__name__)

EVICT_DEADLINE = 5.0
"""Seconds in which an evicted client that polls must fetch what it is told last."""
POLL_DEADLINE = 10.0
"""Seconds in which a client must poll again that has closed the connection of its last poll."""
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
    transit: Transit
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
        watch: the connection of the last poll.
        upgrade: the WebSocket that may take over from polling.
        web_socket: what carries it, once it no longer polls.
        evicted: the server ended it on purpose. Until it is closed, it only fetches what waits for it.
        on_purpose: the client closed it, and has not lost it.
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
        "_lost_poll",
        "address",
        "answered",
        "answering",
        "closed",
        "evicted",
        "inbox",
        "inside",
        "on_purpose",
        "outbox",
        "requests",
        "sid",
        "upgrade",
        "watch",
        "web_socket",
    )

    def __init__(self, host: Host, sid: str, address: str) -> None:
        self._host = host
        self.sid = sid
        self.address = address
        self.outbox = Outbox(host.turn, host.room, self.close, Held(host.transit, address))
        self._heartbeat = Heartbeat(self.outbox, host.ping_interval, host.ping_timeout, self.close)
        self.requests: frozenset[str] = frozenset()
        self.watch: Watch | None = None
        self._lost_poll = False
        self.upgrade: Upgrade | None = None
        self.web_socket: WebSocket | None = None
        self.evicted = self.on_purpose = self.closed = False
        self.inside: dict[str, Connection] = {}
        self.answering: set[asyncio.Task[None]] = set()
        self.answered = ""
        self.inbox: Inbox[Any] | None = None

    @property
    def in_hand(self) -> frozenset[str]:
        """The methods of the polling requests that have no whole answer yet."""
        return self.requests | {"GET"} if self.watch is not None and self.watch.is_writing else self.requests

    def receive(self, text: str) -> None:
        """Take one packet of the client."""
        kind = text[0]
        if self.closed:
            return
        if kind == CLOSE:
            self.on_purpose = True
            self.close(say=False)
        elif self.evicted:
            return
        elif kind == MESSAGE:
            self._host.received(self, text[1:])
        elif kind == PONG:
            self._heartbeat.answered()
        elif kind == UPGRADE:
            self.outbox.put(_NOOP)

    async def poll(self, watch: Watch) -> list[bytes]:
        """Wait for what the next answer holds: payloads, at least one.

        Args:
            watch: the connection that the answer leaves by. Where it is lost before, the session ends.
        """
        if self.watch is not None:
            self.watch.end()
        self.watch = watch
        self._lost_poll = False
        watch.begin(self._lose_poll)
        if self.evicted and self.outbox.is_empty:  # it was told last time, and has come back all the same
            self.close(say=False)
            return [_CLOSE.payload]
        taken = [] if self.upgrade and not self.evicted else await self.outbox.poll()
        if taken:
            watch.begin(self.lose_answer)
        return taken or [_NOOP.payload]

    def lose_answer(self) -> None:
        """Close it: the client will never have the packets in an answer that could not be written."""
        self.close(say=False)

    def _lose_poll(self) -> None:
        """Close it, as a lost WebSocket does. While another connection takes over, that one decides."""
        if self.upgrade is not None:
            self._lost_poll = True
            self.outbox.end_poll()
        elif self.web_socket is None:
            self.close(say=False)

    def miss_poll(self) -> None:
        """Close it, unless the client, which let go of a connection, polls again in `POLL_DEADLINE` seconds."""
        asyncio.get_running_loop().call_later(POLL_DEADLINE, self._close_unless_polled, self.watch)

    def _close_unless_polled(self, watch: Watch | None) -> None:
        if self.watch is watch:
            self._lose_poll()

    def upgrade_failed(self) -> None:
        """Go on by polling, if the client still polls."""
        if self._lost_poll:
            self.close(say=False)

    def evict(self) -> None:
        """Close it once the client has what waits for it, at the latest after `EVICT_DEADLINE` seconds.

        A close packet beside the last packets would overtake them in the official clients. So the client closes, or
        its next poll is told to.
        """
        if self.closed or self.evicted:
            return
        self.evicted = True
        self._heartbeat.stop()
        if self.web_socket is not None:
            self.close(say=False)
        else:
            asyncio.get_running_loop().call_later(EVICT_DEADLINE, self.lose_answer)

    def close(self, *, say: bool = True, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Close it.

        Args:
            say: tell the client that it is for good. As the server goes away, clients are to come back: not said then.
            code, reason: of the WebSocket's closing.
        """
        if self.closed:
            return
        self.closed = True
        if not self.evicted:
            self._heartbeat.stop()
        self._host.ended(self)
        if say and not self.evicted and not self._host.closing:
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
        if self.evicted:
            self.close(say=False)

    def hear(self, text: str) -> None:
        """Take a packet that came over its WebSocket."""
        if _FRAMED.match(text):
            self.receive(text)
        elif self.web_socket is not None:
            self.web_socket.refuse()

    def cannot_take(self, code: int) -> None:
        """Close it with this code; what is no WebSocket frame is answered by none of ours."""
        self.close(say=code == WSCloseCode.POLICY_VIOLATION, code=code)

    def goodbye(self) -> None:
        """Mark the session as closed on purpose, by its client."""
        self.on_purpose = True

    def ended(self) -> None:
        """Note that its WebSocket is gone."""
        self.close(say=False)
        self.let_go()

    def let_go(self) -> None:
        """Forget what was to be sent, and who would be told. Else it would be kept until cycles are looked for."""
        self.outbox.let_go()
        self.web_socket = None
        if self.watch is not None:
            self.watch.end()
            self.watch = None
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
        self._fail()
        self.web_socket.close(code)

    def goodbye(self) -> None:
        """Take it for no more than the end of this WebSocket."""

    def ended(self) -> None:
        """Leave the session as it was."""
        self._fail()

    def give_up(self) -> None:
        """Close the WebSocket, which was too slow or has nothing to take over any more."""
        self._fail()
        self.web_socket.transport.abort()

    def _fail(self) -> None:
        self._stop()
        self._session.upgrade_failed()

    def _stop(self) -> None:
        self._deadline.cancel()
        if self._session.upgrade is self:
            self._session.upgrade = None
