"""The contract, for programs and for people."""

from typing import Annotated, Any, TypeAlias

from aiohttp import web

from handlers.keys import DOCUMENTS
from handlers.page import sent
from handlers.routing import Media

TAG = "docs"
"""In the API documents; operationIds begin with it."""

_HEADERS = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_OF_PAGES = {**_HEADERS, "Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}

Json: TypeAlias = Annotated[web.Response, Media("application/json", dict[str, Any])]
Html: TypeAlias = Annotated[web.Response, Media("text/html", str)]


async def openapi(request: web.Request) -> Json:
    """Describe the HTTP API, as OpenAPI 3.1."""
    return sent(request, request.app[DOCUMENTS]["openapi.json"], _HEADERS)


async def asyncapi(request: web.Request) -> Json:
    """Describe the events over Socket.IO, as AsyncAPI 3.0."""
    return sent(request, request.app[DOCUMENTS]["asyncapi.json"], _HEADERS)


async def routes(request: web.Request) -> Html:
    """Show the HTTP API to people."""
    return sent(request, request.app[DOCUMENTS]["routes.html"], _OF_PAGES)


async def events(request: web.Request) -> Html:
    """Show the events over Socket.IO to people."""
    return sent(request, request.app[DOCUMENTS]["events.html"], _OF_PAGES)


async def style(request: web.Request) -> Annotated[web.Response, Media("text/css", str)]:
    """Send what these pages look like."""
    return sent(request, request.app[DOCUMENTS]["style.css"], _HEADERS)
