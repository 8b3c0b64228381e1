"""The application: HTTP and Socket.IO on the same services. The composition root of the server.

Shutdown has three phases, in this order:

1. Drain: `drain` answers the events that came in, while clients that poll can still fetch the answers.
2. Close sockets: `_close_sockets` disconnects every client while the services still handle disconnections.
3. Stop services: `_run_services` stops them in the reverse order of their start.

A phase that fails is logged, and the next one runs all the same.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from operator import itemgetter

import msgspec
from aiohttp import web

import api_docs
import config as settings
import handlers
from config import Config
from domain.clock import SystemClock
from domain.connections import CHAT, PERSONAL
from domain.ids import new_id
from handlers.compression import compressed
from handlers.connection_watch import http_connections, run_connection_watch
from handlers.cors import answer_options, is_origin_allowed
from handlers.keys import ADDRESS, CONTENT, HTTP, SERVICES, SETTINGS, EdgeSettings, HttpRuntime, WebContent
from handlers.middleware import authenticate, handle_errors, limit_concurrency
from handlers.page import load_web_assets, spa_fallback
from handlers.request import MAX_BODY
from publisher.publisher import EventPublisher
from runtime import logs, open_files
from runtime.addresses import NetworkCounter
from runtime.buffered_bytes import BufferBudget
from runtime.cache import Cache
from runtime.http_connections import ConnectionLimits
from runtime.http_log import http_log
from runtime.origins import Origins
from runtime.rate_limits import RateLimiter, TokenBuckets
from runtime.web_assets import WebAssets
from services.container import Services
from services.context import ServiceContext
from socket_engine import SocketLimits, SocketServer
from socket_events import EVENTS
from socket_events.dispatcher import Dispatcher
from storage.factory import create_storage
from storage.lookups import Lookups

log = logging.getLogger("studyhall")


def create_app(config: Config) -> web.Application:
    """Return the whole server as an application: HTTP routes, an attached Socket.IO server, services, storage.

    Nothing is opened before the application starts; everything is closed when it is cleaned up.

    Raises:
        SettingsError: the secret key cannot be read or created.
    """
    app = web.Application(
        middlewares=[handle_errors, limit_concurrency, compressed, answer_options, spa_fallback, authenticate],
        client_max_size=MAX_BODY,
        # compressed bodies are not decompressed: rejecting one that expands a thousandfold would need its full size
        handler_args={
            "auto_decompress": False,
            "logger": http_log,
            "keepalive_timeout": config.server.keepalive_timeout,  # aiohttp's default is an hour
        },
    )
    server, limits = config.server, config.limits
    budget = BufferBudget(server.bytes_per_address, server.bytes_per_user, server.bytes_in_all)
    sockets = SocketServer([PERSONAL, CHAT], is_origin_allowed, _socket_limits(config), itemgetter(ADDRESS), budget)
    publisher = EventPublisher(sockets, new_message=config.compatibility.new_message)
    services = Services(_service_context(config, publisher, sockets))
    app[SERVICES] = services
    app[SETTINGS] = EdgeSettings(
        trusted_proxies=server.trusted_proxies,
        base_path=server.base_path,
        origins=Origins(config.cors.origins, server.public_url),
        hsts=config.is_production,
        probe_token=server.probe_token,
        stall_timeout=server.stalled_after,
    )
    app[HTTP] = HttpRuntime(
        connections=http_connections(
            _connection_limits(config), lambda: sockets.eio.websocket_count, server.trusted_proxies
        ),
        buffer_budget=budget,
        in_flight=NetworkCounter(server.requests_per_address),
        request_rate=TokenBuckets(limits.requests, time.monotonic, enabled=limits.enabled),
        rejection_log=logs.ThrottledLogger(),
        check_slow_sockets=sockets.eio.check_slow_consumers,
        drain=sockets.drain,
    )
    app[CONTENT] = WebContent(_web_assets(config), api_docs.documents(server.base_path))
    app.add_routes([*handlers.ROUTES, *handlers.PAGE])
    event_rate = TokenBuckets(limits.events, time.monotonic, enabled=limits.enabled)
    sockets.connection_handler = Dispatcher(services, EVENTS, publisher, app[HTTP].rejection_log, event_rate)
    sockets.attach(app)

    async def close_sockets(_: web.Application) -> None:
        await _close_sockets(sockets)

    app.cleanup_ctx.extend([_run_services, run_connection_watch])
    app.on_shutdown.append(close_sockets)
    return app


async def drain(app: web.Application) -> None:
    """Answer received events; later ones are rejected. The first phase of shutdown."""
    try:
        await app[HTTP].drain()
    except Exception:
        log.exception("draining failed: closing sockets without it")


async def _close_sockets(sockets: SocketServer) -> None:
    """Disconnect every Socket.IO client. The second phase of shutdown."""
    try:
        await sockets.close()
    except Exception:
        log.exception("closing sockets failed: stopping services without it")


async def _run_services(app: web.Application) -> AsyncIterator[None]:
    """Start the services and, in the third phase of shutdown, stop them."""
    load_web_assets(app[CONTENT].assets)
    await app[SERVICES].start()
    yield
    await app[SERVICES].stop()


def _service_context(config: Config, publisher: EventPublisher, sockets: SocketServer) -> ServiceContext:
    cache = Cache(config.cache.ttl, config.cache.max_entries, enabled=config.cache.enabled)
    storage = create_storage(config)
    return ServiceContext(
        config=config,
        secret_key=settings.load_secret_key(config),
        storage=storage,
        lookups=Lookups(storage, cache),
        cache=cache,
        publisher=publisher,
        limiter=RateLimiter(
            config.limits.rates,
            enabled=config.limits.enabled,
            people_per_address=config.limits.people_per_address,
            max_windows=config.limits.max_windows,
        ),
        clock=SystemClock(),
        new_id=new_id,
        gauges={"tasks": lambda: len(asyncio.all_tasks()), "connections": lambda: len(sockets.eio.sockets)},
    )


def _connection_limits(config: Config) -> ConnectionLimits:
    server = config.server
    most = open_files.max_connections(server.max_connections)
    return ConnectionLimits(most, server.idle_connections, server.idle_per_address)


def _socket_limits(config: Config) -> SocketLimits:
    """Return the limits of Socket.IO connections: one address leaves a quarter of all connections to others."""
    most = max(1, open_files.max_connections(config.server.max_connections) * 3 // 4)
    given = msgspec.structs.asdict(config.socket)
    return SocketLimits(**given | {"connections_per_address": min(config.socket.connections_per_address, most)})


def _web_assets(config: Config) -> WebAssets:
    """Return the page's files, with the settings that the page needs before its first request."""
    return WebAssets(
        settings.ROOT / "web",
        auto_reload=config.server.environment == "development",
        base=config.server.base_path,
        template_values={
            "mail": "on" if config.mail.host else "off",
            "verified": "required" if config.accounts.require_verified else "optional",
            "registration": config.accounts.registration,
            "domains": " ".join(config.accounts.allowed_domains),
        },
    )
