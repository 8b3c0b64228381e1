"""A WebSocket without a task.

aiohttp reads the request and checks the handshake. Then its transport is taken over: aiohttp would keep a request, a
response, two tasks and their parsers for as long as the WebSocket lives, twice the memory of all else about a client.
Frames are still read by aiohttp's parser, which is compiled, but go where they belong at once, through no queue.
"""

import asyncio
import base64
import hashlib
import logging
from typing import Any, Protocol, cast

from aiohttp import WebSocketError, WSCloseCode, WSMsgType, hdrs, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp.abc import AbstractStreamWriter

from runtime.buffered_bytes import MIN_TRACKED_BYTES, BufferedBytes
from socket_engine.read_scheduler import ReadScheduler

log = logging.getLogger(__name__)

CLOSE_TIMEOUT = 1.0
"""Seconds that a client gets to take what waits for it and to agree to the closing of its WebSocket."""
MESSAGE_TIMEOUT = 30.0
"""Seconds in which a large message must be complete."""
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_VERSION, _KEY_SIZE = "13", 16
_MESSAGES = frozenset({WSMsgType.TEXT, WSMsgType.BINARY})  # what else comes may come between their fragments
_PONG, _CLOSE = 0x8A, 0x88


class MessageReceiver(Protocol):
    """Who is told what comes over a WebSocket."""

    def on_open(self, web_socket: "WebSocket") -> None:
        """Note that it is there. Called once, before anything else."""

    def on_message(self, text: str) -> None:
        """Take a message. Called once for each, in order, and not any more once `close` was called."""

    def on_error(self, code: int) -> None:
        """Close the WebSocket with this code: what came over it is not what may come."""

    def on_close_frame(self) -> None:
        """Handle a close frame that says the client is done."""

    def on_close(self) -> None:
        """Note that the connection is gone. Called once."""


class WebSocket(WebSocketDataQueue, asyncio.Protocol):
    """The server's end of a WebSocket: text in, raw frames out.

    It is the queue of aiohttp's parser and the protocol of the transport in one: what is parsed is heard at once.

    Args:
        receiver: who is told what comes.
        open_sockets: where it puts itself for as long as its connection lives.
        read_scheduler: says when what came is read.
        max_size: bytes of the longest message that is taken; a longer one closes the connection with 1009.
        max_write_buffer: bytes that may wait for a client that asks for pongs.
        buffered: what is held of a message that is not complete.
    """

    __slots__ = (
        "_buffered",
        "_incomplete_bytes",
        "_is_closing",
        "_max_write_buffer",
        "_message_began",
        "_open_sockets",
        "_read_scheduler",
        "_reader",
        "_receiver",
        "transport",
    )

    # The parser looks at these of its queue; nothing ever waits here.
    _size = _limit = 0
    _stalled_reader = None

    transport: asyncio.Transport

    def __init__(  # the base's makes a queue
        self,
        receiver: MessageReceiver,
        open_sockets: "set[WebSocket]",
        read_scheduler: ReadScheduler,
        max_size: int,
        max_write_buffer: int,
        buffered: BufferedBytes,
    ) -> None:
        self._buffered = buffered
        self._incomplete_bytes = 0
        self._message_began = 0.0
        self._receiver = receiver
        self._open_sockets = open_sockets
        self._read_scheduler = read_scheduler
        self._max_write_buffer = max_write_buffer
        self._is_closing = False
        self._reader: Any = WebSocketReader(self, max_size, compress=False, decode_text=True)

    def set_receiver(self, receiver: MessageReceiver) -> None:
        """Have somebody else hear what comes from now on."""
        self._receiver = receiver
        receiver.on_open(self)

    def close(self, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Close it, after what was written before. The client has `CLOSE_TIMEOUT` seconds to agree."""
        if not self._is_closing:
            self._is_closing = True
            why = code.to_bytes(2, "big") + reason.encode()
            self.transport.write(bytes((_CLOSE, len(why))) + why)
            asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self.transport.abort)

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast("asyncio.Transport", transport)
        self._open_sockets.add(self)
        self._receiver.on_open(self)

    def data_received(self, data: bytes) -> None:
        """Have what came read when it is time for it."""
        self._read_scheduler.feed(self, data)

    def connection_lost(self, _: Exception | None) -> None:
        """End."""
        self._buffered.set(0)
        self._reader = None  # which knows this, too
        self._open_sockets.discard(self)
        self._receiver.on_close()
        del self._receiver  # as the parser

    def parse(self, data: bytes) -> None:
        """Parse what came."""
        if self._reader is not None:
            self._incomplete_bytes += len(data)
            self._reader.feed_data(data)
            if self._incomplete_bytes > MIN_TRACKED_BYTES:
                self._track_incomplete()
            elif self._buffered.bytes:
                self._buffered.set(0)

    # What the parser calls; an exception would be lost inside it

    def feed_data(self, data: Any, size: int) -> None:  # noqa: ARG002  # aiohttp's signature
        """Take a message."""
        try:
            self._on_frame(*data[:2])
        except Exception:
            log.exception("a message was not handled")
            self.transport.abort()

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:  # noqa: ARG002  # as above
        """Close it, as what came is no WebSocket frame, or too long."""
        log.warning("closing a connection: %r", exc)
        self._receiver.on_error(exc.code if isinstance(exc, WebSocketError) else WSCloseCode.INTERNAL_ERROR)

    def _track_incomplete(self) -> None:
        """Count a large message that is not complete; close the connection if there are too many, or it takes long."""
        now = asyncio.get_running_loop().time()
        if not self._buffered.bytes:
            self._message_began = now
            asyncio.get_running_loop().call_later(MESSAGE_TIMEOUT, self._close_if_incomplete, now)
        if not self._buffered.has_capacity:
            log.warning("closing a connection: too much of its address is not complete ([server] bytes_per_address)")
            self._receiver.on_error(WSCloseCode.TRY_AGAIN_LATER)
            self.transport.abort()
        else:
            self._buffered.set(self._incomplete_bytes)

    def _close_if_incomplete(self, began: float) -> None:
        if self._buffered.bytes and self._message_began == began:
            log.warning("closing a connection: a message was not complete after %.0f s", MESSAGE_TIMEOUT)
            self._receiver.on_error(WSCloseCode.POLICY_VIOLATION)
            self.transport.abort()

    def _on_frame(self, kind: WSMsgType, data: Any) -> None:
        if kind in _MESSAGES:
            self._incomplete_bytes = 0
        if kind is WSMsgType.CLOSE:
            if data == WSCloseCode.OK:  # browsers leave a page with 1001, and npm's client closes without a code
                self._receiver.on_close_frame()
            self.close(data or WSCloseCode.OK)  # which agrees where it was the client that asked for it
            self.transport.close()
        elif self._is_closing:
            return
        elif kind is WSMsgType.TEXT:
            self._receiver.on_message(data)
        elif kind is WSMsgType.BINARY:
            self.reject()
        elif kind is WSMsgType.PING:
            self._pong(data)

    def reject(self) -> None:
        """Have it closed, as what came is no text packet of Engine.IO."""
        log.warning("closing a connection that sent no Engine.IO text packet")
        self._receiver.on_error(WSCloseCode.POLICY_VIOLATION)

    def _pong(self, data: bytes) -> None:
        if self.transport.get_write_buffer_size() > self._max_write_buffer:
            self.transport.abort()
        else:
            self.transport.write(bytes((_PONG, len(data))) + data)


class _DetachedResponse(web.StreamResponse):
    """What a handler returns when there is nothing left for aiohttp to do."""

    def __init__(self) -> None:
        super().__init__(status=101)

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:  # noqa: ARG002  # aiohttp's signature
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        pass


class _TrailingData:
    """A parser in aiohttp's sense that keeps what came behind the handshake."""

    data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        pass


def is_handshake(request: web.Request) -> bool:
    """Say whether the request is a WebSocket's handshake (RFC 6455, 4.2.1).

    aiohttp's own check logs what clients send.
    """
    headers = request.headers
    connection = [option.strip().lower() for option in headers.get(hdrs.CONNECTION, "").split(",")]
    try:
        key = base64.b64decode(headers.get(hdrs.SEC_WEBSOCKET_KEY, ""), validate=True)
    except ValueError:
        return False
    return (
        request.method == hdrs.METH_GET
        and "upgrade" in connection
        and headers.get(hdrs.UPGRADE, "").strip().lower() == "websocket"
        and headers.get(hdrs.SEC_WEBSOCKET_VERSION) == _VERSION
        and len(key) == _KEY_SIZE
    )


def accept(request: web.Request, web_socket: WebSocket) -> web.StreamResponse:
    """Answer the handshake, have `web_socket` take over, and return what the handler is to return.

    No extension is agreed to: deflate would take four times the memory.
    """
    protocol, transport = request.protocol, request.transport
    if transport is None:
        raise web.HTTPBadRequest(text="The client has gone.")
    key = request.headers[hdrs.SEC_WEBSOCKET_KEY].encode()
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    transport.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    rest = _TrailingData()
    protocol.set_parser(cast("WebSocketReader", rest))
    protocol.transport = None  # else it would be closed with what is told next
    protocol.connection_lost(None)
    transport.set_protocol(web_socket)
    web_socket.connection_made(transport)
    web_socket.data_received(rest.data)
    return _DetachedResponse()
