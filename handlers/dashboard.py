"""Dashboard."""

from aiohttp import web

from handlers.keys import CALLER, SERVICES
from services.presence.dashboard import Dashboard


async def show(request: web.Request) -> Dashboard:
    """Get the caller's dashboard."""
    return await request.app[SERVICES].dashboards.for_user(request[CALLER].user)
