"""What probes ask."""

from typing import Literal

from aiohttp import web

from app_keys import HEALTH
from models import Record


class Alive(Record, frozen=True):
    """The process lives."""

    status: Literal["alive"] = "alive"


class Ready(Record, frozen=True):
    """Storage and cache answer."""

    status: Literal["ready"] = "ready"


async def alive(_: web.Request) -> Alive:
    """Say that the process lives."""
    return Alive()


async def ready(request: web.Request) -> Ready:
    """Say whether storage and cache answer."""
    await request.app[HEALTH].check()
    return Ready()
