"""WebSocket transport without tasks.

aiohttp reads the request, and the handshake is checked. Then the transport is detached from aiohttp, which would hold a
request, a response, two tasks and their parsers for the life of the WebSocket: twice the memory of the rest of a
client. Frames are still parsed by aiohttp's compiled parser, but passed to their receiver directly, without a queue.
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
"""Timeout in seconds for a client to read its last packets and to answer the close frame."""
MESSAGE_TIMEOUT = 30.0
"""Timeout in seconds for a large message to be complete."""
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_VERSION, _KEY_SIZE = "13", 16
_MESSAGES = frozenset({WSMsgType.TEXT, WSMsgType.BINARY})  # other frames may arrive between their fragments
_PONG, _CLOSE = 0x8A, 0x88


class MessageReceiver(Protocol):
    """Interface of the receiver of a WebSocket's messages."""

    def on_open(self, web_socket: "WebSocket") -> None:
        """Handle the open WebSocket. Called once, before all other methods."""

    def on_message(self, text: str) -> None:
        """Handle a message. Called once for each, in order, and never after `close`."""

    def on_error(self, code: int) -> None:
        """Close the WebSocket with this code, because its client violated the protocol."""

    def on_close_frame(self) -> None:
        """Handle a close frame with code 1000: the client closed the WebSocket on purpose."""

    def on_close(self) -> None:
        """Handle the end of the connection. Called once."""


class WebSocket(WebSocketDataQueue, asyncio.Protocol):
    """Server side of a WebSocket: receives text messages, sends raw frames.

    It is both the queue of aiohttp's parser and the protocol of the transport, so that parsed messages are handled at
    once.

    Args:
        receiver: receiver of the messages.
        open_sockets: set that contains this WebSocket while it is connected.
        read_scheduler: scheduler of parsing, with backpressure.
        max_size: maximum size of a message in bytes; a larger one closes the connection with 1009.
        max_write_buffer: maximum number of buffered bytes at which a pong is sent; above it a slow consumer is
            disconnected.
        buffered: bytes of an incomplete message in the buffer budget.
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

    # The parser reads these attributes of its queue, which is always empty here.
    _size = _limit = 0
    _stalled_reader = None

    transport: asyncio.Transport

    def __init__(  # that of the base class creates a queue
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
        """Pass messages to another receiver from now on."""
        self._receiver = receiver
        receiver.on_open(self)

    def close(self, code: int = WSCloseCode.OK, reason: str = "") -> None:
        """Send a close frame after all written data; abort the connection after `CLOSE_TIMEOUT` seconds. Idempotent."""
        if not self._is_closing:
            self._is_closing = True
            why = code.to_bytes(2, "big") + reason.encode()
            self.transport.write(bytes((_CLOSE, len(why))) + why)
            asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self.transport.abort)

    # Called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the WebSocket and open its receiver."""
        self.transport = cast("asyncio.Transport", transport)
        self._open_sockets.add(self)
        self._receiver.on_open(self)

    def data_received(self, data: bytes) -> None:
        """Pass received data to the read scheduler."""
        self._read_scheduler.feed(self, data)

    def connection_lost(self, _: Exception | None) -> None:
        """Unregister the WebSocket, close its receiver and break reference cycles."""
        self._buffered.set(0)
        self._reader = None  # breaks a reference cycle
        self._open_sockets.discard(self)
        self._receiver.on_close()
        del self._receiver  # as above

    def parse(self, data: bytes) -> None:
        """Parse received data."""
        if self._reader is not None:
            self._incomplete_bytes += len(data)
            self._reader.feed_data(data)
            if self._incomplete_bytes > MIN_TRACKED_BYTES:
                self._track_incomplete()
            elif self._buffered.bytes:
                self._buffered.set(0)

    # Called by the parser, which would swallow an exception

    def feed_data(self, data: Any, size: int) -> None:  # noqa: ARG002  # aiohttp's signature
        """Handle a parsed frame or message."""
        try:
            self._on_frame(*data[:2])
        except Exception:
            log.exception("handling a WebSocket message failed: disconnecting the client")
            self.transport.abort()

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:  # noqa: ARG002  # as above
        """Close the WebSocket after an invalid frame or a message that is too large."""
        log.warning("closing a connection: %r", exc)
        self._receiver.on_error(exc.code if isinstance(exc, WebSocketError) else WSCloseCode.INTERNAL_ERROR)

    def _track_incomplete(self) -> None:
        """Count a large incomplete message in the buffer budget; close the connection above it, or after a timeout."""
        now = asyncio.get_running_loop().time()
        if not self._buffered.bytes:
            self._message_began = now
            asyncio.get_running_loop().call_later(MESSAGE_TIMEOUT, self._close_if_incomplete, now)
        if not self._buffered.has_capacity:
            log.warning(
                "closing a connection: incomplete messages exceed a limit "
                "([server] bytes_per_user, bytes_per_address, bytes_in_all)"
            )
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
            if data == WSCloseCode.OK:  # browsers send 1001 when they leave a page, and npm's client sends no code
                self._receiver.on_close_frame()
            self.close(data or WSCloseCode.OK)  # answers the close frame if the client was first
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
        """Close the WebSocket, because its client sent no Engine.IO text packet."""
        log.warning("closing a connection that sent no Engine.IO text packet")
        self._receiver.on_error(WSCloseCode.POLICY_VIOLATION)

    def _pong(self, data: bytes) -> None:
        if self.transport.get_write_buffer_size() > self._max_write_buffer:
            self.transport.abort()
        else:
            self.transport.write(bytes((_PONG, len(data))) + data)


class _DetachedResponse(web.StreamResponse):
    """Response of a handler with a detached transport: aiohttp writes nothing."""

    def __init__(self) -> None:
        super().__init__(status=101)

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:  # noqa: ARG002  # aiohttp's signature
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        pass


class _TrailingData:
    """Parser for aiohttp that collects the data behind the handshake."""

    data = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        pass


def is_handshake(request: web.Request) -> bool:
    """Return True if the request is a valid WebSocket handshake (RFC 6455, 4.2.1).

    aiohttp's own check would log client input.
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
    """Answer the handshake, attach `web_socket` to the transport, and return the response for aiohttp's handler.

    Extensions are not negotiated: deflate would take four times the memory.

    Raises:
        web.HTTPBadRequest: the connection is lost already.
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
    protocol.transport = None  # otherwise connection_lost would close it
    protocol.connection_lost(None)
    transport.set_protocol(web_socket)
    web_socket.connection_made(transport)
    web_socket.data_received(rest.data)
    return _DetachedResponse()
