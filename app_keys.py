"""What the edges find in the application.

Keys compare by identity, so they cannot live in server.py, which runs as `__main__`.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from http_connections import Connections
from logs import Sparingly
from models import Identity
from networks import Tally
from origins import Origins
from page import File, Page
from services.access import Access
from services.account_invites import AccountInvites
from services.accounts import Accounts
from services.activity import Activity
from services.command_changes import CommandChanges
from services.dashboards import Dashboards
from services.exports import Exports
from services.first_admin import FirstAdmin
from services.health import Health
from services.invites import Invites
from services.limits import Buckets
from services.messages import Messages
from services.moderation import Moderation
from services.notices import Notices
from services.outgoing import Outgoing
from services.people import People
from services.presence import Presence
from services.profiles import Profiles
from services.promotions import Promotions
from services.public_notices import PublicNotices
from services.registration import RegistrationRules
from services.reports import Reports
from services.reset_mail import ResetMail
from services.resets import Resets
from services.retention import Retention
from services.room_views import RoomViews
from services.rooms import Rooms
from services.second_factors import SecondFactors
from services.server_rooms import ServerRooms
from services.sign_ins import SignIns
from services.token_ends import TokenEnds
from services.verification import VerificationMail
from transit import Transit

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
