"""Keys of the application under which handlers find services.

Keys compare by identity, so they cannot live in server.py, which runs as `__main__`.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from domain.accounts import Identity
from runtime.addresses import NetworkCounter
from runtime.buffered_bytes import BufferBudget
from runtime.http_connections import HttpConnections
from runtime.logs import ThrottledLogger
from runtime.mail_queue import MailQueue
from runtime.origins import Origins
from runtime.rate_limits import TokenBuckets
from runtime.web_assets import StaticFile, WebAssets
from services.access import RoomAccess
from services.accounts.accounts import Accounts
from services.accounts.email_verification import EmailVerifier
from services.accounts.export import Exporter
from services.accounts.first_admin import FirstAdminLink
from services.accounts.invites import AccountInvites
from services.accounts.password_reset import PasswordResets
from services.accounts.password_reset_email import PasswordResetEmails
from services.accounts.profiles import Profiles
from services.accounts.registration_rules import RegistrationRules
from services.accounts.security_emails import SecurityEmails
from services.accounts.sessions import Sessions
from services.accounts.token_expiry import TokenExpiryMonitor
from services.accounts.two_factor import TwoFactor
from services.admin.announcements import Announcements
from services.admin.command_changes import RevocationPoller
from services.admin.health import Health
from services.admin.promotions import Promotions
from services.admin.rooms import RoomAdmin
from services.admin.users import UserAdmin
from services.messages.messages import Messages
from services.messages.retention import Retention
from services.moderation.moderation import Moderation
from services.moderation.reports import Reports
from services.presence.activity import Activity
from services.presence.dashboard import Dashboards
from services.presence.presence import Presence
from services.rooms.invites import Invites
from services.rooms.rooms import Rooms
from services.rooms.views import RoomViews

ACCOUNTS = web.AppKey("accounts", Accounts)
REGISTRATION = web.AppKey("registration", RegistrationRules)
COMMAND_CHANGES = web.AppKey("command_changes", RevocationPoller)
ACCOUNT_INVITES = web.AppKey("account_invites", AccountInvites)
FIRST_ADMIN = web.AppKey("first_admin", FirstAdminLink)
ANNOUNCEMENTS = web.AppKey("public_notices", Announcements)
SECURITY_EMAILS = web.AppKey("notices", SecurityEmails)
PROMOTIONS = web.AppKey("promotions", Promotions)
USER_ADMIN = web.AppKey("people", UserAdmin)
SERVER_ROOMS = web.AppKey("server_rooms", RoomAdmin)
REPORTS = web.AppKey("reports", Reports)
RESETS = web.AppKey("resets", PasswordResets)
RESET_MAIL = web.AppKey("reset_mail", PasswordResetEmails)
VERIFICATION = web.AppKey("verification", EmailVerifier)
MAIL_QUEUE = web.AppKey("outgoing", MailQueue)
SECOND_FACTORS = web.AppKey("second_factors", TwoFactor)
SESSIONS = web.AppKey("sign_ins", Sessions)
TOKEN_EXPIRY = web.AppKey("token_ends", TokenExpiryMonitor)
ACCESS = web.AppKey("access", RoomAccess)
ROOM_VIEWS = web.AppKey("room_views", RoomViews)
ROOMS = web.AppKey("rooms", Rooms)
INVITES = web.AppKey("invites", Invites)
MODERATION = web.AppKey("moderation", Moderation)
MESSAGES = web.AppKey("messages", Messages)
RETENTION = web.AppKey("retention", Retention)
ACTIVITY = web.AppKey("activity", Activity)
PROFILES = web.AppKey("profiles", Profiles)
PRESENCE = web.AppKey("presence", Presence)
DASHBOARDS = web.AppKey("dashboards", Dashboards)
EXPORTS = web.AppKey("exports", Exporter)
HEALTH = web.AppKey("health", Health)
BUFFER_BUDGET = web.AppKey("transit", BufferBudget)
"""Bytes that are buffered for clients that do not read, or do not complete their requests."""
HTTP_CONNECTIONS = web.AppKey("connections", HttpConnections)
"""HTTP connections."""
CHECK_SLOW_SOCKETS: web.AppKey[Callable[[], None]] = web.AppKey("slow_sockets")
"""Disconnects slow consumers: sockets of clients that do not read."""
STALL_TIMEOUT = web.AppKey("stalled_after", float)
"""Seconds within which a client must read part of a response."""
PROBE_TOKEN = web.AppKey("probe_token", str)
"""Token with which a remote probe gets a fresh result; "" for none."""
WEB_ASSETS = web.AppKey("page", WebAssets)
API_DOCS = web.AppKey("documents", Mapping[str, StaticFile])
"""API documents by file name."""
GAUGES = web.AppKey("counts", Mapping[str, Callable[[], int]])
DRAIN: web.AppKey[Callable[[], Awaitable[None]]] = web.AppKey("finish")
"""Answers events received over sockets while polling clients can still fetch the answers."""
TRUSTED_PROXIES = web.AppKey("trusted_proxies", tuple[str, ...])
BASE = web.AppKey("base", str)
"""Path below which browsers find the server, such as "/study"; "" for none."""
HSTS = web.AppKey("hsts", bool)
"""True if responses over HTTPS have the header Strict-Transport-Security."""
ORIGINS = web.AppKey("origins", Origins)
"""Origins allowed to use the server from their pages."""
REJECTION_LOG = web.AppKey("refusals", ThrottledLogger)
"""Logs rejected requests."""
REQUEST_RATE = web.AppKey("request_rate", TokenBuckets)
"""Rate limit of HTTP requests per user."""
IN_FLIGHT_REQUESTS = web.AppKey("running", NetworkCounter)
"""Number of requests in flight of each address."""

CALLER = web.RequestKey("caller", Identity)
"""The authenticated user, on every route that requires a token."""
ADDRESS = web.RequestKey("address", str)
"""Address of the client."""
REQUEST_ID = web.RequestKey("request_id", str)
"""Id of the request in responses and logs."""
