"""The dashboard."""

from aiohttp import web

from app_keys import CALLER, DASHBOARDS
from services.dashboards import Dashboard


async def show(request: web.Request) -> Dashboard:
    """Show the caller's dashboard."""
    return await request.app[DASHBOARDS].of(request[CALLER].user)
