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
from handlers.cors import is_welcome, preflights
from handlers.keys import (
    ACCESS,
    ACCOUNT_INVITES,
    ACCOUNTS,
    ACTIVITY,
    ADDRESS,
    BASE,
    COMMAND_CHANGES,
    CONNECTIONS,
    COUNTS,
    DASHBOARDS,
    DOCUMENTS,
    EXPORTS,
    FINISH,
    FIRST_ADMIN,
    HEALTH,
    HSTS,
    INVITES,
    MESSAGES,
    MODERATION,
    NOTICES,
    ORIGINS,
    OUTGOING,
    PAGE,
    PEOPLE,
    PRESENCE,
    PROBE_TOKEN,
    PROFILES,
    PROMOTIONS,
    PUBLIC_NOTICES,
    REFUSAL_LOG,
    REGISTRATION,
    REPORTS,
    REQUEST_RATE,
    RESET_MAIL,
    RESETS,
    RETENTION,
    ROOM_VIEWS,
    ROOMS,
    RUNNING,
    SECOND_FACTORS,
    SERVER_ROOMS,
    SIGN_INS,
    SLOW_SOCKETS,
    STALLED_AFTER,
    TOKEN_ENDS,
    TRANSIT,
    TRUSTED_PROXIES,
    VERIFICATION,
)
from handlers.middleware import caller, failures, in_turn
from handlers.page import deep_links
from handlers.request import MAX_BODY
from publisher.broadcast import Broadcast
from runtime import logs, open_files
from runtime.addresses import Tally
from runtime.buffered_bytes import Transit
from runtime.cache import Cache
from runtime.http_connections import Bounds as HttpBounds, Connections
from runtime.http_log import http_log
from runtime.mail import SmtpMailer
from runtime.mail_queue import Outgoing
from runtime.origins import Origins
from runtime.rate_limits import Buckets, Limiter
from runtime.web_assets import Page, PageMissing
from services.access import Access
from services.accounts.accounts import Accounts
from services.accounts.email_verification import VerificationMail
from services.accounts.export import Exports
from services.accounts.first_admin import FirstAdmin
from services.accounts.invites import AccountInvites
from services.accounts.login_attempts import PasswordTries
from services.accounts.password_reset import ResetLinks, Resets
from services.accounts.password_reset_email import ResetMail
from services.accounts.passwords import Passwords
from services.accounts.profiles import Profiles
from services.accounts.reauthentication import Proofs
from services.accounts.registration_rules import RegistrationRules
from services.accounts.security_emails import Notices
from services.accounts.sessions import SignIns
from services.accounts.token_expiry import TokenEnds
from services.accounts.tokens import Tokens
from services.accounts.two_factor import SecondFactors
from services.accounts.two_factor_codes import Codes
from services.admin.announcements import PublicNotices
from services.admin.command_changes import INTERVAL, CommandChanges
from services.admin.health import Health
from services.admin.promotions import Promotions
from services.admin.rooms import ServerRooms
from services.admin.users import People
from services.background import Housekeeping, Job
from services.messages.messages import Messages
from services.messages.retention import Retention
from services.messages.system_messages import Voice
from services.messages.writer import Writer
from services.moderation.moderation import Moderation
from services.moderation.reports import Reports
from services.presence.activity import Activity
from services.presence.dashboard import Dashboards
from services.presence.presence import Presence
from services.presence.tracker import Roster
from services.rooms.invites import Invites
from services.rooms.rooms import Rooms
from services.rooms.views import RoomViews
from socket_engine import Bounds, SocketServer
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
        middlewares=[failures, in_turn, compressed, preflights, deep_links, caller],
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
    storage = CachedStorage(storage_of(config), cache)
    app[TRANSIT] = _transit(config)
    sockets = SocketServer([PERSONAL, CHAT], is_welcome, _bounds(config), itemgetter(ADDRESS), app[TRANSIT])
    broadcast = Broadcast(sockets, new_message=config.compatibility.new_message)
    limiter = Limiter(
        config.limits.rates,
        enabled=config.limits.enabled,
        people_per_address=config.limits.people_per_address,
        max_windows=config.limits.max_windows,
    )
    passwords = Passwords(cheap=config.server.environment == "test")
    tokens = Tokens(settings.secret(config), config.auth.token_lifetime)
    roster = Roster(config.presence.grace, config.presence.away_after)
    activity = app[ACTIVITY] = Activity(storage, broadcast, storage.known_member_ids)
    presence = Presence(
        storage, roster, broadcast, clock, flush_every=config.presence.flush_every, counted=activity.people_changed
    )
    dashboards = Dashboards(storage, presence, cache)
    profiles = app[PROFILES] = Profiles(storage, presence, dashboards, broadcast, limiter)
    writer = Writer(storage, _announcer(broadcast, profiles, activity))

    app[PRESENCE], app[DASHBOARDS] = presence, dashboards
    _add_rooms(app, config, storage, writer, broadcast, limiter, clock)
    sign_ins = app[SIGN_INS] = SignIns(
        storage,
        broadcast,
        tokens,
        limiter,
        clock,
        new_id,
        lifetime=config.auth.refresh_lifetime,
        longest=config.auth.session_lifetime,
    )
    token_ends = app[TOKEN_ENDS] = TokenEnds(sign_ins, broadcast, tokens.lifetime)
    _add_accounts(app, config, storage, passwords, limiter, clock)
    of_people = storage, app[ACCESS], sign_ins, profiles, app[ROOMS], presence, app[NOTICES], cache, clock
    app[PEOPLE] = People(*of_people, lambda: len(sockets.eio.sockets))
    app[EXPORTS] = Exports(storage, sign_ins, app[SECOND_FACTORS], limiter, clock)
    app[HEALTH] = Health(storage, cache)
    app[PAGE] = Page(
        settings.HOME / "web",
        watched=config.server.environment == "development",
        base=config.server.base_path,
        facts=_facts(config),
    )
    app[DOCUMENTS] = api_docs.documents(config.server.base_path)
    app[COUNTS] = {
        "tasks": lambda: len(asyncio.all_tasks()),
        "connections": lambda: len(sockets.eio.sockets),
        "rooms": lambda: roster.rooms,
        "people": lambda: roster.people,
        "cache entries": lambda: len(cache),
        "rate windows": lambda: len(limiter),
        "activities": lambda: len(activity),
        "token ends": lambda: len(token_ends),
        "mails waiting": lambda: len(app[OUTGOING]),
    }
    _tell_edges(app, config, sockets)
    app.add_routes([*handlers.ROUTES, *handlers.PAGE])
    sockets.gate = Dispatcher(
        app,
        EVENTS,
        broadcast,
        presence.drop,
        Buckets(config.limits.events, time.monotonic, enabled=config.limits.enabled),
    )
    sockets.attach(app)

    async def parts(_: web.Application) -> AsyncIterator[None]:
        _read(app[PAGE])
        async with AsyncExitStack() as open_parts:  # closes in the opposite order, also what a failed start had opened
            open_parts.callback(passwords.close)
            open_parts.push_async_callback(cache.close)
            await storage.open()
            open_parts.push_async_callback(storage.close)
            open_parts.push_async_callback(app[HEALTH].close)
            await app[PUBLIC_NOTICES].load()
            await presence.start()
            open_parts.push_async_callback(presence.close)
            open_parts.callback(activity.close)
            open_parts.push_async_callback(writer.close)
            yield

    app[FINISH] = sockets.finish
    app.cleanup_ctx.extend([parts, _send_mail, _follow_commands, _keep_house, _keep_watch])
    app.on_shutdown.append(lambda _: sockets.close())  # before the parts: what their closing says would find them gone
    return app


def _tell_edges(app: web.Application, config: Config, sockets: SocketServer) -> None:
    """Add settings of the HTTP edge, and what it counts."""
    app[TRUSTED_PROXIES], app[HSTS] = config.server.trusted_proxies, config.production
    app[PROBE_TOKEN] = config.server.probe_token
    app[ORIGINS] = Origins(config.cors.origins, config.server.public_url)
    app[BASE] = config.server.base_path
    app[REFUSAL_LOG], app[RUNNING] = logs.Sparingly(), Tally(config.server.requests_per_address)
    bounds = HttpBounds(
        open_files.room_for_connections(config.server.max_connections),
        config.server.idle_connections,
        config.server.idle_per_address,
    )
    app[CONNECTIONS] = Connections(
        bounds,
        lambda: sockets.eio.carriers,
        lambda peer: is_trusted(peer, config.server.trusted_proxies),
    )
    app[SLOW_SOCKETS], app[STALLED_AFTER] = sockets.eio.look, config.server.stalled_after
    app[REQUEST_RATE] = Buckets(config.limits.requests, time.monotonic, enabled=config.limits.enabled)


def _announcer(broadcast: Broadcast, profiles: Profiles, activity: Activity) -> Callable[[Message], None]:
    """Return what publishes a message that was stored."""

    def announce(message: Message) -> None:
        broadcast.message(profiles.of_today(message))
        activity.message_stored(message.room_id, message.seq)

    return announce


def _add_rooms(
    app: web.Application,
    config: Config,
    storage: Storage,
    writer: Writer,
    broadcast: Broadcast,
    limiter: Limiter,
    clock: Clock,
) -> None:
    """Add rooms, what is said there, and what decides who gets in and who is shown out."""
    presence, dashboards, activity = app[PRESENCE], app[DASHBOARDS], app[ACTIVITY]
    most_days = config.rooms.most_days
    common = limiter, clock, new_id
    access = app[ACCESS] = Access(storage, clock, new_id, verified_only=config.accounts.require_verified)
    app[PUBLIC_NOTICES] = PublicNotices(storage, access, broadcast, *common)
    views = app[ROOM_VIEWS] = RoomViews(presence, clock, most_days=most_days)
    voice = Voice(writer, clock, new_id)
    rooms = app[ROOMS] = Rooms(
        storage, access, views, presence, dashboards, broadcast, voice, activity, *common, most_days=most_days
    )
    app[INVITES] = Invites(storage, access, views, rooms, voice, *common)
    app[MODERATION] = Moderation(storage, access, views, rooms, voice, broadcast, limiter, clock)
    app[SERVER_ROOMS] = ServerRooms(storage, access, views)
    app[REPORTS] = Reports(storage, access, views, broadcast, *common)
    app[MESSAGES] = Messages(storage, writer, access, presence, dashboards, activity, *common)
    app[RETENTION] = Retention(storage, broadcast, clock, most_days)


async def _send_mail(app: web.Application) -> AsyncIterator[None]:
    app[OUTGOING].start()
    yield
    await app[OUTGOING].close()


async def _follow_commands(app: web.Application) -> AsyncIterator[None]:
    jobs = []
    if changes := app.get(COMMAND_CHANGES):
        await changes.follow()
        jobs.append(Job("following commands", changes.follow, INTERVAL))
    following = Housekeeping(jobs)  # its own, which waits for no other job
    following.start()
    yield
    await following.close()


async def _keep_house(app: web.Application) -> AsyncIterator[None]:
    housekeeping = Housekeeping(
        [
            Job("forgetting sign-ins", app[SIGN_INS].purge, HOUR),
            Job("deleting expired messages", app[RETENTION].expire, 10 * MINUTE),
            Job("deleting deleted rooms' messages", app[RETENTION].purge, 10 * MINUTE),
            Job("forgetting reports", app[RETENTION].forget_reports, HOUR),
            Job("forgetting former accounts", app[RETENTION].forget_former_accounts, HOUR),
            Job("forgetting account invitations", app[RETENTION].forget_account_invites, HOUR),
            Job("tidying", app[RETENTION].tidy, HOUR),
        ]
    )
    housekeeping.start()
    yield
    await housekeeping.close()


def _transit(config: Config) -> Transit:
    server = config.server
    return Transit(server.bytes_per_address, server.bytes_per_user, server.bytes_in_all)


def _bounds(config: Config) -> Bounds:
    """Return what connections of sockets may cost: one address leaves a quarter of all that there may be to others."""
    most = max(1, open_files.room_for_connections(config.server.max_connections) * 3 // 4)
    settings = msgspec.structs.asdict(config.socket)
    return Bounds(**settings | {"connections_per_address": min(config.socket.connections_per_address, most)})


async def _keep_watch(app: web.Application) -> AsyncIterator[None]:
    """Poll every second for changes without an event."""
    connections = app[CONNECTIONS]

    async def look() -> None:
        if open_files.are_exhausted():
            connections.files_are_exhausted()
        app[SLOW_SOCKETS]()

    async def abort_stalled() -> None:
        connections.abort_stalled()

    watch = Housekeeping(
        [
            Job("looking after connections", look, WATCH_INTERVAL),
            Job("closing stalled connections", abort_stalled, app[STALLED_AFTER]),
        ]
    )
    watch.start()
    yield
    await watch.close()


def _facts(config: Config) -> dict[str, str]:
    """Return the settings that the page has to know before it asks anything."""
    return {
        "mail": "on" if config.mail.host else "off",
        "verified": "required" if config.accounts.require_verified else "optional",
        "registration": config.accounts.registration,
        "domains": " ".join(config.accounts.allowed_domains),
    }


def _read(page: Page) -> None:
    try:
        page.read()
    except PageMissing as missing:
        log.warning("Serving without the page, which `make install` installs: %s", missing)


def storage_of(config: Config, *, create: bool = True) -> Storage:
    """Return what keeps, not yet open; with `create` False it opens only a database that there is already."""
    match config.storage.kind:
        case "memory":
            return MemoryStorage()
        case "sqlite":
            return SqliteStorage(config.storage.file, create=create)
        case "postgresql":
            return PostgresStorage(config.storage.url, create=create)


def _add_accounts(
    app: web.Application, config: Config, storage: Storage, passwords: Passwords, limiter: Limiter, clock: Clock
) -> None:
    """Add what proves who people are, and what tells them of it by mail."""
    sign_ins, address = app[SIGN_INS], config.server.address
    outgoing = app[OUTGOING] = Outgoing(_mailer(config))
    notices = app[NOTICES] = Notices(outgoing, address)
    codes, tries = Codes(storage, limiter, clock, new_id), PasswordTries(limiter)
    proofs = Proofs(storage, passwords, codes, tries)
    links = ResetLinks(storage, clock, address, config.auth.reset_lifetime)
    app[SECOND_FACTORS] = SecondFactors(storage, sign_ins, proofs, codes, notices, clock, new_id)
    app[RESETS] = Resets(storage, sign_ins, passwords, links, notices, clock)
    app[RESET_MAIL] = ResetMail(storage, links, outgoing, limiter)
    rooms, presence, dashboards, profiles = app[ROOMS], app[PRESENCE], app[DASHBOARDS], app[PROFILES]
    if config.storage.kind != "memory":  # which no command reaches
        app[COMMAND_CHANGES] = CommandChanges(storage, sign_ins, presence)
    proving, common = (sign_ins, passwords, proofs, codes, tries, notices), (limiter, clock, new_id)
    rules = app[REGISTRATION] = RegistrationRules(
        config.accounts.registration,
        config.accounts.allowed_domains,
        approval=config.accounts.approval,
        mail=outgoing.is_on,
        verified_only=config.accounts.require_verified,
    )
    invites = app[ACCOUNT_INVITES] = AccountInvites(storage, app[ACCESS], rules, outgoing, address, *common)
    first_admin = app[FIRST_ADMIN] = FirstAdmin(storage, profiles)
    app[PROMOTIONS] = Promotions(
        storage, app[ACCESS], profiles, outgoing, limiter, clock, address, verified_only=outgoing.is_on
    )
    verification = app[VERIFICATION] = VerificationMail(storage, profiles, outgoing, limiter, clock, address)
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
