"""Requests that are answered before a route is found: no HTTP, or an expectation that cannot be met.

aiohttp answers those itself, in plain text with what it read. Here they get problem+json like every other failure.
"""

import asyncio
import re
from http import HTTPStatus
from typing import Any

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

from app_keys import REQUEST_ID
from errors import AppError, BadRequest, InternalError
from handlers.problems import problem
from http_connections import Connections
from ids import new_id
from origins import Origins

UNREADABLE_CHUNKS = "The chunks of the request's body could not be read."
_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (LineTooLong, "The address or a header of the request is too long: each may have 8,190 bytes."),
    (InvalidHeader, "A header of the request could not be read."),
    (InvalidURLError, "The address in the request's first line could not be read."),
    (BadHttpMethod, "The method in the request's first line is not one of HTTP."),
    (BadStatusLine, "The first line of the request could not be read as HTTP."),
    (ContentLengthError, "The body of the request is shorter or longer than its Content-Length."),
    (TransferEncodingError, UNREADABLE_CHUNKS),
)
_ORIGIN = re.compile(rb"^origin:[ \t]*(https?://[a-z0-9.:\[\]-]{1,270})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


class Protocol(RequestHandler):
    """One connection, whose failures are problem+json."""

    __slots__ = ("_unread_origin", "connections", "networks", "origins")

    def __init__(self, *arguments: Any, origins: Origins, connections: Connections, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.origins = origins
        self.connections = connections
        self.networks: tuple[str, ...] = ()
        self._unread_origin = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, if there is room for one more."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        if not self.connections.opened(self, peer[0] if isinstance(peer, tuple) else ""):
            self.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """End. It is called once more, for nothing, if a WebSocket has taken the connection over."""
        if self._manager is not None:
            self.connections.closed(self)
        super().connection_lost(exc)

    def close_idle(self) -> None:
        """Close it; it has no request."""
        self.force_close()

    def data_received(self, data: bytes) -> None:
        """Parse what came.

        Of a request that cannot be parsed the Origin is remembered, so that its page can read the answer. A body that
        cannot be parsed fails in the handler that reads it: aiohttp would let that wait for the rest.
        """
        before = len(self._messages)
        super().data_received(data)
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

    def unread(self) -> RawRequestMessage:
        """Return what stands for a request that could not be read: HTTP/1.1, and its Origin as far as it is known.

        If the Origin did not arrive and settings list a single one, that one: no other page can read the answer anyway.
        """
        origin = self._unread_origin
        if not origin and len(self.origins.listed) == 1:
            [origin] = self.origins.listed
        headers = CIMultiDict({hdrs.ORIGIN: origin} if origin else {})
        return ERROR._replace(version=HttpVersion11, headers=CIMultiDictProxy(headers))

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a failure that no middleware saw, and close the connection."""
        super().handle_error(request, status, exc, message)  # which logs it, and notices if half an answer was sent
        failure: AppError = InternalError()
        if status == HTTPStatus.BAD_REQUEST:
            failure = BadRequest(next((words for kind, words in _WORDS if isinstance(exc, kind)), None))
        response = _as_problem(request, failure, status)
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; a refused Expect, which comes before any middleware, as a problem."""
        if isinstance(resp, web.HTTPExpectationFailed):
            failure = BadRequest('The only expectation that is met is "Expect: 100-continue".')
            resp = _as_problem(request, failure, resp.status)
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            if self.transport is not None:
                self.connections.rests(self)


def _as_problem(request: web.BaseRequest, failure: AppError, status: int) -> web.Response:
    if REQUEST_ID not in request:
        request[REQUEST_ID] = new_id()
    response = problem(request, failure, status)
    response.headers["X-Request-Id"] = request[REQUEST_ID]
    return response
