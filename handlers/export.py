"""Data export: everything stored about the caller."""

import asyncio
import logging
from typing import Annotated

from aiohttp import hdrs, web

from domain.accounts import Caller
from domain.errors.base import AppError
from handlers.keys import REQUEST_ID
from handlers.routing import Media
from services.accounts.export import Export
from services.container import Services

log = logging.getLogger(__name__)

STALL_TIMEOUT = 30.0
"""Seconds within which a client must read a chunk."""

Exported = Annotated[web.StreamResponse, Media("application/json", Export)]


async def export(services: Services, caller: Caller, request: web.Request) -> Exported:
    """Download everything that is stored about the caller, as one JSON object.

    If the export fails midway, the connection is aborted and the JSON stays incomplete.
    """
    pieces = await services.exporter.stream(caller)
    day = services.exporter.today()
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "application/json",
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="studyhall-export-{day}.json"',
            hdrs.CACHE_CONTROL: "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Request-Id": request[REQUEST_ID],
        }
    )
    await response.prepare(request)
    if request.method == hdrs.METH_HEAD:
        return response
    try:
        async for piece in pieces:
            async with asyncio.timeout(STALL_TIMEOUT):
                await response.write(piece)
    except (AppError, OSError) as failure:  # storage failure, lost connection, or a client that reads too slowly
        log.warning("an export was not finished: %s", failure or type(failure).__name__)
        if request.transport is not None:
            request.transport.abort()
    return response
