"""Engine.IO over aiohttp, guarded where the library loses data or waits for ever."""

import asyncio
import logging
import re
import sys
from contextlib import suppress
from typing import Any, NoReturn

import engineio
from aiohttp import WSCloseCode, WSMsgType, web
from engineio import async_socket, packet
from engineio.async_drivers import aiohttp as driver
from engineio.payload import Payload

from socket_engine.outbox import Outbox, Turn

log = logging.getLogger(__name__)

BODY_DEADLINE = 10.0
"""Seconds in which the body of a polling request must have arrived."""
UPGRADE_DEADLINE = 10.0
"""Seconds in which a WebSocket that is to take over must send each of its two packets: polls are empty meanwhile."""
CLOSE_DEADLINE = 1.0
"""Seconds that a client gets to take what waits for it and to agree to the closing of its WebSocket."""
Payload.max_decode_packets = sys.maxsize  # the library would drop what is over 16; a body is bounded in bytes
_MESSAGE = str(packet.MESSAGE)
_SEPARATOR = "\x1e"
# A message goes on with a digit, the type of its Socket.IO packet; anything else the library would read as JSON.
_POLLED = re.compile(r"4\d|[13]\Z")
_FRAMED = re.compile(r"4\d|([135]|2probe)\Z")


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
    web_socket: "_WebSocket | None" = None

    async def end(self) -> None:
        """Close the WebSocket, once what was sent before is written."""
        self.queue.flush()
        if self.web_socket is not None:
            await self.web_socket.close()

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
            message = await self._sock.receive()
        else:
            async with asyncio.timeout(UPGRADE_DEADLINE):
                message = await self._sock.receive()
        if message.type is WSMsgType.TEXT and _FRAMED.match(message.data):
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
    """Engine.IO's server with the guards that need its insides."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.closing = False
        self._turn = Turn()
        self._ending: set[asyncio.Task[None]] = set()
        self._bodies: set[asyncio.Timeout] = set()
        self._async: dict[str, Any] = {**self._async, "translate_request": self._translate, "websocket": _WebSocket}

    def create_queue(self, *_: Any, **__: Any) -> Outbox:
        """Return the queue of one client."""
        return Outbox(self._turn)

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
            self.sockets[args[0]].__class__ = _Socket  # the library has just made it, and names its own class
        result = await super()._trigger_event(event, *args, **kwargs)
        if event == "disconnect":
            self._end(self.sockets[args[0]])
        return result

    def _end(self, socket: _Socket) -> None:
        """Have what carries a client end; the library leaves that to the client."""
        abort_later(socket)
        if socket.upgraded:
            ending = asyncio.create_task(socket.end())  # after the packet that is sent next, which says so
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
        else:
            socket.queue.put_nowait(packet.Packet(packet.NOOP))  # ends a poll that would wait for its time-out

    def _log_error_once(self, message: str, message_key: str) -> None:
        """Log the first bad request of each kind in one line, whatever it holds; the library's lets it be many."""
        if message_key not in self.log_message_keys:
            self.log_message_keys.add(message_key)
            log.warning("refusing a request, and others like it without a word: %r", message[:200])

    async def _translate(self, request: web.Request) -> dict[str, Any]:
        """Return the request as the library wants it, with the whole body: it would read only the first part."""
        if self.closing:
            raise web.HTTPServiceUnavailable(text="The server is going away.", headers={"Retry-After": "2"})
        if "j" in request.query:
            raise web.HTTPBadRequest(text="JSONP is not spoken here.")
        if request.headers.get("Upgrade", "").lower() == "websocket" and not web.WebSocketResponse().can_prepare(
            request
        ):
            raise web.HTTPBadRequest(text="This is no WebSocket handshake.")
        environ: dict[str, Any] = driver.translate_request(request)
        environ["REMOTE_ADDR"] = request.remote or ""
        if request.method == "POST":
            body = await self._whole_body(request)
            environ["wsgi.input"] = _Body(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        socket = self.sockets.get(request.query.get("sid"))
        if socket is not None and socket.closed:
            del self.sockets[socket.sid]  # else a POST would fail on it
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
        raise _REFUSALS[status](text=reason)


class _TooLarge(web.HTTPClientError):
    status_code = 413


_REFUSALS: dict[int, type[web.HTTPClientError]] = {400: web.HTTPBadRequest, 408: web.HTTPRequestTimeout, 413: _TooLarge}
