"""Bearer token of a request (RFC 6750, 2.1)."""

from aiohttp import hdrs, web


def bearer(request: web.Request) -> str | None:
    """Return the token of the header `Authorization`, not yet verified; None if it is missing."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
