"""The dashboard."""

from aiohttp import web

from app_keys import CALLER, DASHBOARDS
from handlers.reading import answer


async def show(request: web.Request) -> web.Response:
    """Show the caller's dashboard."""
    return answer(await request.app[DASHBOARDS].of(request[CALLER].user))
