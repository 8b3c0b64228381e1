"""Polling transport: bodies that arrive in parts, and detection of lost poll connections.

python-engineio reads a body once, so it sees only the first part of a body that arrives in parts. aiohttp does not
notify a handler that the connection of its request is lost.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web

from runtime.buffered_bytes import MIN_TRACKED_BYTES, BufferBudget, BufferedBytes
from socket_engine.packets import SEPARATOR

BODY_TIMEOUT = 10.0
"""Timeout in seconds for the body of a polling request."""
# After the type of a message comes a digit, the type of its Socket.IO packet; binary packets ("b") are rejected.
_VALID_PACKET = re.compile(r"4\d|[13]\Z")
MIN_COMPRESSED_SIZE = 1024
"""Minimum size of a compressed response, in bytes."""


class InvalidBody(Exception):
    """A body is rejected; `status` is the HTTP status of the response."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class BodyReader:
    """Reader of polling bodies.

    Args:
        max_size: maximum size of a body, in bytes.
        buffer_budget: limits on the bytes that are buffered for clients.
    """

    def __init__(self, max_size: int, buffer_budget: BufferBudget) -> None:
        self._max_size = max_size
        self._buffer_budget = buffer_budget
        self._timeouts: set[asyncio.Timeout] = set()
        self._is_closing = False

    async def read_packets(self, request: web.Request, address: str) -> list[str]:
        """Return the packets in the body of a request; their number is not limited.

        Args:
            request: polling request with the body.
            address: address of its client.

        Raises:
            InvalidBody: the body is too large, late, or not only Engine.IO text packets; or the address exceeds its
                buffer budget.
        """
        try:
            packets = (await self._read_body(request, address)).decode().split(SEPARATOR)
        except TimeoutError:
            if self._is_closing and request.transport is not None:
                request.transport.abort()  # aiohttp would continue to wait for the rest after the response
            raise InvalidBody(408, "The body did not arrive.") from None
        except UnicodeDecodeError:
            raise InvalidBody(400, "The body is not UTF-8.") from None
        except (ConnectionError, web.RequestPayloadError):
            raise InvalidBody(400, "The body broke off.") from None
        if not all(_VALID_PACKET.match(packet) for packet in packets):
            raise InvalidBody(400, "The body holds no Engine.IO text packets.")
        return packets

    def close(self) -> None:
        """Stop waiting for bodies, because the server is shutting down."""
        self._is_closing = True
        for deadline in self._timeouts:
            deadline.reschedule(asyncio.get_running_loop().time())

    async def _read_body(self, request: web.Request, address: str) -> bytes:
        body, held = bytearray(), BufferedBytes(self._buffer_budget, address)
        async with asyncio.timeout(BODY_TIMEOUT) as deadline:
            self._timeouts.add(deadline)
            try:
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > self._max_size:
                        raise InvalidBody(413, "The body is too large.")
                    if len(body) > MIN_TRACKED_BYTES:
                        if not held.has_capacity:
                            raise InvalidBody(429, "Too much is on its way from this address: try again shortly.")
                        held.set(len(body))
            finally:
                held.set(0)
                self._timeouts.discard(deadline)
        return bytes(body)


class PollConnection(asyncio.Protocol):
    """Connection of a poll, until the next poll. It forwards all callbacks to aiohttp's protocol.

    Args:
        request: polling request.
        on_unused_lost: called once if a keep-alive connection is lost after the response.

    Attributes:
        is_writing: True while the response is being written.
    """

    def __init__(self, request: web.Request, on_unused_lost: Callable[[], None] | None = None) -> None:
        self._protocol = request.protocol
        self._transport = request.transport
        self._on_lost: Callable[[], None] | None = None
        self._on_unused_lost = on_unused_lost
        self.is_writing = False
        if self._transport is not None:
            self._transport.set_protocol(self)

    def set_on_lost(self, on_lost: Callable[[], None]) -> None:
        """Set the callback for the loss of the connection, which is called once; call it now if it is lost already."""
        self._on_lost = on_lost
        if self._transport is None:
            self._notify_lost()

    @contextmanager
    def writing(self, *, keep_alive: bool) -> Iterator[None]:
        """Context in which a response is written; it counts as delivered when the kernel has accepted all of it.

        Args:
            keep_alive: True if the connection stays open after the response.
        """
        self.is_writing = True
        self._set_write_limit(0)  # aiohttp then waits until the write buffer is empty
        try:
            yield
        except BaseException:
            self._notify_lost()
            raise
        finally:
            self.is_writing = False
        self._set_write_limit(None)
        if keep_alive and self._on_unused_lost is not None:
            self.set_on_lost(self._on_unused_lost)
        else:
            self.release()

    def release(self) -> None:
        """Return the connection to aiohttp; abort it if the response is not written yet."""
        transport, self._transport, self._on_lost = self._transport, None, None
        if transport is None:
            return
        if transport.get_protocol() is self:
            transport.set_protocol(self._protocol)
        if self.is_writing:
            transport.abort()

    def _set_write_limit(self, high: int | None) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.set_write_buffer_limits(high)

    def _notify_lost(self) -> None:
        lost, self._on_lost = self._on_lost, None
        if lost is not None:
            lost()

    # Called by the transport

    def data_received(self, data: bytes) -> None:
        """Forward the call to aiohttp's protocol."""
        self._protocol.data_received(data)

    def eof_received(self) -> None:
        """Forward the call to aiohttp's protocol."""
        self._protocol.eof_received()

    def pause_writing(self) -> None:
        """Forward the call to aiohttp's protocol."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Forward the call to aiohttp's protocol."""
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forward the call, then call the callback for the loss."""
        self._transport = None
        self._protocol.connection_lost(exc)
        self._notify_lost()


class PollResponse(web.Response):
    """Response to a poll.

    Args:
        connection: connection of the poll.
        payloads: payloads of the packets in the response.
    """

    def __init__(self, connection: PollConnection, payloads: Sequence[bytes]) -> None:
        body = SEPARATOR.encode().join(payloads)
        super().__init__(body=body, content_type="text/plain", charset="UTF-8")
        if len(body) >= MIN_COMPRESSED_SIZE:
            self.enable_compression()
        self._connection = connection

    async def write_eof(self, data: bytes = b"") -> None:
        """Write the whole response; if that fails, the connection calls its callback for the loss."""
        with self._connection.writing(keep_alive=bool(self.keep_alive)):
            await super().write_eof(data)
