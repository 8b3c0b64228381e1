"""The web page: index.html under every path outside the API, and its assets."""

import logging
import re
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import ETag, hdrs, web

from domain.errors.base import RouteNotFound
from handlers.compression import takes_gzip
from handlers.keys import CONTENT
from runtime.web_assets import StaticFile, WebAssets, WebAssetsMissing

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

NOT_INSTALLED = "The page is not built here. `make install` builds it, `make run` too; the API is served without it.\n"
_API_PATHS = ("/api", "/assets", "/healthz", "/readyz", "/socket.io")
_HTML = ("text/html", "application/xhtml+xml")
_ANYTHING = ("*/*", "text/*")
VIEWS = frozenset(
    (
        "account",
        "admin",
        "dashboard",
        "first-admin",
        "forgot",
        "invite",
        "join",
        "progress",
        "reset",
        "rooms",
        "sign-in",
        "sign-up",
        "tasks",
        "verify",
    )
)
"""First segments of the page's paths."""
_FILE = re.compile(r"/\.|\.\w+$", re.ASCII)
_QVALUE = re.compile(r"[01](\.[0-9]{0,3})?")
_NOSNIFF = {"X-Content-Type-Options": "nosniff"}
_PAGE_HEADERS = {
    **_NOSNIFF,
    "Cache-Control": "no-cache",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Accept-Encoding, Accept-Language",
}
_ASSET_HEADERS = {
    **_NOSNIFF,
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",  # for an image that is opened by itself
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}


def load_web_assets(assets: WebAssets) -> None:
    """Load the page; a page that is not built is logged, and the API is served without it."""
    try:
        assets.load()
    except WebAssetsMissing as missing:
        logging.getLogger("studyhall").warning("Serving without the page, which `make install` builds: %s", missing)


async def show(request: web.Request) -> web.StreamResponse:
    """Send the page, or an instruction to build it."""
    page = request.app[CONTENT].assets
    try:
        page.reload_if_changed()
    except WebAssetsMissing as missing:
        log.warning("The page cannot be served: %s", missing)
    if not page.is_loaded:
        return web.Response(text=NOT_INSTALLED, status=503, headers={**_NOSNIFF, "Cache-Control": "no-store"})
    headers = {**_PAGE_HEADERS, "Content-Security-Policy": page.content_security_policy}
    if request.path != "/":  # a search engine that finds a link to a room or an invitation must not index it
        headers["X-Robots-Tag"] = "noindex"
    accepted = ",".join(request.headers.getall(hdrs.ACCEPT_LANGUAGE, []))
    language = preferred_language(accepted, page.languages)
    headers["Content-Language"] = language
    return file_response(request, page.index(request.path, language), headers)


async def asset(request: web.Request) -> web.StreamResponse:
    """Send a file of the page by its name, which has a hash of its content."""
    file = request.app[CONTENT].assets.asset(request.match_info["name"])
    if file is None:
        raise RouteNotFound(f"Route not found: {request.path}")
    return file_response(request, file, _ASSET_HEADERS)


@web.middleware
async def spa_fallback(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer GET for a path without a route with the page, which routes on the client."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if not _is_navigation(request):
            raise
        return await show(request)


def _is_navigation(request: web.Request) -> bool:
    path = request.path
    return (
        request.method in {hdrs.METH_GET, hdrs.METH_HEAD}
        and not any(path == never or path.startswith(f"{never}/") for never in _API_PATHS)
        and wants_page(",".join(request.headers.getall(hdrs.ACCEPT, [])), path)
    )


def wants_page(accept: str, path: str) -> bool:
    """Return True if a client with this Accept wants a page rather than JSON or a file.

    Browsers name `text/html`. Link previews and curl accept anything: they get the page under the paths of its views,
    unless they name a type that they prefer equally, or the path looks like a file. Elsewhere they get 404: a probe of
    /health must not mistake the page for a result.

    Args:
        accept: the header Accept; "" accepts anything (RFC 9110, 12.5.1).
        path: path of the request.
    """
    weights = _weights(accept)
    html = max((weights.pop(kind) for kind in _HTML if kind in weights), default=None)
    anything = max((weights.pop(kind) for kind in _ANYTHING if kind in weights), default=0 if weights else 1)
    others = max(weights.values(), default=0)
    if html is not None:
        return 0 < html >= others
    return anything > others and path[1:].partition("/")[0] in VIEWS and not _FILE.search(path)


def preferred_language(accept_language: str, offered: Sequence[str]) -> str:
    """Return the offered language that a client prefers; the first one if it accepts none of them.

    A region is ignored: `de-AT` is German. Of two equal weights the one that the client names first wins, as browsers
    list languages in the order of their user.

    Args:
        accept_language: the header Accept-Language; "" accepts anything.
        offered: tags of languages, the default one first.
    """
    weights = _weights(accept_language)
    for tag, weight in sorted(weights.items(), key=lambda item: -item[1]):
        language = tag.partition("-")[0]
        if weight > 0 and language in offered:
            return language
    return offered[0]


def _weights(header: str) -> dict[str, float]:
    """Return the choices of a header in lower case, in its order, with their weights."""
    weights: dict[str, float] = {}
    for part in header.split(","):
        choice, *parameters = (word.strip().lower() for word in part.split(";"))
        if choice:
            weights[choice] = max(weights.get(choice, 0), _quality(parameters))
    return weights


def _quality(parameters: list[str]) -> float:
    given = next((parameter[2:].strip() for parameter in parameters if parameter.startswith("q=")), "1")
    return float(given) if _QVALUE.fullmatch(given) else 1


def file_response(request: web.Request, file: StaticFile, headers: dict[str, str]) -> web.Response:
    """Return a file as a response: compressed if the client accepts it, and 304 if the client has it."""
    tag = ETag(file.tag, is_weak=True)  # the same with and without compression
    if any(known.value in {file.tag, "*"} for known in request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    else:
        response = web.Response(body=file.body, headers=headers, content_type=file.content_type)
        if response.content_type.startswith("text/"):
            response.charset = "utf-8"
        if file.gzipped and takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
            response.body = file.gzipped
            response.headers[hdrs.CONTENT_ENCODING] = "gzip"
    response.etag = tag
    return response
