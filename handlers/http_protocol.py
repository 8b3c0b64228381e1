"""HTTP connections: limits of heads and of unread responses, slow consumers, and requests that fail before routing.

A request fails before routing if it is not HTTP, or has an expectation that cannot be met. aiohttp would answer it in
plain text that quotes the request. Here the answer is problem+json, as for every other error.
"""

import asyncio
import fcntl
import re
import socket
import struct
import termios
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import (
    BadHttpMethod,
    BadStatusLine,
    ContentLengthError,
    InvalidHeader,
    InvalidURLError,
    LineTooLong,
    TransferEncodingError,
)
from aiohttp.web_protocol import ERROR, RequestHandler
from multidict import CIMultiDict, CIMultiDictProxy

from domain.errors.base import AppError, BadRequest, InternalError, RateLimited
from domain.ids import new_id
from handlers.keys import ADDRESS, CALLER, HTTP, REQUEST_ID, SETTINGS
from handlers.response import problem_response
from runtime.buffered_bytes import MIN_TRACKED_BYTES, BufferedBytes

UNREADABLE_CHUNKS = "The chunks of the request's body could not be read."
_ERROR_MESSAGES: tuple[tuple[type[BaseException], str], ...] = (
    (LineTooLong, "The address or a header of the request is too long: each may have 8,190 bytes."),
    (InvalidHeader, "A header of the request could not be read."),
    (InvalidURLError, "The address in the request's first line could not be read."),
    (BadHttpMethod, "The method in the request's first line is not one of HTTP."),
    (BadStatusLine, "The first line of the request could not be read as HTTP."),
    (ContentLengthError, "The body of the request is shorter or longer than its Content-Length."),
    (TransferEncodingError, UNREADABLE_CHUNKS),
)
MIN_PROGRESS = 8 * 1024
"""Bytes that a client must read of a large response in `[server] stalled_after` seconds."""
UNREAD_WAIT = 1.0
"""Seconds after which a client may retry that has not read earlier responses."""
MAX_UNSENT = 64 * 1024
"""Maximum of bytes of a response that the kernel buffers before sending."""
MAX_HEAD = 64 * 1024
"""Maximum of bytes in the head of a request; each line may have 8,190."""
HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_ORIGIN = re.compile(rb"^origin:[ \t]*(https?://[a-z0-9.:\[\]-]{1,270})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


class HttpProtocol(RequestHandler):
    """One HTTP connection; its errors are problem+json."""

    __slots__ = (
        "_head",
        "_unread",
        "_unread_origin",
        "_write_transport",
        "buffer_budget",
        "connections",
        "in_flight",
        "networks",
        "origins",
    )

    def __init__(self, *arguments: Any, app: web.Application, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.origins = app[SETTINGS].origins
        self.connections = app[HTTP].connections
        self.buffer_budget, self.in_flight = app[HTTP].buffer_budget, app[HTTP].in_flight
        self.networks: tuple[str, ...] = ()
        self._unread_origin = ""
        self._write_transport: asyncio.Transport | None = None  # also while it is closing
        self._head = 0  # bytes of a request whose head is incomplete
        self._unread = 0  # bytes that the client had not read at the last check

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Accept the connection, or close it if there are too many."""
        super().connection_made(transport)
        self._write_transport = cast("asyncio.Transport", transport)
        _limit_kernel_buffer(self._write_transport)
        peer = transport.get_extra_info("peername")
        if not self.connections.add(self, peer[0] if isinstance(peer, tuple) else ""):
            self.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Remove the connection. Called a second time, without effect, if a WebSocket has taken it over."""
        if self._manager is not None:
            self.connections.remove(self)
        self._write_transport = None
        super().connection_lost(exc)

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109  # aiohttp's signature
        """Close the connection at shutdown, even if the client does not read its response."""
        await super().shutdown(timeout)
        if self._write_transport is not None:
            self._write_transport.abort()

    def close_idle(self) -> None:
        """Close the connection, which has no request."""
        self.force_close()

    def data_received(self, data: bytes) -> None:
        """Parse received data.

        The Origin of a request that cannot be parsed is stored, so that its page can read the response. A body that
        cannot be parsed fails in the handler that reads it: in aiohttp the handler would wait for the rest.
        """
        before = len(self._messages)
        super().data_received(data)
        is_first = self._request_count == 0  # then no handler is waiting yet
        if is_first or (self._waiter is not None and not self._waiter.done()):  # else this may be part of a body
            self._take_part_of_head(len(data))
        else:
            self._head = 0
        if len(self._messages) > before and not isinstance(self._messages[-1][0], RawRequestMessage):
            request = self._current_request
            if request is not None and not request.content.is_eof():
                self._messages.pop()
                request.content.set_exception(web.RequestPayloadError(UNREADABLE_CHUNKS))
                request.content.feed_eof()
                self.close()
                return
            found = _ORIGIN.search(data)
            self._unread_origin = found[1].decode().lower() if found else ""

    def placeholder_request(self) -> RawRequestMessage:
        """Return a placeholder for a request that could not be parsed: HTTP/1.1, with its Origin if known.

        If the Origin did not arrive and the settings list a single one, that one is used: no other page can read the
        response anyway.
        """
        origin = self._unread_origin
        if not origin and len(self.origins.allowed) == 1:
            [origin] = self.origins.allowed
        headers = CIMultiDict({hdrs.ORIGIN: origin} if origin else {})
        return ERROR._replace(version=HttpVersion11, headers=CIMultiDictProxy(headers))

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer an error that did not reach the middlewares, and close the connection."""
        super().handle_error(request, status, exc, message)  # logs it, and detects a partly sent response
        failure: AppError = InternalError()
        if status == HTTPStatus.BAD_REQUEST:
            failure = BadRequest(next((words for kind, words in _ERROR_MESSAGES if isinstance(exc, kind)), None))
        response = _as_problem(request, failure, status)
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send a response. An unmet Expect, which fails before any middleware, is sent as a problem."""
        if isinstance(resp, web.HTTPExpectationFailed):
            failure = BadRequest('The only expectation that is met is "Expect: 100-continue".')
            resp = _as_problem(request, failure, resp.status)
        large = isinstance(resp, web.Response) and isinstance(resp.body, bytes) and len(resp.body) > MIN_TRACKED_BYTES
        if large and self.buffer_budget.has_capacity(*_client(request)):
            finished = await self._send_large(request, resp, start_time)
        else:
            if large:  # too many responses are unread by the same user or address
                resp = _too_many_unread(request, resp)
            finished = await super().finish_response(request, resp, start_time)
            transport = self.transport
            if transport is not None and transport.get_write_buffer_size() > MIN_TRACKED_BYTES:
                await self._wait_until_sent(transport)
        _release_bodies(request, resp)
        if self.transport is not None:
            self.connections.mark_idle(self)
        return finished

    async def _send_large(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send a large response, and wait until it has left, as part of its request."""
        address, user = _client(request)
        held = BufferedBytes(self.buffer_budget, address, user)
        held.set(len(cast("bytes", cast("web.Response", resp).body)))
        self.in_flight.add(address)
        try:
            finished = await super().finish_response(request, resp, start_time)
            _release_bodies(request, resp)
            if self.transport is not None and self.transport.get_write_buffer_size():
                await self._wait_until_sent(self.transport)
        finally:
            held.set(0)
            self.in_flight.remove(address)
        return finished

    async def _wait_until_sent(self, transport: asyncio.Transport) -> None:
        """Wait until everything written has left; `abort_if_stalled` ends the wait."""
        transport.set_write_buffer_limits(0)
        try:
            await self._drain_helper()
        finally:
            if not transport.is_closing():
                transport.set_write_buffer_limits()

    def abort_if_stalled(self) -> None:
        """Abort a slow consumer: a client that has read less than `MIN_PROGRESS` bytes since the last call."""
        carrier = self._write_transport
        if carrier is None or not carrier.get_write_buffer_size():
            self._unread = 0
            return
        unread = carrier.get_write_buffer_size() + _kernel_unsent_bytes(carrier)
        if self._unread and self._unread - unread < MIN_PROGRESS:
            self.connections.log_stalled()
            carrier.abort()
        self._unread = unread

    def _take_part_of_head(self, count: int) -> None:
        self._head += count
        if self._head > MAX_HEAD and self.transport is not None:
            self.transport.write(HEAD_TOO_LARGE)
            self.force_close()


def _client(request: web.BaseRequest) -> tuple[str, str]:
    """Return address and user of a request, as far as known."""
    caller = request.get(CALLER)
    return request.get(ADDRESS, ""), caller.user.id if caller else ""


def _too_many_unread(request: web.BaseRequest, resp: web.StreamResponse) -> web.StreamResponse:
    """Return the error that replaces a large response to a client that has not read earlier ones."""
    refused = _as_problem(request, RateLimited(UNREAD_WAIT), RateLimited.status)
    if not resp.keep_alive:
        refused.force_close()
    return refused


def _limit_kernel_buffer(carrier: asyncio.Transport) -> None:
    """Limit unsent bytes in the kernel: by default it buffers 4 MB, which `BufferBudget` could not count."""
    with suppress(AttributeError, OSError):  # not available on every system
        carrier.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MAX_UNSENT)


def _release_bodies(request: web.BaseRequest, resp: web.StreamResponse) -> None:
    """Release large bodies: aiohttp refers to the last request and response until the next request arrives."""
    if isinstance(resp, web.Response) and isinstance(resp.body, bytes) and len(resp.body) > MIN_TRACKED_BYTES:
        resp.body = None
    if len(request._read_bytes or b"") > MIN_TRACKED_BYTES:  # noqa: SLF001  # as above
        request._read_bytes = None  # noqa: SLF001


def _kernel_unsent_bytes(carrier: asyncio.Transport) -> int:
    """Return the bytes that the kernel has not sent or the client has not acknowledged; 0 if unknown."""
    try:
        fileno = carrier.get_extra_info("socket").fileno()
        (count,) = struct.unpack("i", fcntl.ioctl(fileno, termios.TIOCOUTQ, bytes(4)))
    except (AttributeError, OSError):
        return 0
    return int(count)


def _as_problem(request: web.BaseRequest, failure: AppError, status: int) -> web.Response:
    if REQUEST_ID not in request:
        request[REQUEST_ID] = new_id()
    response = problem_response(request, failure, status)
    response.headers["X-Request-Id"] = request[REQUEST_ID]
    return response
