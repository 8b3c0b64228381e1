"""Engine session: an Engine.IO client over polling or a WebSocket, and the upgrade from one to the other."""

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
"""Seconds in which an evicted polling client must fetch its last packets."""
POLL_TIMEOUT = 10.0
"""Seconds in which a client must poll again after it has closed the connection of its last poll."""
UPGRADE_TIMEOUT = 10.0
"""Seconds for each of the two packets of an upgrade to arrive over the WebSocket; polls are empty meanwhile."""
_CLOSE, _NOOP = OutgoingPacket(CLOSE.encode()), OutgoingPacket(NOOP.encode())
# After the type of a message comes a digit, the type of its Socket.IO packet.
_VALID_PACKET = re.compile(r"4\d|[135]\Z")
_PROBE, _PROBED = "2probe", OutgoingPacket(b"3probe")


class SessionServer(Protocol):
    """Interface of the server that sessions use."""

    flush_scheduler: FlushScheduler
    send_queue_limits: SendQueueLimits
    buffer_budget: BufferBudget
    memory_trimmer: MemoryTrimmer
    ping_interval: float
    ping_timeout: float
    closing: bool

    def on_session_message(self, session: "EngineSession", message: str) -> None:
        """Handle a message that the client sent."""

    def on_session_closed(self, session: "EngineSession") -> None:
        """Handle the end of a session. Called once, during `close`."""


class EngineSession:
    """Engine session of one client.

    Attributes:
        sid: id of the session, known only to its client; a secret.
        address: address of the client.
        requests: methods of the polling requests in progress, at most one GET and one POST.
        poll_connection: connection of the last poll.
        upgrade: upgrade from polling to a WebSocket in progress.
        web_socket: WebSocket of the session; None while it polls.
        evicted: True if the server ended the session on purpose. Until it is closed, the client can only fetch its last
            packets.
        intentional: True if the client closed the session; False if it was lost.
        may_return: True if the client sent no close packet: it may come back.
        last_packet_at: time of the client's last event or pong, on the loop's clock.
        silent_since: `last_packet_at`, if a ping was not answered; otherwise 0.0.
        closed: True if the session has ended; a polling client may still be waiting for the close packet.
        connections: connection of each namespace; managed by the Socket.IO server.
        in_flight: tasks of events of one name that are handled concurrently; managed by the Socket.IO server.
        in_flight_event: name of these events.
        receive_queue: received packets that wait for earlier ones; managed by the Socket.IO server.
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
        "last_packet_at",
        "may_return",
        "poll_connection",
        "receive_queue",
        "requests",
        "send_queue",
        "sid",
        "silent_since",
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
        self._heartbeat = Heartbeat(self.send_queue, server.ping_interval, server.ping_timeout, self._on_ping_timeout)
        self.last_packet_at = asyncio.get_running_loop().time()
        self.silent_since = 0.0
        self.may_return = True
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
        """Methods of the polling requests without a complete response."""
        return (
            self.requests | {"GET"}
            if self.poll_connection is not None and self.poll_connection.is_writing
            else self.requests
        )

    def receive(self, text: str) -> None:
        """Handle one Engine.IO packet of the client."""
        kind = text[0]
        if self.closed:
            return
        if kind == CLOSE:
            self.intentional = True
            self.may_return = False
            self.close(notify=False)
        elif self.evicted:
            return
        elif kind == MESSAGE:
            self._server.on_session_message(self, text[1:])
        elif kind == PONG:
            self.last_packet_at = asyncio.get_running_loop().time()
            self._heartbeat.on_pong()
        elif kind == UPGRADE:
            self.send_queue.put(_NOOP)

    async def poll(self, connection: PollConnection) -> list[bytes]:
        """Wait for the packets of the next polling response and return their payloads, at least one.

        Args:
            connection: connection of the poll. If it is lost before the response is written, the session ends.
        """
        if self.poll_connection is not None:
            self.poll_connection.release()
        self.poll_connection = connection
        self._poll_lost = False
        connection.set_on_lost(self._on_poll_lost)
        if self.evicted and self.send_queue.is_empty:  # it has received the disconnect packet, and polls again
            self.close(notify=False)
            return [_CLOSE.payload]
        taken = [] if self.upgrade and not self.evicted else await self.send_queue.poll()
        if taken:
            connection.set_on_lost(self.on_response_lost)
        return taken or [_NOOP.payload]

    def on_response_lost(self) -> None:
        """Close the session: the client will never receive the packets of a response that could not be written."""
        self.close(notify=False)

    def _on_poll_lost(self) -> None:
        """Close the session like after a lost WebSocket; during an upgrade, its outcome decides."""
        if self.upgrade is not None:
            self._poll_lost = True
            self.send_queue.end_poll()
        elif self.web_socket is None:
            self.close(notify=False)

    def expect_poll(self) -> None:
        """Close the session unless the client, which closed its connection, polls again in `POLL_TIMEOUT` seconds."""
        asyncio.get_running_loop().call_later(POLL_TIMEOUT, self._close_unless_polled, self.poll_connection)

    def _close_unless_polled(self, watch: PollConnection | None) -> None:
        if self.poll_connection is watch:
            self._on_poll_lost()

    def on_upgrade_failed(self) -> None:
        """Continue by polling; close the session if the poll was lost meanwhile."""
        if self._poll_lost:
            self.close(notify=False)

    def evict(self) -> None:
        """Close the session after its send queue is flushed, at the latest after `EVICT_TIMEOUT` seconds.

        In the official clients a close packet in the same response would overtake the other packets. So the client
        closes the session, or its next poll receives the close packet.
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
        """Close the session; idempotent.

        Args:
            notify: send a close packet, after which the client does not reconnect. It is never sent during shutdown,
                because clients should reconnect then.
            code: close code of the WebSocket.
            reason: close reason of the WebSocket.
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

    def _on_ping_timeout(self) -> None:
        self.silent_since = self.last_packet_at
        self.close()

    # Callbacks of the WebSocket

    def on_open(self, web_socket: WebSocket) -> None:
        """Use a WebSocket as transport from now on."""
        self.web_socket = web_socket
        self.send_queue.attach_transport(web_socket.transport)
        if self.evicted:
            self.close(notify=False)

    def on_message(self, text: str) -> None:
        """Handle a packet that arrived over the WebSocket."""
        if _VALID_PACKET.match(text):
            self.receive(text)
        elif self.web_socket is not None:
            self.web_socket.reject()

    def on_error(self, code: int) -> None:
        """Close the session with this code; only a policy violation is answered with a close packet."""
        self.close(notify=code == WSCloseCode.POLICY_VIOLATION, code=code)

    def on_close_frame(self) -> None:
        """Mark the session as closed by its client."""
        self.intentional = True

    def on_close(self) -> None:
        """Close the session: its WebSocket is closed or lost."""
        self.close(notify=False)
        self.release()

    def release(self) -> None:
        """Break reference cycles so that memory is freed now, not by the cyclic GC."""
        self.send_queue.release()
        self.web_socket = None
        if self.poll_connection is not None:
            self.poll_connection.release()
            self.poll_connection = None
        self._server.memory_trimmer.schedule_trim()


class Upgrade:
    """Upgrade of a session from polling to a WebSocket (Engine.IO 4, "Upgrade"); polls are empty meanwhile."""

    def __init__(self, session: EngineSession) -> None:
        self._session = session
        self._expected = _PROBE

    def on_open(self, web_socket: WebSocket) -> None:
        """Start waiting for the probe."""
        self.web_socket = web_socket
        self._session.upgrade = self
        self._deadline = asyncio.get_running_loop().call_later(UPGRADE_TIMEOUT, self.abort)

    def on_message(self, text: str) -> None:
        """Answer the probe; after the upgrade packet, attach the WebSocket to the session."""
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
        """Close the WebSocket; the session continues by polling."""
        self._fail()
        self.web_socket.close(code)

    def on_close_frame(self) -> None:
        """Ignore it: the session continues by polling."""

    def on_close(self) -> None:
        """Continue the session by polling."""
        self._fail()

    def abort(self) -> None:
        """Close the WebSocket after a timeout, or because the session has ended."""
        self._fail()
        self.web_socket.transport.abort()

    def _fail(self) -> None:
        self._stop()
        self._session.on_upgrade_failed()

    def _stop(self) -> None:
        self._deadline.cancel()
        if self._session.upgrade is self:
            self._session.upgrade = None
