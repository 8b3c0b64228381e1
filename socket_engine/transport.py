"""Engine.IO over aiohttp, guarded where the library loses data or waits for ever."""

import asyncio
import logging
import re
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn

import engineio
from aiohttp import WSCloseCode, WSMsgType, hdrs, web
from engineio import async_socket, packet
from engineio.async_drivers import aiohttp as driver
from engineio.payload import Payload

import wire
from socket_engine.outbox import Outbox, Room, Turn

log = logging.getLogger(__name__)

BODY_DEADLINE = 10.0
"""Seconds in which the body of a polling request must have arrived."""
UPGRADE_DEADLINE = 10.0
"""Seconds in which a WebSocket that is to take over must send each of its two packets: polls are empty meanwhile."""
CLOSE_DEADLINE = 1.0
"""Seconds that a client gets to take what waits for it and to agree to the closing of its WebSocket."""
RETRY_AFTER = 10
"""Seconds until an address with too many connections should try again."""
Payload.max_decode_packets = sys.maxsize  # the library would drop what is over 16; a body is bounded in bytes
_MESSAGE = str(packet.MESSAGE)
_SEPARATOR = "\x1e"
# A message goes on with a digit, the type of its Socket.IO packet; anything else the library would read as JSON.
_POLLED = re.compile(r"4\d|[13]\Z")
_FRAMED = re.compile(r"4\d|[135]\Z")
_PROBED = re.compile(r"(5|2probe)\Z")
# What a request is refused with, as the reference server does: a number for programs, and words.
_UNKNOWN_TRANSPORT = 0, "Transport unknown"
_UNKNOWN_SESSION = 1, "Session ID unknown"
_BAD_HANDSHAKE_METHOD = 2, "Bad handshake method"
_BAD_REQUEST = 3, "Bad request"
_FORBIDDEN = 4
_UNSUPPORTED_VERSION = 5, "Unsupported protocol version"


class Bounds(NamedTuple):
    """What connections may cost. Times in seconds."""

    max_waiting_bytes: int
    max_waiting_packets: int
    connections_per_address: int
    connections_per_user: int
    join_deadline: float
    ping_interval: float
    ping_timeout: float


class _Body:
    """A body that has arrived, as the library reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def read(self, length: int) -> bytes:
        return self._content[:length]


class _Socket(async_socket.AsyncSocket):
    """One client. Over a WebSocket one loop reads, and what is sent goes to the connection directly."""

    queue: Outbox
    connected: bool
    closing: bool
    web_socket: "_WebSocket | None" = None
    address = ""
    requests: frozenset[str] = frozenset()
    """The methods of the polling requests that are being handled: one of each at a time."""
    _timer: asyncio.TimerHandle | None = None
    _asked: int | None = None
    """Where a ping that is not answered yet ends among the bytes in the outbox."""

    async def end(self) -> None:
        """Close the WebSocket, once what was sent before is written."""
        self.queue.flush()
        if self.web_socket is not None:
            await self.web_socket.close()

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:  # noqa: ARG002  # the library's signature
        """Close it; `abort` does without the packet that says so."""
        was_open = not self.closing
        await super().close(wait=False, abort=abort, reason=reason)
        if was_open and abort and not self.upgraded:
            self.queue.put_nowait(packet.Packet(packet.NOOP))  # ends a poll that would wait for its time-out

    async def check_ping_timeout(self) -> bool:
        """Say whether packets are taken; the time-out is a timer of its own."""
        return not self.closed

    def schedule_ping(self) -> None:
        """Have a ping sent after the interval: in the beginning, and at the answer to the one before.

        The library's has a task for each client, and measures on a clock that may be set.
        """
        # a client that answers what has not even left for it does not read, whatever it sends
        is_answer = self._asked is not None and self.queue.left_so_far >= self._asked
        if not self.closing and (self._timer is None or is_answer):
            self._asked = None
            self._wait(self.server.ping_interval, self._ping)

    def stop_pinging(self) -> None:
        """Forget the client's time-outs."""
        if self._timer is not None:
            self._timer.cancel()

    def _ping(self) -> None:
        self.queue.put_nowait(packet.Packet(packet.PING))
        self.queue.flush()
        self._asked = self.queue.put_so_far
        self._wait(self.server.ping_timeout, self._give_up)

    def _give_up(self) -> None:
        self.server.spawn(self.close(reason=self.server.reason.PING_TIMEOUT))

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self.stop_pinging()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    async def _websocket_handler(self, ws: "_WebSocket") -> None:
        # The library's starts a task and a timer for each frame, and a task that writes.
        if self.connected and not await self._take_over(ws):
            return
        self.connected = self.upgraded = True
        self.upgrading = False
        self.web_socket = ws
        self.queue.go_direct(self.session["carrier"])
        with suppress(OSError):  # it has ended
            while True:
                text = await ws.wait()
                if text[0] == _MESSAGE:
                    await self.server.take(self.sid, text[1:])
                else:
                    await self.receive(packet.Packet(encoded_packet=text))
        await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def _take_over(self, ws: "_WebSocket") -> bool:
        """Say whether the WebSocket takes over from polling (Engine.IO 4, "Upgrade"); polls are empty meanwhile."""
        self.upgrading = True
        with suppress(OSError):
            if await ws.wait() == "2probe":
                await ws.send("3probe")
                self.queue.put_nowait(packet.Packet(packet.NOOP))  # ends the poll that is going on
                return await ws.wait() == "5"
        return False


class _WebSocket(driver.WebSocket):
    """A WebSocket that takes text frames of the protocol and closes at anything else, with one line of log."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        request: web.Request = environ["aiohttp.request"]
        self._socket = self.handler.__self__
        if self._socket.upgrading:
            raise web.HTTPBadRequest(text="An upgrade is going on.")
        # Without compress=False aiohttp negotiates deflate: four times the memory for each connection.
        self._sock = web.WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        await self._sock.prepare(request)
        self._socket.session["carrier"] = request.transport
        try:
            await self.handler(self)
        finally:
            if not self._socket.upgraded:
                self._socket.upgrading = False  # else polls would stay empty for good
        return self._sock

    async def wait(self) -> str:
        if self._socket.upgraded:
            expected, message = _FRAMED, await self._sock.receive()
        else:
            async with asyncio.timeout(UPGRADE_DEADLINE):
                expected, message = _PROBED, await self._sock.receive()
        if message.type is WSMsgType.TEXT and expected.match(message.data):
            return str(message.data)
        abort_later(self._socket)  # closing waits for a client that may not read
        if message.type is WSMsgType.ERROR:
            log.warning("closing a connection: %r", message.data)
        elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            log.warning("closing a connection that sent no Engine.IO text packet")
            if self._socket.upgraded:
                await self.server.close(self._socket.sid)
            await self._sock.close(code=WSCloseCode.POLICY_VIOLATION)
        raise OSError

    async def close(self) -> None:
        await self._sock.close(code=WSCloseCode.GOING_AWAY if self.server.closing else WSCloseCode.OK)


def abort_later(socket: Any) -> None:
    """Give the WebSocket of a client, where it has one, `CLOSE_DEADLINE` seconds to be closed properly."""
    carrier = socket.session.get("carrier")
    if carrier is not None:
        asyncio.get_running_loop().call_later(CLOSE_DEADLINE, carrier.abort)


class Transport(engineio.AsyncServer):
    """Engine.IO's server with the guards that need its insides.

    Args:
        bounds: what connections may cost.
        address: says where a request comes from.
        options: the library's.
    """

    def __init__(self, *, bounds: Bounds, address: Callable[[web.Request], str], **options: Any) -> None:
        super().__init__(
            ping_interval=bounds.ping_interval,
            ping_timeout=bounds.ping_timeout,
            monitor_clients=False,  # each client has its own timer
            **options,
        )
        self.closing = False
        self._room = Room(bounds.max_waiting_bytes, bounds.max_waiting_packets)
        self._per_address = bounds.connections_per_address
        self._addresses: Counter[str] = Counter()
        self._address = address
        self._turn = Turn()
        self._tasks: set[asyncio.Task[None]] = set()
        self._bodies: set[asyncio.Timeout] = set()
        self._async: dict[str, Any] = {
            **self._async,
            "create_route": _route,
            "translate_request": self._translate,
            "websocket": _WebSocket,
        }

    def create_queue(self, *_: Any, **__: Any) -> Outbox:
        """Return the queue of one client."""
        return Outbox(self._turn, self._room)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that nobody waits for."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def handle_request(self, request: web.Request) -> Any:
        """Answer one request, refusing what the protocol does not allow."""
        self._check(request)
        socket = self.sockets.get(request.query.get("sid"))
        if socket is None or request.query["transport"] != "polling" or request.method == hdrs.METH_OPTIONS:
            return await super().handle_request(request)
        if request.method in socket.requests:  # neither could tell what the other was given, or in which order
            await self._refuse(request, 400, f"Two {request.method} requests at once.")
        socket.requests |= {request.method}
        try:
            return await super().handle_request(request)
        finally:
            socket.requests -= {request.method}

    async def take(self, sid: str, message: str) -> None:
        """Hand on what a client sent."""
        try:
            await self.handlers["message"](sid, message)
        except Exception:  # whatever it was, what the client sends next is another matter
            log.exception("a message was not handled")

    async def disconnect(self, sid: str | None = None) -> None:
        """Close one client's transport; the library's own waits for ever for a client that does not read."""
        if sid is not None:
            await self.close(sid)

    async def close(self, sid: str) -> None:
        """Tell the client that it is closed, once what waits for it is sent. Does not wait for that."""
        socket = self.sockets.get(sid)
        if socket is not None and not socket.closed:
            # A packet that says so ends the session for good; as the server goes away, clients are to come back.
            await socket.close(wait=False, abort=self.closing)

    async def close_all(self) -> None:
        """Close every client's transport, as the server is going away."""
        self.closing = True
        for sid in list(self.sockets):
            await self.close(sid)
        for deadline in self._bodies:
            deadline.reschedule(asyncio.get_running_loop().time())

    def is_open(self, sid: str) -> bool:
        """Say whether packets can still reach this client."""
        socket = self.sockets.get(sid)
        return socket is not None and not socket.closed and not socket.closing

    async def _trigger_event(self, event: str, *args: Any, **kwargs: Any) -> Any:
        if event == "connect":
            self._begin(*args)
        result = await super()._trigger_event(event, *args, **kwargs)
        if event == "disconnect":
            self._end(self.sockets[args[0]])
        return result

    def _begin(self, sid: str, environ: dict[str, Any]) -> None:
        socket = self.sockets[sid]
        socket.__class__ = _Socket  # the library has just made it, and names its own class
        socket.address = environ["REMOTE_ADDR"]
        self._addresses[socket.address] += 1
        opening = socket.queue.get_nowait()  # the library announces the interval in whole seconds
        exactly = {**opening.data, "pingInterval": round(self.ping_interval * 1000)}
        socket.queue.put_nowait(packet.Packet(packet.OPEN, exactly))

    def _end(self, socket: _Socket) -> None:
        """Have what carries a client end; the library leaves that to the client."""
        self._addresses[socket.address] -= 1
        if not self._addresses[socket.address]:
            del self._addresses[socket.address]
        socket.stop_pinging()
        abort_later(socket)
        if socket.upgraded:
            self.spawn(socket.end())  # after the packet that is sent next, which says so
        else:
            asyncio.get_running_loop().call_later(CLOSE_DEADLINE, self.sockets.pop, socket.sid, None)

    def _log_error_once(self, message: str, message_key: str) -> None:
        """Log the first bad request of each kind in one line; the library's lets it be many, and repeats session ids.

        With a session id one may listen. What an operator can mend, an origin that is not listed, is told in full.
        """
        if message_key not in self.log_message_keys:
            self.log_message_keys.add(message_key)
            what = message if message_key == "bad-origin" else message_key
            log.warning("refusing a request, and others like it without a word: %r", what[:200])

    def _ok(self, packets: Any = None, headers: Any = None, jsonp_index: Any = None) -> dict[str, Any]:
        answer: dict[str, Any] = super()._ok(packets, headers, jsonp_index)
        return answer if packets is not None else {**answer, "response": b"ok"}  # as the reference server says it

    def _bad_request(self, message: str | None = None) -> dict[str, Any]:  # noqa: ARG002  # the library's signature
        headers = [("Content-Type", "application/json")]
        return {"status": "400 BAD REQUEST", "headers": headers, "response": _error(*_BAD_REQUEST).encode()}

    def _check(self, request: web.Request) -> None:
        """Refuse a request that makes no sense, or that is one too many, before anything is kept of it."""
        if self.closing:
            raise web.HTTPServiceUnavailable(text="The server is going away.", headers={"Retry-After": "2"})
        if (fault := self._fault(request)) is not None:
            self._log_error_once(fault[1], fault[1])
            raise web.HTTPBadRequest(text=_error(*fault), content_type="application/json")
        if "sid" in request.query or request.method == hdrs.METH_OPTIONS:
            return
        if self._addresses[self._address(request)] >= self._per_address:
            self._log_error_once("too many connections", "too many connections")
            raise web.HTTPTooManyRequests(
                text=_error(_FORBIDDEN, "Too many connections from this address"),
                content_type="application/json",
                headers={"Retry-After": str(RETRY_AFTER)},
            )

    def _fault(self, request: web.Request) -> tuple[int, str] | None:
        """Return what is wrong with a request, as the reference server says it."""
        query, method = request.query, request.method
        if query.get("transport") not in self.transports:
            return _UNKNOWN_TRANSPORT
        if method == hdrs.METH_OPTIONS:
            return None
        if "sid" in query:
            if query["sid"] not in self.sockets or self.sockets[query["sid"]].closed:
                return _UNKNOWN_SESSION
        elif method != hdrs.METH_GET:
            return _BAD_HANDSHAKE_METHOD
        elif query.get("EIO") != "4":
            return _UNSUPPORTED_VERSION
        is_jsonp = "j" in query  # which is not spoken here
        is_fine = method in (hdrs.METH_GET, hdrs.METH_POST) and not is_jsonp and _can_upgrade(request)
        return None if is_fine else _BAD_REQUEST

    async def _translate(self, request: web.Request) -> dict[str, Any]:
        """Return the request as the library wants it, with the whole body: it would read only the first part."""
        environ: dict[str, Any] = driver.translate_request(request)
        environ["REMOTE_ADDR"] = self._address(request)
        if request.method == "POST":
            body = await self._whole_body(request)
            environ["wsgi.input"] = _Body(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return environ

    async def _whole_body(self, request: web.Request) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_DEADLINE) as deadline:
                self._bodies.add(deadline)
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > self.max_http_buffer_size:
                        await self._refuse(request, 413, "The body is too large.")
            packets = body.decode().split(_SEPARATOR)
        except TimeoutError:
            if self.closing and request.transport is not None:
                request.transport.abort()  # after the answer aiohttp would go on waiting for the rest
            await self._refuse(request, 408, "The body did not arrive.")
        except UnicodeDecodeError:
            await self._refuse(request, 400, "The body is not UTF-8.")
        except ConnectionError:
            await self._refuse(request, 400, "The body broke off.")
        finally:
            self._bodies.discard(deadline)
        if not all(_POLLED.match(packet) for packet in packets):
            await self._refuse(request, 400, "The body holds no Engine.IO text packets.")
        return bytes(body)

    async def _refuse(self, request: web.Request, status: int, reason: str) -> NoReturn:
        """Close the client and answer: had part of the body been taken, the client could not know which."""
        log.warning("closing a polling connection: %s", reason)
        await self.close(request.query.get("sid", ""))
        raise _REFUSALS[status](text=_error(_BAD_REQUEST[0], reason), content_type="application/json")


def _route(app: web.Application, server: Transport, endpoint: str) -> None:
    app.router.add_route("*", endpoint, server.handle_request)  # it refuses what other methods there are


def _can_upgrade(request: web.Request) -> bool:
    """Say whether the request is a WebSocket's handshake, or is not meant to be one."""
    if "websocket" not in (request.query["transport"], request.headers.get("Upgrade", "").lower()):
        return True
    return bool(web.WebSocketResponse().can_prepare(request))


def _error(code: int, message: str) -> str:
    return wire.dumps({"code": code, "message": message}).decode()


class _TooLarge(web.HTTPClientError):
    status_code = 413


_REFUSALS: dict[int, type[web.HTTPClientError]] = {400: web.HTTPBadRequest, 408: web.HTTPRequestTimeout, 413: _TooLarge}
