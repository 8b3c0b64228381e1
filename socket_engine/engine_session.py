"""One client of Engine.IO: it polls, or has a WebSocket, or goes from the one to the other."""

import asyncio
import logging
import re
from typing import Any, Protocol

from aiohttp import WSCloseCode

from domain.connections import Connection
from runtime.buffered_bytes import BufferBudget, BufferedBytes
from socket_engine.heartbeat import Heartbeat
from socket_engine.memory_trimmer import MemoryTrimmer
from socket_engine.packets import CLOSE, MESSAGE, NOOP, PONG, UPGRADE, OutgoingPacket
from socket_engine.polling import PollConnection
from socket_engine.receive_queue import ReceiveQueue
from socket_engine.send_queue import FlushScheduler, SendQueue, SendQueueLimits
from socket_engine.websocket import WebSocket

log = logging.getLogger(__name__)

EVICT_TIMEOUT = 5.0
"""Seconds in which an evicted client that polls must fetch what it is told last."""
POLL_TIMEOUT = 10.0
"""Seconds in which a client must poll again that has closed the connection of its last poll."""
UPGRADE_TIMEOUT = 10.0
"""Seconds in which a WebSocket that is to take over must send each of its two packets: polls are empty meanwhile."""
_CLOSE, _NOOP = OutgoingPacket(CLOSE.encode()), OutgoingPacket(NOOP.encode())
# A message goes on with a digit, the type of its Socket.IO packet.
_VALID_PACKET = re.compile(r"4\d|[135]\Z")
_PROBE, _PROBED = "2probe", OutgoingPacket(b"3probe")


class SessionServer(Protocol):
    """What a session needs of the server around it."""

    flush_scheduler: FlushScheduler
    send_queue_limits: SendQueueLimits
    buffer_budget: BufferBudget
    memory_trimmer: MemoryTrimmer
    ping_interval: float
    ping_timeout: float
    closing: bool

    def on_session_message(self, session: "EngineSession", message: str) -> None:
        """Take what a client sent."""

    def on_session_closed(self, session: "EngineSession") -> None:
        """Note that a client is gone. Called once, at once."""


class EngineSession:
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
        "_poll_lost",
        "_server",
        "address",
        "closed",
        "connections",
        "evicted",
        "in_flight",
        "in_flight_event",
        "intentional",
        "poll_connection",
        "receive_queue",
        "requests",
        "send_queue",
        "sid",
        "upgrade",
        "web_socket",
    )

    def __init__(self, server: SessionServer, sid: str, address: str) -> None:
        self._server = server
        self.sid = sid
        self.address = address
        self.send_queue = SendQueue(
            server.flush_scheduler, server.send_queue_limits, self.close, BufferedBytes(server.buffer_budget, address)
        )
        self._heartbeat = Heartbeat(self.send_queue, server.ping_interval, server.ping_timeout, self.close)
        self.requests: frozenset[str] = frozenset()
        self.poll_connection: PollConnection | None = None
        self._poll_lost = False
        self.upgrade: Upgrade | None = None
        self.web_socket: WebSocket | None = None
        self.evicted = self.intentional = self.closed = False
        self.connections: dict[str, Connection] = {}
        self.in_flight: set[asyncio.Task[None]] = set()
        self.in_flight_event = ""
        self.receive_queue: ReceiveQueue[Any] | None = None

    @property
    def pending_requests(self) -> frozenset[str]:
        """The methods of the polling requests that have no whole answer yet."""
        return (
            self.requests | {"GET"}
            if self.poll_connection is not None and self.poll_connection.is_writing
            else self.requests
        )

    def receive(self, text: str) -> None:
        """Take one packet of the client."""
        kind = text[0]
        if self.closed:
            return
        if kind == CLOSE:
            self.intentional = True
            self.close(notify=False)
        elif self.evicted:
            return
        elif kind == MESSAGE:
            self._server.on_session_message(self, text[1:])
        elif kind == PONG:
            self._heartbeat.on_pong()
        elif kind == UPGRADE:
            self.send_queue.put(_NOOP)

    async def poll(self, connection: PollConnection) -> list[bytes]:
        """Wait for what the next answer holds: payloads, at least one.

        Args:
            connection: the connection that the answer leaves by. Where it is lost before, the session ends.
        """
        if self.poll_connection is not None:
            self.poll_connection.release()
        self.poll_connection = connection
        self._poll_lost = False
        connection.set_on_lost(self._on_poll_lost)
        if self.evicted and self.send_queue.is_empty:  # it was told last time, and has come back all the same
            self.close(notify=False)
            return [_CLOSE.payload]
        taken = [] if self.upgrade and not self.evicted else await self.send_queue.poll()
        if taken:
            connection.set_on_lost(self.on_response_lost)
        return taken or [_NOOP.payload]

    def on_response_lost(self) -> None:
        """Close it: the client will never have the packets in an answer that could not be written."""
        self.close(notify=False)

    def _on_poll_lost(self) -> None:
        """Close it, as a lost WebSocket does. While another connection takes over, that one decides."""
        if self.upgrade is not None:
            self._poll_lost = True
            self.send_queue.end_poll()
        elif self.web_socket is None:
            self.close(notify=False)

    def expect_poll(self) -> None:
        """Close it, unless the client, which let go of a connection, polls again in `POLL_TIMEOUT` seconds."""
        asyncio.get_running_loop().call_later(POLL_TIMEOUT, self._close_unless_polled, self.poll_connection)

    def _close_unless_polled(self, watch: PollConnection | None) -> None:
        if self.poll_connection is watch:
            self._on_poll_lost()

    def on_upgrade_failed(self) -> None:
        """Go on by polling, if the client still polls."""
        if self._poll_lost:
            self.close(notify=False)

    def evict(self) -> None:
        """Close it once the client has what waits for it, at the latest after `EVICT_TIMEOUT` seconds.

        A close packet beside the last packets would overtake them in the official clients. So the client closes, or
        its next poll is told to.
        """
        if self.closed or self.evicted:
            return
        self.evicted = True
        self._heartbeat.stop()
        if self.web_socket is not None:
            self.close(notify=False)
        else:
            asyncio.get_running_loop().call_later(EVICT_TIMEOUT, self.on_response_lost)

    def close(self, *, notify: bool = True, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Close it.

        Args:
            notify: tell the client that it is for good. As the server goes away, clients are to come back: not said
                then.
            code, reason: of the WebSocket's closing.
        """
        if self.closed:
            return
        self.closed = True
        if not self.evicted:
            self._heartbeat.stop()
        self._server.on_session_closed(self)
        if notify and not self.evicted and not self._server.closing:
            self.send_queue.put(_CLOSE)
        self.send_queue.end_poll()
        if self.upgrade is not None:
            self.upgrade.abort()
        if self.web_socket is not None:
            self.send_queue.flush()
            self.web_socket.close(WSCloseCode.GOING_AWAY if self._server.closing else code, reason)

    # What its WebSocket says

    def on_open(self, web_socket: WebSocket) -> None:
        """Have a WebSocket carry it from now on."""
        self.web_socket = web_socket
        self.send_queue.attach_transport(web_socket.transport)
        if self.evicted:
            self.close(notify=False)

    def on_message(self, text: str) -> None:
        """Take a packet that came over its WebSocket."""
        if _VALID_PACKET.match(text):
            self.receive(text)
        elif self.web_socket is not None:
            self.web_socket.reject()

    def on_error(self, code: int) -> None:
        """Close it with this code; what is no WebSocket frame is answered by none of ours."""
        self.close(notify=code == WSCloseCode.POLICY_VIOLATION, code=code)

    def on_close_frame(self) -> None:
        """Mark the session as closed on purpose, by its client."""
        self.intentional = True

    def on_close(self) -> None:
        """Note that its WebSocket is gone."""
        self.close(notify=False)
        self.release()

    def release(self) -> None:
        """Forget what was to be sent, and who would be told. Else it would be kept until cycles are looked for."""
        self.send_queue.release()
        self.web_socket = None
        if self.poll_connection is not None:
            self.poll_connection.release()
            self.poll_connection = None
        self._server.memory_trimmer.schedule_trim()


class Upgrade:
    """A WebSocket that is to take over from polling (Engine.IO 4, "Upgrade"); polls are empty meanwhile."""

    def __init__(self, session: EngineSession) -> None:
        self._session = session
        self._expected = _PROBE

    def on_open(self, web_socket: WebSocket) -> None:
        """Wait for the probe."""
        self.web_socket = web_socket
        self._session.upgrade = self
        self._deadline = asyncio.get_running_loop().call_later(UPGRADE_TIMEOUT, self.abort)

    def on_message(self, text: str) -> None:
        """Answer the probe; at the packet after that, the session goes on here."""
        if text != self._expected:
            self.web_socket.reject()
        elif text == _PROBE:
            self._expected = UPGRADE
            self._deadline.cancel()
            self._deadline = asyncio.get_running_loop().call_later(UPGRADE_TIMEOUT, self.abort)
            self.web_socket.transport.write(_PROBED.frame)
            self._session.send_queue.end_poll()
        else:
            self._stop()
            self.web_socket.set_receiver(self._session)

    def on_error(self, code: int) -> None:
        """Close the WebSocket, and leave the session as it was."""
        self._fail()
        self.web_socket.close(code)

    def on_close_frame(self) -> None:
        """Take it for no more than the end of this WebSocket."""

    def on_close(self) -> None:
        """Leave the session as it was."""
        self._fail()

    def abort(self) -> None:
        """Close the WebSocket, which was too slow or has nothing to take over any more."""
        self._fail()
        self.web_socket.transport.abort()

    def _fail(self) -> None:
        self._stop()
        self._session.on_upgrade_failed()

    def _stop(self) -> None:
        self._deadline.cancel()
        if self._session.upgrade is self:
            self._session.upgrade = None
