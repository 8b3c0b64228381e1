"""Watch over HTTP connections and sockets: close idle, stalled and slow ones."""

from collections.abc import AsyncIterator, Callable

from aiohttp import web

from handlers.client_address import is_trusted
from handlers.keys import HTTP, SETTINGS
from runtime import open_files
from runtime.http_connections import ConnectionLimits, HttpConnections
from services.background import BackgroundJobs, Job

WATCH_INTERVAL = 1.0
"""Seconds between two polls for changes without an event."""


def http_connections(
    limits: ConnectionLimits, websocket_count: Callable[[], int], trusted_proxies: tuple[str, ...]
) -> HttpConnections:
    """Return the empty set of connections; a trusted proxy's are of many clients."""
    return HttpConnections(limits, websocket_count, lambda peer: is_trusted(peer, trusted_proxies))


async def run_connection_watch(app: web.Application) -> AsyncIterator[None]:
    """Poll every `WATCH_INTERVAL` for changes without an event, and close stalled connections."""
    connections = app[HTTP].connections

    async def look() -> None:
        if open_files.are_exhausted():
            connections.on_files_exhausted()
        app[HTTP].check_slow_sockets()

    async def abort_stalled() -> None:
        connections.abort_stalled()

    watch = BackgroundJobs(
        [
            Job("looking after connections", look, WATCH_INTERVAL),
            Job("closing stalled connections", abort_stalled, app[SETTINGS].stall_timeout),
        ]
    )
    watch.start()
    yield
    await watch.close()
