"""The page in the browser: index.html under every path that is not the API's, and its assets."""

import logging
import re
from collections.abc import Awaitable, Callable

from aiohttp import ETag, hdrs, web

from app_keys import PAGE
from errors import RouteNotFound
from page import File, PageMissing

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NOT_INSTALLED = (
    "The page is not installed here. `make install` installs it, `make run` too; the API is served without it.\n"
)
_NEVER_THE_PAGE = ("/api", "/assets", "/healthz", "/readyz", "/socket.io")
_NOSNIFF = {"X-Content-Type-Options": "nosniff"}
_OF_THE_PAGE = {
    **_NOSNIFF,
    "Cache-Control": "no-cache",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Accept-Encoding",
}
_OF_ASSETS = {
    **_NOSNIFF,
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",  # what runs in an image that is opened by itself
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}


async def show(request: web.Request) -> web.StreamResponse:
    """Send the page, or say how to get it."""
    page = request.app[PAGE]
    try:
        page.refresh()
    except PageMissing as missing:
        log.warning("The page cannot be served: %s", missing)
    if not page.is_there:
        return web.Response(text=NOT_INSTALLED, status=503, headers={**_NOSNIFF, "Cache-Control": "no-store"})
    return sent(request, page.index, {**_OF_THE_PAGE, "Content-Security-Policy": page.policy})


async def asset(request: web.Request) -> web.StreamResponse:
    """Send a module, a style or an image of this version of the page."""
    file = request.app[PAGE].asset(request.match_info["version"], request.match_info["name"])
    if file is None:
        raise RouteNotFound(f"Route not found: {request.path}")
    return sent(request, file, _OF_ASSETS)


@web.middleware
async def deep_links(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the page to a browser that opens what is no route: the page knows what the path means."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if not _opens_a_page(request):
            raise
        return await show(request)


def _opens_a_page(request: web.Request) -> bool:
    return (
        request.method in {hdrs.METH_GET, hdrs.METH_HEAD}
        and "text/html" in request.headers.get(hdrs.ACCEPT, "")
        and not any(request.path == path or request.path.startswith(f"{path}/") for path in _NEVER_THE_PAGE)
    )


def _takes_gzip(accepted: str) -> bool:
    return any(
        re.fullmatch(r"\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?", coding, re.IGNORECASE) for coding in accepted.split(",")
    )


def sent(request: web.Request, file: File, headers: dict[str, str]) -> web.Response:
    """Return a file as a response: compressed where that is understood, and not at all where it is known already."""
    tag = ETag(file.tag, is_weak=True)  # the same whether compressed or not
    if any(known.value in {file.tag, "*"} for known in request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    else:
        response = web.Response(body=file.body, headers=headers, content_type=file.content_type)
        if response.content_type.startswith("text/"):
            response.charset = "utf-8"
        if file.gzipped and _takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
            response.body = file.gzipped
            response.headers[hdrs.CONTENT_ENCODING] = "gzip"
    response.etag = tag
    return response
