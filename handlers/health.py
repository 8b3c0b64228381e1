"""What probes ask."""

from aiohttp import web

from app_keys import HEALTH
from handlers.reading import answer


async def alive(_: web.Request) -> web.Response:
    """Say that the process lives."""
    return answer({"status": "alive"})


async def ready(request: web.Request) -> web.Response:
    """Say whether storage and cache answer."""
    await request.app[HEALTH].check()
    return answer({"status": "ready"})
