"""Dashboard."""

from aiohttp import web

from handlers.keys import CALLER, DASHBOARDS
from services.presence.dashboard import Dashboard


async def show(request: web.Request) -> Dashboard:
    """Get the caller's dashboard."""
    return await request.app[DASHBOARDS].for_user(request[CALLER].user)
