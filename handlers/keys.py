"""Keys of the application and of requests: what the HTTP edge finds there.

Keys compare by identity, so they cannot live in server.py, which runs as `__main__`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from domain.accounts import Identity
from runtime.addresses import NetworkCounter
from runtime.buffered_bytes import BufferBudget
from runtime.http_connections import HttpConnections
from runtime.logs import ThrottledLogger
from runtime.origins import Origins
from runtime.rate_limits import TokenBuckets
from runtime.web_assets import StaticFile, WebAssets
from services.container import Services


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """Settings of the HTTP edge.

    Attributes:
        trusted_proxies: addresses and networks of proxies with trusted forwarded headers.
        base_path: path below which browsers find the server, such as "/study"; "" for none.
        origins: web pages that may use the server.
        hsts: send `Strict-Transport-Security` over TLS.
        probe_token: bearer token with which a remote probe gets a fresh answer; "" for none.
        stall_timeout: seconds in which a client must read some of an answer.
    """

    trusted_proxies: tuple[str, ...]
    base_path: str
    origins: Origins
    hsts: bool
    probe_token: str
    stall_timeout: float


@dataclass(frozen=True, slots=True)
class HttpRuntime:
    """Limits and counts of the HTTP edge while it runs.

    Attributes:
        connections: open HTTP connections and their bounds.
        buffer_budget: bytes held for clients that do not read, or do not finish a request.
        in_flight: requests of each address that are not answered yet.
        request_rate: HTTP requests of each user.
        rejection_log: security log of rejected requests, throttled.
        check_slow_sockets: disconnects Socket.IO clients that do not read.
        drain: answers events that came in; see `app.drain`.
    """

    connections: HttpConnections
    buffer_budget: BufferBudget
    in_flight: NetworkCounter
    request_rate: TokenBuckets
    rejection_log: ThrottledLogger
    check_slow_sockets: Callable[[], None]
    drain: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class WebContent:
    """Files that are served: the page and the API documents, the latter by file name."""

    assets: WebAssets
    api_docs: Mapping[str, StaticFile]


SERVICES = web.AppKey("services", Services)
SETTINGS = web.AppKey("settings", EdgeSettings)
HTTP = web.AppKey("http", HttpRuntime)
CONTENT = web.AppKey("content", WebContent)

CALLER = web.RequestKey("caller", Identity)
"""Authenticated user of the request, on every route that needs a token."""
ADDRESS = web.RequestKey("address", str)
"""Address of the client."""
REQUEST_ID = web.RequestKey("request_id", str)
"""Id of the request in answers and logs."""
