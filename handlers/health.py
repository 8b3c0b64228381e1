"""Liveness and readiness probes."""

import hmac
from ipaddress import ip_address
from typing import Literal

from aiohttp import hdrs, web

from domain.base import Record
from handlers.bearer import bearer
from handlers.keys import SETTINGS
from services.container import Services

_FORWARDED = (
    hdrs.FORWARDED,
    hdrs.VIA,
    hdrs.X_FORWARDED_FOR,
    hdrs.X_FORWARDED_HOST,
    hdrs.X_FORWARDED_PROTO,
    "X-Real-IP",
)
"""Headers that distinguish a proxy on this machine from a probe on it."""


class Alive(Record, frozen=True):
    """The process is alive."""

    status: Literal["alive"] = "alive"


class Ready(Record, frozen=True):
    """Storage and cache answer."""

    status: Literal["ready"] = "ready"


async def alive() -> Alive:
    """Check liveness: the process answers."""
    return Alive()


async def ready(services: Services, request: web.Request) -> Ready:
    """Return the readiness of storage and cache.

    Requests within a second share one probe. A request from the server's own machine, or with the token of the setting
    `[server] probe_token` as its bearer token, gets a probe that started after it.
    """
    await services.health.check(fresh=_may_have_a_fresh_probe(request))
    return Ready()


def _may_have_a_fresh_probe(request: web.Request) -> bool:
    if token := request.app[SETTINGS].probe_token:
        given = bearer(request)
        if given is not None and hmac.compare_digest(given.encode(errors="surrogateescape"), token.encode()):
            return True
    return _is_loopback(request.remote or "") and not any(name in request.headers for name in _FORWARDED)


def _is_loopback(peer: str) -> bool:
    """Return True if the connection comes from this machine; headers are ignored."""
    try:
        found = ip_address(peer)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
