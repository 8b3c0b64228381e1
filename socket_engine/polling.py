"""Polling requests: bodies as they arrive, and connections that are lost under a poll.

python-engineio reads a body once, and so takes one that arrives in parts for its first part. aiohttp tells no handler
that the connection of its request is lost.
"""

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web

from runtime.buffered_bytes import MIN_TRACKED_BYTES, BufferBudget, BufferedBytes
from socket_engine.packets import SEPARATOR

BODY_TIMEOUT = 10.0
"""Seconds in which the body of a polling request must have arrived."""
# A message goes on with a digit, the type of its Socket.IO packet; binary ones, with a b, are not taken.
_VALID_PACKET = re.compile(r"4\d|[13]\Z")
MIN_COMPRESSED_SIZE = 1024
"""Bytes from which an answer is compressed."""


class InvalidBody(Exception):
    """A body is not taken. `status` is what the answer has."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class BodyReader:
    """Reads bodies.

    Args:
        max_size: bytes in one.
        buffer_budget: sums of the bytes that are held for clients.
    """

    def __init__(self, max_size: int, buffer_budget: BufferBudget) -> None:
        self._max_size = max_size
        self._buffer_budget = buffer_budget
        self._timeouts: set[asyncio.Timeout] = set()
        self._is_closing = False

    async def read_packets(self, request: web.Request, address: str) -> list[str]:
        """Return the packets in the body, of which there may be any number.

        Args:
            request: the one that has the body.
            address: of its client.

        Raises:
            BadBody: it is too long, or late, or not of Engine.IO text packets only; or too much comes from there.
        """
        try:
            packets = (await self._read_body(request, address)).decode().split(SEPARATOR)
        except TimeoutError:
            if self._is_closing and request.transport is not None:
                request.transport.abort()  # after the answer aiohttp would go on waiting for the rest
            raise InvalidBody(408, "The body did not arrive.") from None
        except UnicodeDecodeError:
            raise InvalidBody(400, "The body is not UTF-8.") from None
        except (ConnectionError, web.RequestPayloadError):
            raise InvalidBody(400, "The body broke off.") from None
        if not all(_VALID_PACKET.match(packet) for packet in packets):
            raise InvalidBody(400, "The body holds no Engine.IO text packets.")
        return packets

    def close(self) -> None:
        """Wait for no more bodies, as the server is going away."""
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
    """The connection of a poll, until the next poll. It passes on everything to aiohttp's protocol.

    Args:
        request: the poll.
        on_unused_lost: called once when the connection is lost after the answer, though it could have carried more.

    Attributes:
        is_writing: the answer is on its way.
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
        """Call `on_lost` instead of what was given before, once, when the connection is lost; at once if it is."""
        self._on_lost = on_lost
        if self._transport is None:
            self._notify_lost()

    @contextmanager
    def writing(self, *, keep_alive: bool) -> Iterator[None]:
        """Count an answer that is written inside as arrived when the kernel has taken all of it.

        Args:
            keep_alive: whether the connection stays open after it.
        """
        self.is_writing = True
        self._set_write_limit(0)  # so that aiohttp waits until nothing is left here
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
        """Return the connection to aiohttp; close it if its client does not take its answer."""
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

    # What the transport calls

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        self._protocol.data_received(data)

    def eof_received(self) -> None:
        """Pass it on."""
        self._protocol.eof_received()

    def pause_writing(self) -> None:
        """Pass it on."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on, and call what was given."""
        self._transport = None
        self._protocol.connection_lost(exc)
        self._notify_lost()


class PollResponse(web.Response):
    """The answer to a poll.

    Args:
        connection: the connection that it leaves by.
        payloads: the packets in it.
    """

    def __init__(self, connection: PollConnection, payloads: Sequence[bytes]) -> None:
        body = SEPARATOR.encode().join(payloads)
        super().__init__(body=body, content_type="text/plain", charset="UTF-8")
        if len(body) >= MIN_COMPRESSED_SIZE:
            self.enable_compression()
        self._connection = connection

    async def write_eof(self, data: bytes = b"") -> None:
        """Write it whole; where it cannot be, the watch tells."""
        with self._connection.writing(keep_alive=bool(self.keep_alive)):
            await super().write_eof(data)
