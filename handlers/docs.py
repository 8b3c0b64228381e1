"""The contract, for programs."""

from typing import Annotated, Any

from aiohttp import web

from app_keys import DOCUMENTS
from handlers.page import sent
from handlers.routes import Media

_HEADERS = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}


Described = Annotated[web.Response, Media("application/json", dict[str, Any])]


async def openapi(request: web.Request) -> Described:
    """Describe the HTTP API, as OpenAPI 3.1."""
    return sent(request, request.app[DOCUMENTS]["openapi.json"], _HEADERS)


async def asyncapi(request: web.Request) -> Described:
    """Describe the events over Socket.IO, as AsyncAPI 3.0."""
    return sent(request, request.app[DOCUMENTS]["asyncapi.json"], _HEADERS)
