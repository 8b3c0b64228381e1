"""What the edges find in the application.

Keys compare by identity, so they cannot live in server.py, which runs as `__main__`.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from domain.accounts import Identity
from runtime.addresses import Tally
from runtime.buffered_bytes import Transit
from runtime.http_connections import Connections
from runtime.logs import Sparingly
from runtime.mail_queue import Outgoing
from runtime.origins import Origins
from runtime.rate_limits import Buckets
from runtime.web_assets import File, Page
from services.access import Access
from services.accounts.accounts import Accounts
from services.accounts.email_verification import VerificationMail
from services.accounts.export import Exports
from services.accounts.first_admin import FirstAdmin
from services.accounts.invites import AccountInvites
from services.accounts.password_reset import Resets
from services.accounts.password_reset_email import ResetMail
from services.accounts.profiles import Profiles
from services.accounts.registration_rules import RegistrationRules
from services.accounts.security_emails import Notices
from services.accounts.sessions import SignIns
from services.accounts.token_expiry import TokenEnds
from services.accounts.two_factor import SecondFactors
from services.admin.announcements import PublicNotices
from services.admin.command_changes import CommandChanges
from services.admin.health import Health
from services.admin.promotions import Promotions
from services.admin.rooms import ServerRooms
from services.admin.users import People
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
COMMAND_CHANGES = web.AppKey("command_changes", CommandChanges)
ACCOUNT_INVITES = web.AppKey("account_invites", AccountInvites)
FIRST_ADMIN = web.AppKey("first_admin", FirstAdmin)
PUBLIC_NOTICES = web.AppKey("public_notices", PublicNotices)
NOTICES = web.AppKey("notices", Notices)
PROMOTIONS = web.AppKey("promotions", Promotions)
PEOPLE = web.AppKey("people", People)
SERVER_ROOMS = web.AppKey("server_rooms", ServerRooms)
REPORTS = web.AppKey("reports", Reports)
RESETS = web.AppKey("resets", Resets)
RESET_MAIL = web.AppKey("reset_mail", ResetMail)
VERIFICATION = web.AppKey("verification", VerificationMail)
OUTGOING = web.AppKey("outgoing", Outgoing)
SECOND_FACTORS = web.AppKey("second_factors", SecondFactors)
SIGN_INS = web.AppKey("sign_ins", SignIns)
TOKEN_ENDS = web.AppKey("token_ends", TokenEnds)
ACCESS = web.AppKey("access", Access)
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
EXPORTS = web.AppKey("exports", Exports)
HEALTH = web.AppKey("health", Health)
TRANSIT = web.AppKey("transit", Transit)
"""Bytes that are held for clients that do not read, or do not finish."""
CONNECTIONS = web.AppKey("connections", Connections)
"""Connections of HTTP."""
SLOW_SOCKETS: web.AppKey[Callable[[], None]] = web.AppKey("slow_sockets")
"""Looks after sockets of clients that do not read."""
STALLED_AFTER = web.AppKey("stalled_after", float)
"""Seconds in which a client must read something of an answer."""
PROBE_TOKEN = web.AppKey("probe_token", str)
"""Token with which a probe elsewhere gets a fresh answer; "" for none."""
PAGE = web.AppKey("page", Page)
DOCUMENTS = web.AppKey("documents", Mapping[str, File])
"""What describes the API, by the name of the file."""
COUNTS = web.AppKey("counts", Mapping[str, Callable[[], int]])
FINISH: web.AppKey[Callable[[], Awaitable[None]]] = web.AppKey("finish")
"""Answers what came over sockets, while those who poll for it still can."""
TRUSTED_PROXIES = web.AppKey("trusted_proxies", tuple[str, ...])
BASE = web.AppKey("base", str)
"""Path below which browsers find the server, such as "/study"; "" for none."""
HSTS = web.AppKey("hsts", bool)
"""Whether browsers are told to come encrypted alone, where they do."""
ORIGINS = web.AppKey("origins", Origins)
"""Pages that may use the server."""
REFUSAL_LOG = web.AppKey("refusals", Sparingly)
"""Writes down who is refused."""
REQUEST_RATE = web.AppKey("request_rate", Buckets)
"""Counts the HTTP requests of each user."""
RUNNING = web.AppKey("running", Tally)
"""Requests of each address that are on their way to an answer."""

CALLER = web.RequestKey("caller", Identity)
"""Who asks, on every route that wants a token."""
ADDRESS = web.RequestKey("address", str)
"""Where the request came from."""
REQUEST_ID = web.RequestKey("request_id", str)
"""Names the request in answers and logs."""
