"""Security headers of every response, also of errors and of requests that are not valid HTTP.

The response to a WebSocket handshake does not have them: browsers ignore headers there.
"""

import asyncio
from typing import cast

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import ERROR, RequestHandler
from multidict import istr

from handlers.client_address import hosts, is_https
from handlers.cors import add_headers
from handlers.http_protocol import HttpProtocol
from handlers.keys import SETTINGS
from handlers.paths import SOCKETS, normalise_path
from runtime.origins import Origins

POLICY = "default-src 'none'; frame-ancestors 'none'"
"""Content Security Policy of responses that are not pages: nothing is allowed."""

_DEFAULT_HEADERS = (  # names in a form that is not case-folded each time
    (istr("X-Content-Type-Options"), "nosniff"),
    (istr("X-Frame-Options"), "DENY"),
    (istr("Content-Security-Policy"), POLICY),
    (istr("Referrer-Policy"), "no-referrer"),
    (istr("Cross-Origin-Resource-Policy"), "same-origin"),
    (hdrs.CACHE_CONTROL, "no-store"),
)
_HSTS_VALUE = "max-age=31536000"


class Request(web.Request):
    """A request that has the headers in its response, also if no route was reached."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        await super()._prepare_hook(response)
        headers = response.headers
        headers.popall(hdrs.SERVER, None)  # it would reveal versions
        for name, value in _DEFAULT_HEADERS:
            headers.setdefault(name, value)
        origins = cast("HttpProtocol", self.protocol).origins
        add_headers(self, response, origins, is_own=self._comes_from_its_own_socket_client(origins))
        if self._match_info is None or not is_https(self):
            return
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")  # browsers warn about it over plain HTTP
        if self.app[SETTINGS].hsts:
            headers.setdefault("Strict-Transport-Security", _HSTS_VALUE)

    def _comes_from_its_own_socket_client(self, origins: Origins) -> bool:
        return (
            self._match_info is not None
            and self.path.startswith(SOCKETS)
            and hdrs.ORIGIN in self.headers
            and origins.is_own(self.headers[hdrs.ORIGIN], hosts(self))
        )


class _Server(web.Server):
    """Creates a protocol for each connection, and a request for each parsed message."""

    def __init__(self, app: web.Application, made: web.Server) -> None:
        options = made._kwargs  # noqa: SLF001  # the options with which the application would be served
        super().__init__(made.request_handler, request_factory=self._request, **options)
        self._app = app

    def __call__(self) -> HttpProtocol:
        return HttpProtocol(self, loop=self._loop, app=self._app, **self._kwargs)

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.Request:
        ours = cast("HttpProtocol", protocol)
        ours.connections.mark_busy(ours)
        base = self._app[SETTINGS].base_path
        message = ours.placeholder_request() if message is ERROR else normalise_path(message, base)
        return self._app._make_request(message, payload, protocol, writer, task, _cls=Request)  # noqa: SLF001  # its only way


class _Runner(web.AppRunner):
    async def _make_server(self) -> web.Server:
        return _Server(self.app, await super()._make_server())


async def create_runner(app: web.Application, shutdown_timeout: float) -> web.AppRunner:
    """Return a runner of the application, set up so that every response carries the headers.

    Args:
        app: the application.
        shutdown_timeout: seconds for which running requests may continue at shutdown.
    """
    runner = _Runner(app, access_log=None, shutdown_timeout=shutdown_timeout)
    try:
        await runner.setup()
    except BaseException:
        await runner.cleanup()  # closes the components that were opened
        raise
    return runner
