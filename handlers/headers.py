"""What every answer carries, so that no browser takes it for something else: errors, too, and what is no HTTP.

A WebSocket's handshake is answered without it: no browser reads headers there.
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
from handlers.keys import BASE, HSTS
from handlers.malformed_requests import HttpProtocol
from handlers.paths import SOCKETS, normalise_path
from runtime.origins import Origins

POLICY = "default-src 'none'; frame-ancestors 'none'"
"""What an answer may do in a browser that is no page: nothing."""

_DEFAULT_HEADERS = (  # names in a form that need not be folded each time
    (istr("X-Content-Type-Options"), "nosniff"),
    (istr("X-Frame-Options"), "DENY"),
    (istr("Content-Security-Policy"), POLICY),
    (istr("Referrer-Policy"), "no-referrer"),
    (istr("Cross-Origin-Resource-Policy"), "same-origin"),
    (hdrs.CACHE_CONTROL, "no-store"),
)
_HSTS_VALUE = "max-age=31536000"


class Request(web.Request):
    """A request whose answer carries the headers, also where it never came to a route."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        await super()._prepare_hook(response)
        headers = response.headers
        headers.popall(hdrs.SERVER, None)  # it would name versions
        for name, value in _DEFAULT_HEADERS:
            headers.setdefault(name, value)
        origins = cast("HttpProtocol", self.protocol).origins
        add_headers(self, response, origins, is_own=self._comes_from_its_own_socket_client(origins))
        if self._match_info is None or not is_https(self):
            return
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")  # over plain http browsers complain of it
        if self.app[HSTS]:
            headers.setdefault("Strict-Transport-Security", _HSTS_VALUE)

    def _comes_from_its_own_socket_client(self, origins: Origins) -> bool:
        return (
            self._match_info is not None
            and self.path.startswith(SOCKETS)
            and hdrs.ORIGIN in self.headers
            and origins.is_own(self.headers[hdrs.ORIGIN], hosts(self))
        )


class _Server(web.Server):
    """Makes a protocol for each connection, and a request of what it reads."""

    def __init__(self, app: web.Application, made: web.Server) -> None:
        options = made._kwargs  # noqa: SLF001  # what the application would have had served with
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
        message = ours.placeholder_request() if message is ERROR else normalise_path(message, self._app[BASE])
        return self._app._make_request(message, payload, protocol, writer, task, _cls=Request)  # noqa: SLF001  # its only way


class _Runner(web.AppRunner):
    async def _make_server(self) -> web.Server:
        return _Server(self.app, await super()._make_server())


async def create_runner(app: web.Application, shutdown_timeout: float) -> web.AppRunner:
    """Return what runs the application, set up: every answer will carry the headers.

    Args:
        shutdown_timeout: seconds that requests get to end when the server goes away.
    """
    runner = _Runner(app, access_log=None, shutdown_timeout=shutdown_timeout)
    try:
        await runner.setup()
    except BaseException:
        await runner.cleanup()  # of the parts that were opened
        raise
    return runner
