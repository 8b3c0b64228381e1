"""Cross-origin requests (Fetch, "CORS protocol"): headers for listed origins, and preflights."""

import re
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from domain.errors.base import Forbidden
from handlers.client_address import hosts
from handlers.keys import SETTINGS
from handlers.paths import SOCKETS
from runtime.origins import Origins

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_EXPOSED = "Allow, Content-Disposition, ETag, Retry-After, WWW-Authenticate, X-Request-Id"
_MAX_AGE = "600"  # seconds
_HEADER_NAMES = re.compile(r"[\w!#$%&'*+.^`|~-]+(\s*,\s*[\w!#$%&'*+.^`|~-]+)*", re.ASCII)


def is_origin_allowed(request: web.Request) -> bool:
    """Return True if the request has no Origin, the server's own origin or a listed one."""
    origins, origin = request.app[SETTINGS].origins, request.headers.get(hdrs.ORIGIN, "")
    return not origin or origins.is_allowed(origin) or origins.is_own(origin, hosts(request))


def add_headers(request: web.BaseRequest, response: web.StreamResponse, origins: Origins, *, is_own: bool) -> None:
    """Add CORS headers to a response.

    Args:
        request: request of the response; one that could not be parsed has no headers except perhaps an Origin.
        response: response that is not sent yet.
        origins: origins of the settings.
        is_own: True if the request comes from the server's own origin and is for Socket.IO.
    """
    if not (origins.allowed or is_own):
        return
    headers = response.headers
    add_vary(response, "Origin")
    origin = request.headers.get(hdrs.ORIGIN, "")
    if not (is_own or origins.is_allowed(origin)):
        return
    headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
    headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"  # there are no cookies, but clients may require it
    headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _EXPOSED


def add_vary(response: web.StreamResponse, name: str) -> None:
    """Add a request header to the list of headers on which the response depends (RFC 9110, 12.5.5)."""
    named = response.headers.get(hdrs.VARY, "")
    if name.lower() not in {one.strip().lower() for one in named.split(",")}:
        response.headers[hdrs.VARY] = f"{named}, {name}" if named else name


@web.middleware
async def answer_options(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer OPTIONS: preflights for any path, other requests with the methods of the route.

    Raises:
        Forbidden: a preflight from an origin that is not listed.
    """
    if request.method != hdrs.METH_OPTIONS:
        return await handler(request)
    if request.headers.get(hdrs.ORIGIN) and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
        if request.app[SETTINGS].origins.is_allowed(request.headers[hdrs.ORIGIN]):
            return web.Response(headers=_allowed(request))
        if not (request.path.startswith(SOCKETS) or is_origin_allowed(request)):
            raise Forbidden("This origin is not in the server's list ([cors] origins).")
    if request.rel_url.raw_path == "*":  # about the server as a whole (RFC 9110, 9.3.7)
        return web.Response(status=204, headers={hdrs.ALLOW: METHODS})
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed as failure:
        return web.Response(status=204, headers={hdrs.ALLOW: ", ".join(sorted({*failure.allowed_methods, "OPTIONS"}))})


def _allowed(request: web.Request) -> dict[str, str]:
    asked = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS, "").strip()
    return {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: METHODS,
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: asked if _HEADER_NAMES.fullmatch(asked) else "Authorization, Content-Type",
        hdrs.ACCESS_CONTROL_MAX_AGE: _MAX_AGE,
    }
