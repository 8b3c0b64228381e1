"""The API documents, for programs and people."""

from typing import Annotated, Any, TypeAlias

from aiohttp import web

from handlers.keys import CONTENT
from handlers.page import file_response
from handlers.routing import Media

TAG = "docs"
"""Tag in the API documents; operationIds begin with it."""

_HEADERS = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_OF_PAGES = {**_HEADERS, "Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}

Json: TypeAlias = Annotated[web.Response, Media("application/json", dict[str, Any])]
Html: TypeAlias = Annotated[web.Response, Media("text/html", str)]


async def openapi(request: web.Request) -> Json:
    """Get the HTTP API as OpenAPI 3.1."""
    return file_response(request, request.app[CONTENT].api_docs["openapi.json"], _HEADERS)


async def asyncapi(request: web.Request) -> Json:
    """Get the events over Socket.IO as AsyncAPI 3.0."""
    return file_response(request, request.app[CONTENT].api_docs["asyncapi.json"], _HEADERS)


async def routes(request: web.Request) -> Html:
    """Get the page about the HTTP API."""
    return file_response(request, request.app[CONTENT].api_docs["routes.html"], _OF_PAGES)


async def events(request: web.Request) -> Html:
    """Get the page about the events over Socket.IO."""
    return file_response(request, request.app[CONTENT].api_docs["events.html"], _OF_PAGES)


async def style(request: web.Request) -> Annotated[web.Response, Media("text/css", str)]:
    """Get the style sheet of these pages."""
    return file_response(request, request.app[CONTENT].api_docs["style.css"], _HEADERS)
