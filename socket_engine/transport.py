"""Engine.IO over aiohttp, guarded where the library loses data or waits for ever."""

import asyncio
import logging
import sys
from typing import Any

import engineio
from aiohttp import WSCloseCode, WSMsgType, web
from engineio import packet
from engineio.async_drivers import aiohttp as driver
from engineio.payload import Payload

log = logging.getLogger(__name__)

BODY_DEADLINE = 10.0
"""Seconds in which the body of a polling request must have arrived."""
PACKETS_PER_ANSWER = 16
"""Packets in one polling answer: python-engineio's client refuses to read more."""
Payload.max_decode_packets = sys.maxsize  # the library would drop what is over 16; a body is bounded in bytes
_SEPARATOR = b"\x1e"
_TYPES_FROM_CLIENTS = frozenset("123456")


class Outbox(asyncio.Queue[Any]):
    """What waits for one client. A polling answer takes at most `PACKETS_PER_ANSWER` of it."""

    _taken = 0

    async def get(self) -> Any:
        """Wait for the first packet of the next answer."""
        self._taken = 0
        return await super().get()

    def get_nowait(self) -> Any:
        """Take one more packet into the same answer."""
        if self._taken >= PACKETS_PER_ANSWER:
            raise asyncio.QueueEmpty
        item = super().get_nowait()
        self._taken += 1
        return item


class _Body:
    """A body that has arrived, as the library reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def read(self, length: int) -> bytes:
        return self._content[:length]


class _WebSocket(driver.WebSocket):
    """A WebSocket that takes text frames of the protocol and closes at anything else, with one line of log."""

    async def __call__(self, environ: dict[str, Any]) -> web.WebSocketResponse:
        # Without compress=False aiohttp negotiates deflate: four times the memory for each connection.
        self._sock = web.WebSocketResponse(max_msg_size=self.server.max_http_buffer_size, compress=False)
        await self._sock.prepare(environ["aiohttp.request"])
        await self.handler(self)
        return self._sock

    async def wait(self) -> str:
        message = await self._sock.receive()
        if message.type is WSMsgType.TEXT and message.data[:1] in _TYPES_FROM_CLIENTS:
            return str(message.data)
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            log.warning("closing a connection that sent no Engine.IO text packet")
            await self._sock.close(code=WSCloseCode.POLICY_VIOLATION)
        raise OSError

    async def close(self) -> None:
        await self._sock.close(code=WSCloseCode.GOING_AWAY if self.server.closing else WSCloseCode.OK)


class Transport(engineio.AsyncServer):
    """Engine.IO's server with the guards that need its insides."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.closing = False
        self._async: dict[str, Any] = {**self._async, "translate_request": self._translate, "websocket": _WebSocket}

    def create_queue(self, *_: Any, **__: Any) -> Outbox:
        """Return the queue of one client."""
        return Outbox()

    async def disconnect(self, sid: str | None = None) -> None:
        """Close one client's transport; the library's own waits for ever for a client that does not read."""
        if sid is not None:
            await self.close(sid)

    async def close(self, sid: str) -> None:
        """Tell the client that it is closed, once what waits for it is sent. Does not wait for that."""
        socket = self.sockets.get(sid)
        if socket is not None and not socket.closed:
            await socket.close(wait=False)
            socket.queue.put_nowait(None)  # ends the writer, and with it the WebSocket

    async def close_all(self) -> None:
        """Close every client's transport, as the server is going away."""
        self.closing = True
        for sid in list(self.sockets):
            await self.close(sid)

    def is_open(self, sid: str) -> bool:
        """Say whether packets can still reach this client."""
        socket = self.sockets.get(sid)
        return socket is not None and not socket.closed and not socket.closing

    async def _trigger_event(self, event: str, *args: Any, **kwargs: Any) -> Any:
        result = await super()._trigger_event(event, *args, **kwargs)
        if event == "disconnect":
            socket = self.sockets.get(args[0])
            if socket is not None and not socket.upgraded:
                socket.queue.put_nowait(packet.Packet(packet.NOOP))  # ends a poll that would wait for its time-out
        return result

    async def _translate(self, request: web.Request) -> dict[str, Any]:
        """Return the request as the library wants it, with the whole body: it would read only the first part."""
        if self.closing:
            raise web.HTTPServiceUnavailable(text="The server is going away.", headers={"Retry-After": "2"})
        if "j" in request.query:
            raise web.HTTPBadRequest(text="JSONP is not spoken here.")
        environ: dict[str, Any] = driver.translate_request(request)
        environ["REMOTE_ADDR"] = request.remote or ""
        if request.method == "POST":
            body = await self._whole_body(request)
            environ["wsgi.input"] = _Body(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return environ

    async def _whole_body(self, request: web.Request) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_DEADLINE):
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > self.max_http_buffer_size:
                        await self._refuse(request, 413, "The body is too large.")
        except TimeoutError:
            await self._refuse(request, 408, "The body did not arrive.")
        parts = bytes(body).split(_SEPARATOR)
        if any(chr(part[0]) not in _TYPES_FROM_CLIENTS if part else True for part in parts):
            await self._refuse(request, 400, "The body holds no Engine.IO text packets.")
        try:
            body.decode()
        except UnicodeDecodeError:
            await self._refuse(request, 400, "The body is not UTF-8.")
        return bytes(body)

    async def _refuse(self, request: web.Request, status: int, reason: str) -> None:
        """Close the client and answer: had part of the body been taken, the client could not know which."""
        log.warning("closing a polling connection: %s", reason)
        await self.close(request.query.get("sid", ""))
        raise _REFUSALS[status](text=reason)


class _TooLarge(web.HTTPClientError):
    status_code = 413


_REFUSALS: dict[int, type[web.HTTPClientError]] = {400: web.HTTPBadRequest, 408: web.HTTPRequestTimeout, 413: _TooLarge}
