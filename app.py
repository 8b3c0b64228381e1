"""The application: one for HTTP and Socket.IO. Here its parts meet, opened and closed in one order."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from operator import itemgetter

import msgspec
from aiohttp import web

import api_docs
import config as settings
import handlers
from config import Config
from domain.clock import Clock, SystemClock
from domain.connections import CHAT, PERSONAL
from domain.ids import new_id
from domain.messages import Message
from handlers.client_address import is_trusted
from handlers.compression import compressed
from handlers.cors import answer_options, is_origin_allowed
from handlers.keys import (
    ACCESS,
    ACCOUNT_INVITES,
    ACCOUNTS,
    ACTIVITY,
    ADDRESS,
    ANNOUNCEMENTS,
    API_DOCS,
    BASE,
    BUFFER_BUDGET,
    CHECK_SLOW_SOCKETS,
    COMMAND_CHANGES,
    DASHBOARDS,
    DRAIN,
    EXPORTS,
    FIRST_ADMIN,
    GAUGES,
    HEALTH,
    HSTS,
    HTTP_CONNECTIONS,
    IN_FLIGHT_REQUESTS,
    INVITES,
    MAIL_QUEUE,
    MESSAGES,
    MODERATION,
    ORIGINS,
    PRESENCE,
    PROBE_TOKEN,
    PROFILES,
    PROMOTIONS,
    REGISTRATION,
    REJECTION_LOG,
    REPORTS,
    REQUEST_RATE,
    RESET_MAIL,
    RESETS,
    RETENTION,
    ROOM_VIEWS,
    ROOMS,
    SECOND_FACTORS,
    SECURITY_EMAILS,
    SERVER_ROOMS,
    SESSIONS,
    STALL_TIMEOUT,
    TOKEN_EXPIRY,
    TRUSTED_PROXIES,
    USER_ADMIN,
    VERIFICATION,
    WEB_ASSETS,
)
from handlers.middleware import authenticate, handle_errors, limit_concurrency
from handlers.page import spa_fallback
from handlers.request import MAX_BODY
from publisher.publisher import EventPublisher
from runtime import logs, open_files
from runtime.addresses import NetworkCounter
from runtime.buffered_bytes import BufferBudget
from runtime.cache import Cache
from runtime.http_connections import ConnectionLimits as HttpBounds, HttpConnections
from runtime.http_log import http_log
from runtime.mail import SmtpMailer
from runtime.mail_queue import MailQueue
from runtime.origins import Origins
from runtime.rate_limits import RateLimiter, TokenBuckets
from runtime.web_assets import WebAssets, WebAssetsMissing
from services.access import RoomAccess
from services.accounts.accounts import Accounts
from services.accounts.email_verification import EmailVerifier
from services.accounts.export import Exporter
from services.accounts.first_admin import FirstAdminLink
from services.accounts.invites import AccountInvites
from services.accounts.login_attempts import PasswordAttempts
from services.accounts.password_reset import PasswordResetLinks, PasswordResets
from services.accounts.password_reset_email import PasswordResetEmails
from services.accounts.passwords import Passwords
from services.accounts.profiles import Profiles
from services.accounts.reauthentication import Reauthenticator
from services.accounts.registration_rules import RegistrationRules
from services.accounts.security_emails import SecurityEmails
from services.accounts.sessions import Sessions
from services.accounts.token_expiry import TokenExpiryMonitor
from services.accounts.tokens import Tokens
from services.accounts.two_factor import TwoFactor
from services.accounts.two_factor_codes import TwoFactorCodes
from services.admin.announcements import Announcements
from services.admin.command_changes import POLL_INTERVAL, RevocationPoller
from services.admin.health import Health
from services.admin.promotions import Promotions
from services.admin.rooms import RoomAdmin
from services.admin.users import UserAdmin
from services.background import BackgroundJobs, Job
from services.messages.messages import Messages
from services.messages.retention import Retention
from services.messages.system_messages import SystemMessages
from services.messages.writer import MessageWriter
from services.moderation.moderation import Moderation
from services.moderation.reports import Reports
from services.presence.activity import Activity
from services.presence.dashboard import Dashboards
from services.presence.presence import Presence
from services.presence.tracker import PresenceTracker
from services.rooms.invites import Invites
from services.rooms.rooms import Rooms
from services.rooms.views import RoomViews
from socket_engine import SocketLimits, SocketServer
from socket_events import EVENTS
from socket_events.dispatcher import Dispatcher
from storage.base import Storage
from storage.cached.storage import CachedStorage
from storage.memory import MemoryStorage
from storage.postgres import PostgresStorage
from storage.sqlite import SqliteStorage

log = logging.getLogger("studyhall")

MINUTE, HOUR = 60.0, 3600.0
"""Seconds."""
WATCH_INTERVAL = 1.0
"""Seconds between two polls for changes without an event."""


def create_app(config: Config) -> web.Application:
    """Return the whole server as an application: HTTP routes, an attached Socket.IO server, services, storage.

    Nothing is opened before the application starts; everything is closed when it is cleaned up.
    """
    app = web.Application(
        middlewares=[handle_errors, limit_concurrency, compressed, answer_options, spa_fallback, authenticate],
        client_max_size=MAX_BODY,
        # bodies stay as they came: one that unpacks to a thousand times its size is not unpacked to be refused
        handler_args={
            "auto_decompress": False,
            "logger": http_log,
            "keepalive_timeout": config.server.keepalive_timeout,  # an hour, where aiohttp is not told
        },
    )
    clock = SystemClock()
    cache = Cache(config.cache.ttl, config.cache.max_entries, enabled=config.cache.enabled)
    storage = CachedStorage(create_storage(config), cache)
    app[BUFFER_BUDGET] = _buffer_budget(config)
    sockets = SocketServer(
        [PERSONAL, CHAT], is_origin_allowed, _socket_limits(config), itemgetter(ADDRESS), app[BUFFER_BUDGET]
    )
    broadcast = EventPublisher(sockets, new_message=config.compatibility.new_message)
    limiter = RateLimiter(
        config.limits.rates,
        enabled=config.limits.enabled,
        people_per_address=config.limits.people_per_address,
        max_windows=config.limits.max_windows,
    )
    passwords = Passwords(cheap=config.server.environment == "test")
    tokens = Tokens(settings.load_secret_key(config), config.auth.token_lifetime)
    roster = PresenceTracker(config.presence.grace, config.presence.away_after)
    activity = app[ACTIVITY] = Activity(storage, broadcast, storage.cached_member_ids)
    presence = Presence(
        storage,
        roster,
        broadcast,
        clock,
        flush_every=config.presence.flush_every,
        on_count_changed=activity.presence_changed,
    )
    dashboards = Dashboards(storage, presence, cache)
    profiles = app[PROFILES] = Profiles(storage, presence, dashboards, broadcast, limiter)
    writer = MessageWriter(storage, _message_publisher(broadcast, profiles, activity))

    app[PRESENCE], app[DASHBOARDS] = presence, dashboards
    _add_rooms(app, config, storage, writer, broadcast, limiter, clock)
    sign_ins = app[SESSIONS] = Sessions(
        storage,
        broadcast,
        tokens,
        limiter,
        clock,
        new_id,
        lifetime=config.auth.refresh_lifetime,
        max_lifetime=config.auth.session_lifetime,
    )
    token_ends = app[TOKEN_EXPIRY] = TokenExpiryMonitor(sign_ins, broadcast, tokens.lifetime)
    _add_accounts(app, config, storage, passwords, limiter, clock)
    of_people = storage, app[ACCESS], sign_ins, profiles, app[ROOMS], presence, app[SECURITY_EMAILS], cache, clock
    app[USER_ADMIN] = UserAdmin(*of_people, lambda: len(sockets.eio.sockets))
    app[EXPORTS] = Exporter(storage, sign_ins, app[SECOND_FACTORS], limiter, clock)
    app[HEALTH] = Health(storage, cache)
    app[WEB_ASSETS] = WebAssets(
        settings.ROOT / "web",
        auto_reload=config.server.environment == "development",
        base=config.server.base_path,
        template_values=_template_values(config),
    )
    app[API_DOCS] = api_docs.documents(config.server.base_path)
    app[GAUGES] = {
        "tasks": lambda: len(asyncio.all_tasks()),
        "connections": lambda: len(sockets.eio.sockets),
        "rooms": lambda: roster.room_count,
        "people": lambda: roster.user_count,
        "cache entries": lambda: len(cache),
        "rate windows": lambda: len(limiter),
        "activities": lambda: len(activity),
        "token ends": lambda: len(token_ends),
        "mails waiting": lambda: len(app[MAIL_QUEUE]),
    }
    _configure_edges(app, config, sockets)
    app.add_routes([*handlers.ROUTES, *handlers.PAGE])
    sockets.connection_handler = Dispatcher(
        app,
        EVENTS,
        broadcast,
        presence.connection_closed,
        TokenBuckets(config.limits.events, time.monotonic, enabled=config.limits.enabled),
    )
    sockets.attach(app)

    async def parts(_: web.Application) -> AsyncIterator[None]:
        _load_web_assets(app[WEB_ASSETS])
        async with AsyncExitStack() as open_parts:  # closes in the opposite order, also what a failed start had opened
            open_parts.callback(passwords.close)
            open_parts.push_async_callback(cache.close)
            await storage.open()
            open_parts.push_async_callback(storage.close)
            open_parts.push_async_callback(app[HEALTH].close)
            await app[ANNOUNCEMENTS].load()
            await presence.start()
            open_parts.push_async_callback(presence.close)
            open_parts.callback(activity.close)
            open_parts.push_async_callback(writer.close)
            yield

    app[DRAIN] = sockets.drain
    app.cleanup_ctx.extend([parts, _run_mail_queue, _run_command_watch, _run_background_jobs, _run_connection_watch])
    app.on_shutdown.append(lambda _: sockets.close())  # before the parts: what their closing says would find them gone
    return app


def _configure_edges(app: web.Application, config: Config, sockets: SocketServer) -> None:
    """Add settings of the HTTP edge, and what it counts."""
    app[TRUSTED_PROXIES], app[HSTS] = config.server.trusted_proxies, config.is_production
    app[PROBE_TOKEN] = config.server.probe_token
    app[ORIGINS] = Origins(config.cors.origins, config.server.public_url)
    app[BASE] = config.server.base_path
    app[REJECTION_LOG], app[IN_FLIGHT_REQUESTS] = (
        logs.ThrottledLogger(),
        NetworkCounter(config.server.requests_per_address),
    )
    bounds = HttpBounds(
        open_files.max_connections(config.server.max_connections),
        config.server.idle_connections,
        config.server.idle_per_address,
    )
    app[HTTP_CONNECTIONS] = HttpConnections(
        bounds,
        lambda: sockets.eio.websocket_count,
        lambda peer: is_trusted(peer, config.server.trusted_proxies),
    )
    app[CHECK_SLOW_SOCKETS], app[STALL_TIMEOUT] = sockets.eio.check_slow_consumers, config.server.stalled_after
    app[REQUEST_RATE] = TokenBuckets(config.limits.requests, time.monotonic, enabled=config.limits.enabled)


def _message_publisher(broadcast: EventPublisher, profiles: Profiles, activity: Activity) -> Callable[[Message], None]:
    """Return what publishes a message that was stored."""

    def announce(message: Message) -> None:
        broadcast.publish_message(profiles.with_current_sender(message))
        activity.message_stored(message.room_id, message.seq)

    return announce


def _add_rooms(
    app: web.Application,
    config: Config,
    storage: Storage,
    writer: MessageWriter,
    broadcast: EventPublisher,
    limiter: RateLimiter,
    clock: Clock,
) -> None:
    """Add rooms, what is said there, and what decides who gets in and who is shown out."""
    presence, dashboards, activity = app[PRESENCE], app[DASHBOARDS], app[ACTIVITY]
    most_days = config.rooms.max_retention_days
    common = limiter, clock, new_id
    access = app[ACCESS] = RoomAccess(storage, clock, new_id, verified_only=config.accounts.require_verified)
    app[ANNOUNCEMENTS] = Announcements(storage, access, broadcast, *common)
    views = app[ROOM_VIEWS] = RoomViews(presence, clock, max_retention_days=most_days)
    voice = SystemMessages(writer, clock, new_id)
    rooms = app[ROOMS] = Rooms(
        storage, access, views, presence, dashboards, broadcast, voice, activity, *common, max_retention_days=most_days
    )
    app[INVITES] = Invites(storage, access, views, rooms, voice, *common)
    app[MODERATION] = Moderation(storage, access, views, rooms, voice, broadcast, limiter, clock)
    app[SERVER_ROOMS] = RoomAdmin(storage, access, views)
    app[REPORTS] = Reports(storage, access, views, broadcast, *common)
    app[MESSAGES] = Messages(storage, writer, access, presence, dashboards, activity, *common)
    app[RETENTION] = Retention(storage, broadcast, clock, most_days)


async def _run_mail_queue(app: web.Application) -> AsyncIterator[None]:
    app[MAIL_QUEUE].start()
    yield
    await app[MAIL_QUEUE].close()


async def _run_command_watch(app: web.Application) -> AsyncIterator[None]:
    jobs = []
    if changes := app.get(COMMAND_CHANGES):
        await changes.poll()
        jobs.append(Job("following commands", changes.poll, POLL_INTERVAL))
    following = BackgroundJobs(jobs)  # its own, which waits for no other job
    following.start()
    yield
    await following.close()


async def _run_background_jobs(app: web.Application) -> AsyncIterator[None]:
    housekeeping = BackgroundJobs(
        [
            Job("forgetting sign-ins", app[SESSIONS].purge, HOUR),
            Job("deleting expired messages", app[RETENTION].expire_messages, 10 * MINUTE),
            Job("deleting deleted rooms' messages", app[RETENTION].purge_rooms, 10 * MINUTE),
            Job("forgetting reports", app[RETENTION].purge_reports, HOUR),
            Job("forgetting former accounts", app[RETENTION].purge_former_accounts, HOUR),
            Job("forgetting account invitations", app[RETENTION].purge_account_invites, HOUR),
            Job("tidying", app[RETENTION].compact, HOUR),
        ]
    )
    housekeeping.start()
    yield
    await housekeeping.close()


def _buffer_budget(config: Config) -> BufferBudget:
    server = config.server
    return BufferBudget(server.bytes_per_address, server.bytes_per_user, server.bytes_in_all)


def _socket_limits(config: Config) -> SocketLimits:
    """Return what connections of sockets may cost: one address leaves a quarter of all that there may be to others."""
    most = max(1, open_files.max_connections(config.server.max_connections) * 3 // 4)
    settings = msgspec.structs.asdict(config.socket)
    return SocketLimits(**settings | {"connections_per_address": min(config.socket.connections_per_address, most)})


async def _run_connection_watch(app: web.Application) -> AsyncIterator[None]:
    """Poll every second for changes without an event."""
    connections = app[HTTP_CONNECTIONS]

    async def look() -> None:
        if open_files.are_exhausted():
            connections.on_files_exhausted()
        app[CHECK_SLOW_SOCKETS]()

    async def abort_stalled() -> None:
        connections.abort_stalled()

    watch = BackgroundJobs(
        [
            Job("looking after connections", look, WATCH_INTERVAL),
            Job("closing stalled connections", abort_stalled, app[STALL_TIMEOUT]),
        ]
    )
    watch.start()
    yield
    await watch.close()


def _template_values(config: Config) -> dict[str, str]:
    """Return the settings that the page has to know before it asks anything."""
    return {
        "mail": "on" if config.mail.host else "off",
        "verified": "required" if config.accounts.require_verified else "optional",
        "registration": config.accounts.registration,
        "domains": " ".join(config.accounts.allowed_domains),
    }


def _load_web_assets(page: WebAssets) -> None:
    try:
        page.load()
    except WebAssetsMissing as missing:
        log.warning("Serving without the page, which `make install` installs: %s", missing)


def create_storage(config: Config, *, create: bool = True) -> Storage:
    """Return what keeps, not yet open; with `create` False it opens only a database that there is already."""
    match config.storage.kind:
        case "memory":
            return MemoryStorage()
        case "sqlite":
            return SqliteStorage(config.storage.file, create=create)
        case "postgresql":
            return PostgresStorage(config.storage.url, create=create)


def _add_accounts(
    app: web.Application, config: Config, storage: Storage, passwords: Passwords, limiter: RateLimiter, clock: Clock
) -> None:
    """Add what proves who people are, and what tells them of it by mail."""
    sign_ins, address = app[SESSIONS], config.server.base_url
    outgoing = app[MAIL_QUEUE] = MailQueue(_mailer(config))
    notices = app[SECURITY_EMAILS] = SecurityEmails(outgoing, address)
    codes, tries = TwoFactorCodes(storage, limiter, clock, new_id), PasswordAttempts(limiter)
    proofs = Reauthenticator(storage, passwords, codes, tries)
    links = PasswordResetLinks(storage, clock, address, config.auth.reset_lifetime)
    app[SECOND_FACTORS] = TwoFactor(storage, sign_ins, proofs, codes, notices, clock, new_id)
    app[RESETS] = PasswordResets(storage, sign_ins, passwords, links, notices, clock)
    app[RESET_MAIL] = PasswordResetEmails(storage, links, outgoing, limiter)
    rooms, presence, dashboards, profiles = app[ROOMS], app[PRESENCE], app[DASHBOARDS], app[PROFILES]
    if config.storage.kind != "memory":  # which no command reaches
        app[COMMAND_CHANGES] = RevocationPoller(storage, sign_ins, presence)
    proving, common = (sign_ins, passwords, proofs, codes, tries, notices), (limiter, clock, new_id)
    rules = app[REGISTRATION] = RegistrationRules(
        config.accounts.registration,
        config.accounts.allowed_domains,
        approval=config.accounts.approval,
        mail=outgoing.is_enabled,
        verified_only=config.accounts.require_verified,
    )
    invites = app[ACCOUNT_INVITES] = AccountInvites(storage, app[ACCESS], rules, outgoing, address, *common)
    first_admin = app[FIRST_ADMIN] = FirstAdminLink(storage, profiles)
    app[PROMOTIONS] = Promotions(
        storage, app[ACCESS], profiles, outgoing, limiter, clock, address, verified_only=outgoing.is_enabled
    )
    verification = app[VERIFICATION] = EmailVerifier(storage, profiles, outgoing, limiter, clock, address)
    joining = rules, first_admin, invites, verification
    app[ACCOUNTS] = Accounts(storage, rooms, presence, dashboards, profiles, *proving, *joining, *common)


def _mailer(config: Config) -> SmtpMailer | None:
    mail = config.mail
    if not mail.host:
        return None
    return SmtpMailer(
        mail.host,
        mail.port,
        mail.sender,
        encryption=mail.encryption,
        username=mail.username,
        password=mail.password,
        timeout=mail.timeout,
    )
