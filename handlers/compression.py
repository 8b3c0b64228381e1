"""Compression of JSON responses (RFC 9110, 8.4): gzip reduces a list of 300 rooms, 124 kB, to a sixth.

Responses of routes that return secrets are not compressed: together with text chosen by an attacker, the compressed
length leaks the secret (BREACH).
"""

import asyncio
import re
import zlib
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from handlers.cors import add_vary

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MIN_BYTES = 1_024
"""Minimum size in bytes of a body that is compressed: smaller ones fit into one network packet in any case."""
MAX_BYTES_ON_LOOP = 32 * 1_024
"""Maximum size in bytes of a body that is compressed on the event loop, in about 300 µs; larger ones in a thread."""
LEVEL = 1
"""Level of zlib: 6 takes twice as long for an eighth less."""
_SECRET_ROUTES = re.compile(r"/api/auth/|.*[/-]invites\b")
"""Routes with responses that contain tokens, secrets of a second factor, recovery codes, or invitation codes."""
_GZIP = 16 + zlib.MAX_WBITS


def takes_gzip(accepted: str) -> bool:
    """Return True if this Accept-Encoding accepts gzip."""
    return any(
        re.fullmatch(r"\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?", coding, re.IGNORECASE) for coding in accepted.split(",")
    )


@web.middleware
async def compressed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress the response if it is JSON, large enough and without secrets, and the client accepts gzip."""
    response = await handler(request)
    if not isinstance(response, web.Response) or response.content_type != "application/json":
        return response
    body = response.body
    if not isinstance(body, bytes) or hdrs.CONTENT_ENCODING in response.headers or _has_secrets(request):
        return response
    add_vary(response, hdrs.ACCEPT_ENCODING)
    if len(body) >= MIN_BYTES and takes_gzip(",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, []))):
        response.body = await _compress(body)
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
    return response


def _has_secrets(request: web.Request) -> bool:
    resource = request.match_info.route.resource
    return resource is None or _SECRET_ROUTES.match(resource.canonical) is not None


async def _compress(body: bytes) -> bytes:
    if len(body) <= MAX_BYTES_ON_LOOP:
        return _gzip(body)
    return await asyncio.get_running_loop().run_in_executor(None, _gzip, body)


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, LEVEL, _GZIP)
