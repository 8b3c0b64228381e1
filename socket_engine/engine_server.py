"""Engine.IO server over aiohttp: validates requests and dispatches them to engine sessions."""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Any, NamedTuple

import engineio
from aiohttp import hdrs, web

from runtime.addresses import NetworkCounter
from runtime.buffered_bytes import BufferBudget, BufferedBytes
from socket_engine import packets, websocket
from socket_engine.engine_session import EngineSession, Upgrade
from socket_engine.handshake import BAD_REQUEST, GOING_AWAY, TOO_MANY_CONNECTIONS, HandshakeError, find_error
from socket_engine.memory_trimmer import MemoryTrimmer
from socket_engine.polling import BodyReader, InvalidBody, PollConnection, PollResponse
from socket_engine.read_scheduler import ReadScheduler
from socket_engine.send_queue import FlushScheduler, SendQueueLimits
from socket_engine.websocket import CLOSE_TIMEOUT, WebSocket

log = logging.getLogger(__name__)

RETRY_AFTER = 10
"""Retry-After in seconds for an address with too many connections."""
CLOSE_ALL_TIMEOUT = 0.8
"""Seconds at shutdown for clients to receive their last packets and close their WebSockets."""
MAX_RETRY_AFTER = 4
"""Maximum Retry-After in seconds for clients that connect while the server is draining."""


class SocketLimits(NamedTuple):
    """Limits of engine sessions; see [socket] in config.toml. Times in seconds."""

    max_waiting_bytes: int
    max_waiting_packets: int
    connections_per_address: int
    connections_per_user: int
    join_deadline: float
    ping_interval: float
    ping_timeout: float


class EngineServer(engineio.AsyncServer):
    """python-engineio's server with other engine sessions: the library's need tasks, queues and timers for each packet.

    Args:
        limits: limits of engine sessions.
        is_origin_allowed: returns True if the origin of a request may connect.
        address: returns the client's address of a request.
        buffer_budget: limits on the bytes that are buffered for clients.
        options: options of python-engineio.
    """

    def __init__(
        self,
        *,
        limits: SocketLimits,
        is_origin_allowed: Callable[[web.Request], bool],
        address: Callable[[web.Request], str],
        buffer_budget: BufferBudget,
        **options: Any,
    ) -> None:
        super().__init__(
            ping_interval=limits.ping_interval, ping_timeout=limits.ping_timeout, monitor_clients=False, **options
        )
        self.sockets: dict[str, EngineSession] = {}
        self.buffer_budget = buffer_budget
        self.flush_scheduler = FlushScheduler()
        self.memory_trimmer = MemoryTrimmer()
        self.send_queue_limits = SendQueueLimits(limits.max_waiting_bytes, limits.max_waiting_packets)
        self.draining = False
        """True during shutdown: new sessions are rejected, existing ones still receive acks."""
        self.closing = False
        self._clients = NetworkCounter(limits.connections_per_address)
        self._address = address
        self._is_origin_allowed = is_origin_allowed
        self._body_reader = BodyReader(self.max_http_buffer_size, buffer_budget)
        self._web_sockets: set[WebSocket] = set()
        self._read_scheduler = ReadScheduler()
        self._async: dict[str, Any] = {**self._async, "create_route": _route}

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; reject it if the protocol does not allow it."""
        self._check_request(request)
        if request.method == hdrs.METH_OPTIONS:
            return web.Response(text="ok", headers={hdrs.ALLOW: "GET, OPTIONS, POST"})
        is_websocket = request.query["transport"] == "websocket"
        sid = request.query.get("sid")
        if sid is None:
            session = self._open_session(request, upgrades=[] if is_websocket else ["websocket"])
            return self._accept_websocket(request, session) if is_websocket else self._answer_open(request, session)
        session = self.sockets[sid]
        if is_websocket:
            return self._accept_websocket(request, Upgrade(session))
        if request.method in session.pending_requests:  # packets would be split between them in an undefined order
            return self._reject(session, 400, f"Two {request.method} requests at once.")
        session.requests |= {request.method}
        try:
            if request.method == hdrs.METH_GET:
                return await self._poll(request, session)
            return await self._receive_body(request, session)
        finally:
            session.requests -= {request.method}

    @property
    def websocket_count(self) -> int:
        """Number of open WebSockets."""
        return len(self._web_sockets)

    def check_slow_consumers(self) -> None:
        """Update the buffer budget from the send queues of slow consumers; disconnect clients far above it."""
        self.flush_scheduler.check_slow_consumers()

    async def disconnect(self, sid: str | None = None) -> None:
        """Close an engine session; the library's method waits forever for a slow consumer."""
        if sid is not None and (session := self.sockets.get(sid)) is not None:
            session.close()

    async def close_all(self) -> None:
        """Close all engine sessions at shutdown; send their last packets for up to `CLOSE_ALL_TIMEOUT` seconds."""
        self.draining = self.closing = True
        for session in list(self.sockets.values()):
            session.close()
        self._body_reader.close()
        for web_socket in self._web_sockets:  # WebSockets of upgrades in progress are not closed by a session
            web_socket.close()
        gone_at = asyncio.get_running_loop().time() + CLOSE_ALL_TIMEOUT
        while self._web_sockets and asyncio.get_running_loop().time() < gone_at:  # noqa: ASYNC110  # once per server
            await asyncio.sleep(0.01)
        for web_socket in list(self._web_sockets):
            web_socket.transport.abort()

    # Callbacks of sessions

    def on_session_message(self, session: EngineSession, message: str) -> None:
        """Pass a client's Socket.IO packet to the Socket.IO server."""
        try:
            self.handlers["message"](session, message)
        except Exception:  # the client's next packets are independent of this one
            log.exception("handling a packet failed")

    def on_session_closed(self, session: EngineSession) -> None:
        """Remove a closed session."""
        self._clients.remove(session.address)
        self.handlers["disconnect"](session)
        if session.web_socket is None:  # a poll that arrives soon is answered with the end of the session
            asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self._forget_session, session)
        else:
            del self.sockets[session.sid]

    # Requests

    def _forget_session(self, session: EngineSession) -> None:
        self.sockets.pop(session.sid, None)
        session.release()

    def _open_session(self, request: web.Request, upgrades: list[str]) -> EngineSession:
        session = EngineSession(self, self.generate_id(), self._address(request))
        self.sockets[session.sid] = session
        self._clients.add(session.address)
        settings = {
            "sid": session.sid,
            "upgrades": upgrades,
            "pingInterval": round(self.ping_interval * 1000),
            "pingTimeout": round(self.ping_timeout * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        session.send_queue.put(packets.handshake(settings))
        self.handlers["connect"](session)
        return session

    def _accept_websocket(self, request: web.Request, receiver: EngineSession | Upgrade) -> web.StreamResponse:
        return websocket.accept(
            request,
            WebSocket(
                receiver,
                self._web_sockets,
                self._read_scheduler,
                self.max_http_buffer_size,
                self.send_queue_limits.bytes,
                BufferedBytes(self.buffer_budget, self._address(request)),
            ),
        )

    @staticmethod
    def _answer_open(request: web.Request, session: EngineSession) -> web.StreamResponse:
        watch = session.poll_connection = PollConnection(request)
        watch.set_on_lost(session.on_response_lost)
        return PollResponse(watch, session.send_queue.take_payloads())

    @staticmethod
    async def _poll(request: web.Request, session: EngineSession) -> web.StreamResponse:
        watch = PollConnection(request, session.expect_poll)
        try:
            return PollResponse(watch, await session.poll(watch))
        except BaseException:
            watch.release()
            raise

    async def _receive_body(self, request: web.Request, session: EngineSession) -> web.StreamResponse:
        try:
            received = await self._body_reader.read_packets(request, session.address)
        except InvalidBody as reason:
            return self._reject(session, reason.status, str(reason))
        for packet in received:
            session.receive(packet)
        return web.Response(text="ok")

    def _check_request(self, request: web.Request) -> None:
        """Reject an invalid request, or one above a limit, before any state is created for it."""
        if self.closing or (self.draining and "sid" not in request.query):
            seconds = random.randint(1, MAX_RETRY_AFTER)  # noqa: S311  # jitter, so that clients do not return all at once
            raise web.HTTPServiceUnavailable(
                text=GOING_AWAY.as_json(), content_type="application/json", headers={"Retry-After": str(seconds)}
            )
        session = self.sockets.get(request.query.get("sid", ""))
        reason = find_error(request, session)
        if reason is not None:
            self._warn_once(reason.message)
        elif not self._is_origin_allowed(request):
            reason = BAD_REQUEST
            origin, host = request.headers[hdrs.ORIGIN], request.headers.get(hdrs.HOST, "")
            self._warn_once("bad origin", f"{origin:.100} is neither {host:.40} nor in [cors] origins")
        if reason is not None:
            raise web.HTTPBadRequest(text=reason.as_json(), content_type="application/json")
        if "sid" in request.query or request.method == hdrs.METH_OPTIONS:
            return
        if not self._clients.has_capacity(self._address(request)):
            self._warn_once("too many connections")
            raise web.HTTPTooManyRequests(
                text=TOO_MANY_CONNECTIONS.as_json(),
                content_type="application/json",
                headers={"Retry-After": str(RETRY_AFTER)},
            )

    def _reject(self, session: EngineSession, status: int, reason: str) -> web.StreamResponse:
        """Close the session and return an error: the client cannot know which packets of the body were accepted."""
        log.warning("closing a polling connection: %s", reason)
        session.close()
        return web.Response(
            status=status, text=HandshakeError(BAD_REQUEST.code, reason).as_json(), content_type="application/json"
        )

    def _warn_once(self, kind: str, what: str | None = None) -> None:
        """Log the first rejected request of each kind, in one line of bounded length.

        An origin that is not listed is logged in full, because an operator can correct that.
        """
        if kind not in self.log_message_keys:
            self.log_message_keys.add(kind)
            log.warning("rejecting a request; further ones like it are not logged: %r", (what or kind)[:200])


def _route(app: web.Application, server: EngineServer, endpoint: str) -> None:
    app.router.add_route("*", endpoint, server.handle_request)  # it rejects all other methods
