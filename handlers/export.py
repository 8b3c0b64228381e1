"""Data export: everything stored about the caller."""

import asyncio
import logging
from collections.abc import AsyncIterator
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
    return await send_chunks(request, pieces, "application/json", f"studyhall-export-{services.exporter.today()}.json")


async def send_chunks(
    request: web.Request, chunks: AsyncIterator[bytes], content_type: str, name: str
) -> web.StreamResponse:
    """Send a file in chunks, without an envelope.

    A failure midway aborts the connection, so that the client does not take a part for the whole.

    Args:
        request: the request.
        chunks: content of the file.
        content_type: media type, with its charset.
        name: name under which clients save the file.
    """
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: content_type,
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
            hdrs.CACHE_CONTROL: "no-store",
            "X-Content-Type-Options": "nosniff",
            "X-Request-Id": request[REQUEST_ID],
        }
    )
    await response.prepare(request)
    if request.method == hdrs.METH_HEAD:
        return response
    try:
        async for chunk in chunks:
            async with asyncio.timeout(STALL_TIMEOUT):
                await response.write(chunk)
    except (AppError, OSError) as failure:  # storage failure, lost connection, or a client that reads too slowly
        log.warning("an export was not finished: %s", failure or type(failure).__name__)
        if request.transport is not None:
            request.transport.abort()
    return response
