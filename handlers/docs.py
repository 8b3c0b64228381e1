"""The contract, for programs."""

from typing import Annotated, Any

from aiohttp import web

from app_keys import DOCUMENTS
from handlers.page import sent
from handlers.routes import Media

_HEADERS = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}


async def openapi(request: web.Request) -> Annotated[web.Response, Media("application/json", dict[str, Any])]:
    """Describe the HTTP API, as OpenAPI 3.1."""
    return sent(request, request.app[DOCUMENTS]["openapi.json"], _HEADERS)
