"""Bounds of memory: each container that can grow while the server runs is in a table, with what bounds it.

A container that is not in the table fails the test: say what bounds it, or bound it. "Entries" are bounded by a number,
the others follow what is bounded elsewhere.
"""

import ast

import pytest

from runtime.addresses import NetworkCounter
from runtime.cache import BoundedMemoryBackend
from runtime.logs import _MAX_TRACKED, ThrottledLogger
from runtime.rate_limits import TokenBuckets
from tests.support.paths import ROOT, find_files
from text.confusables import skeletons

GROWING = {"dict", "list", "set", "deque", "Counter", "OrderedDict", "defaultdict", "WeakValueDictionary", "array"}
MEMOISING = {"cache", "lru_cache"}
OUTSIDE = ("tests", "bench", "chaos", "web", "deploy", "storage/memory", "api_docs", "build", "docs")
"""storage/memory is a database; api_docs/ and the rest are made once at the start or not served."""

CLIENTS = "connected clients: [socket] connections_per_address, and the time to join"
SENT = "[socket] max_waiting_bytes and max_waiting_packets of a client"
REQUESTS = "requests at once: [server] requests_per_address"
BACKLOG = "a LoadShedder: what is done in a second or two"
PRESENT = "users present in rooms, and for `grace` seconds after"
CONNECTED = "users with a connection to /chat, and for 5 minutes after"
START = "made at the start"

BOUNDS = {
    "services/accounts/tokens.py Tokens._verified": "MAX_CACHED_TOKENS entries",
    "runtime/cache.py BoundedMemoryBackend._entries": "[cache] max_entries",
    "runtime/cache.py _InFlight.changes": "writes during one read",
    "runtime/cache.py Cache._in_flight": "reads that run: " + BACKLOG,
    "runtime/shielded_tasks.py ShieldedTasks._running": "reads and writes that run: " + BACKLOG,
    "domain/clock.py lru_cache": "maxsize",
    "domain/field_errors.py cache": "fields of the API",
    "domain/study/days.py lru_cache": "maxsize",
    "domain/study/leaderboard.py lru_cache": "maxsize",
    "domain/time_zones.py cache": "zones of tzdata",
    "handlers/client_address.py lru_cache": "maxsize, addresses of up to 64 characters",
    "runtime/http_connections.py HttpConnections._idle": "[server] idle_connections",
    "runtime/http_connections.py HttpConnections._of_network": "[server] idle_connections",
    "runtime/logs.py _RepeatFilter._written": "wordings of the socket engine, named in our code",
    "runtime/logs.py LogThrottle._last_logged": "_MAX_TRACKED entries",
    "runtime/addresses.py NetworkCounter._held": "what is held: clients, requests",
    "runtime/addresses.py lru_cache": "maxsize, addresses of up to 64 characters",
    "text/confusables.py lru_cache": "maxsize, names of up to 50 characters",
    "runtime/rate_limits.py lru_cache": "maxsize, rates of the settings",
    "services/background.py BackgroundJobs._tasks": START,
    "services/container.py Services._started": START,
    "runtime/rate_limits.py _Windows._hits": "[limits] max_windows, and 25 times as many hits",
    "services/accounts/known_addresses.py KnownLocations._locations": "MAX_KNOWN_EMAILS and MAX_LOCATIONS_PER_EMAIL",
    "runtime/rate_limits.py TokenBuckets._full_at": "users of the last period, looked through when doubled",
    "services/accounts/reserved_names.py cache": START,
    "services/rooms/lookalikes.py lru_cache": "maxsize, names of up to 50 characters",
    "services/accounts/security_emails.py SecurityEmails._pending": "MAX_RECIPIENTS entries",
    "services/accounts/security_emails.py _PendingEvents.events": "MAX_LISTED_EVENTS entries",
    "runtime/mail_queue.py MailQueue._sent": "mails of the last hour, sent one after the other",
    "services/admin/announcements.py Announcements._active": "MAX_ACTIVE entries",
    "runtime/mail_queue.py MailQueue._bulk": "MAX_QUEUE_LENGTH entries, with those of _urgent",
    "runtime/mail_queue.py MailQueue._urgent": "MAX_QUEUE_LENGTH entries, with those of _bulk",
    "runtime/key_locks.py KeyLocks._locks": REQUESTS,
    "runtime/throttle.py Throttle._latest": "rooms with something new in the interval",
    "runtime/throttle.py Throttle._running": "rooms with something new in the interval",
    "runtime/throttle.py Throttle._cooling_down": "rooms with something new in the interval",
    "services/presence/presence.py Presence._profiles": PRESENT,
    "services/presence/presence.py Presence._user_json": PRESENT,
    "services/presence/presence.py Presence.observers": START,
    "domain/study/focus_tracker.py FocusTracker._users": CONNECTED,
    "domain/study/focus_tracker.py FocusTracker._phases": "rooms with a focus phase",
    "domain/study/focus_tracker.py FocusTracker._by_room": CONNECTED,
    "domain/study/focus_tracker.py FocusTracker._deadlines": CONNECTED,
    "domain/study/focus_tracker.py _Phase.opted_out": "users of the room, until the phase ends",
    **{
        f"domain/study/totals.py _Sums.{name}": "sessions of one write, or of one user"
        for name in ("days", "streaks", "rooms", "tasks", "hours", "room_totals")
    },
    "domain/study/focus_user.py UserFocus.connections": CLIENTS,
    "domain/study/focus_user.py UserFocus.rooms": CLIENTS,
    "domain/study/focus_user.py UserFocus.indexed": CLIENTS,
    "services/study/focus_changes.py FocusChanges._to_push": CONNECTED,
    "services/study/focus_writer.py FocusWriter._pending": "sessions that changed since the last write",
    "services/accounts/profiles.py Profiles._current_senders": "MAX_RENAMED entries",
    "services/presence/tracker.py _RoomState.users": PRESENT,
    "services/presence/tracker.py _UserInRoom.connections": CLIENTS,
    "services/presence/tracker.py _ConnectionState.presences": PRESENT,
    "services/presence/tracker.py PresenceTracker._rooms": PRESENT,
    "services/presence/tracker.py PresenceTracker._users": PRESENT,
    "services/presence/tracker.py PresenceTracker._connections": CLIENTS,
    "services/presence/tracker.py PresenceTracker._dirty": PRESENT,
    "services/presence/tracker.py PresenceTracker._in_grace": PRESENT,
    "services/presence/tracker.py PresenceTracker._by_activity": PRESENT,
    "services/study/focus_changes.py FocusChanges._subscribers": START,
    "services/study/room_focus.py RoomFocus._rooms": PRESENT,
    **{
        f"services/study/room_focus.py _Room.{name}": "members of the room, until it is empty"
        for name in ("members", "seconds", "last")
    },
    "services/study/active_timers.py ActiveTimers._timers": "timers that are not idle: empty rooms' stop in 4 hours",
    "services/study/empty_rooms.py EmptyRooms._marks": "rooms with such a timer",
    "services/study/timers.py Timers._versions": "MAX_KNOWN_VERSIONS entries",
    "services/study/timers.py Timers._subscribers": START,
    "services/study/timers.py Timers._stopping": "stops that are being stored: " + BACKLOG,
    "services/accounts/token_expiry.py TokenExpiryMonitor._entries": CLIENTS,
    "services/messages/writer.py MessageWriter._last_announced": "MAX_TRACKED_ROOMS entries",
    "services/messages/writer.py MessageWriter._pending": BACKLOG,
    "services/messages/commit_lanes.py CommitLane.queue": BACKLOG,
    "services/messages/commit_lanes.py CommitLane.releases": "rooms whose phase has just changed",
    "services/messages/held_messages.py HeldMessages._tasks": "rooms whose phase has just changed",
    "socket_engine/hub.py Hub.connections": CLIENTS,
    "socket_engine/hub.py Hub.subscribers": CLIENTS,
    "socket_engine/hub.py Hub._rooms_of": CLIENTS,
    "socket_engine/receive_queue.py ReceiveQueue._jobs": "MAX_WAITING packets, MAX_CHARACTERS",
    "socket_engine/read_scheduler.py ReadScheduler._paused": "256,000 bytes of each client at most, not read meanwhile",
    "socket_engine/send_queue.py FlushScheduler._scheduled": CLIENTS,
    "socket_engine/send_queue.py FlushScheduler._deferred": CLIENTS,
    "socket_engine/send_queue.py SendQueue._queue": SENT,
    "socket_engine/packets.py lru_cache": "maxsize, namespaces of up to 100 characters",
    "socket_engine/polling.py BodyReader._timeouts": CLIENTS,
    "socket_engine/connection_lifecycle.py ConnectionLifecycle._connections_per_user": CLIENTS,
    "socket_engine/packet_receiver.py PacketReceiver._tasks": BACKLOG,
    "socket_engine/engine_session.py EngineSession.connections": "two namespaces",
    "socket_engine/engine_session.py EngineSession.in_flight": "MAX_IN_FLIGHT",
    "socket_engine/engine_server.py EngineServer.sockets": CLIENTS,
    "socket_engine/engine_server.py EngineServer._web_sockets": CLIENTS,
    "socket_events/deadline.py EventTimeouts._deadlines": BACKLOG,
    "runtime/buffered_bytes.py BufferBudget._users": "what is held: [server] bytes_in_all",
    "runtime/http_connections.py HttpConnections._open": "[server] max_connections",
    "socket_engine/send_queue.py FlushScheduler._slow": CLIENTS,
    "runtime/change_versions.py ChangeVersions._recent": "MAX_TAGS entries",
    "runtime/change_versions.py ChangeVersions._older": "MAX_TAGS entries",
    "runtime/change_versions.py ChangeVersions._held": "MAX_HELD_TAGS entries",
    "storage/base/changes.py ChangeFeed._subscribers": START,
    "storage/base/changes.py ChangeFeed._unsettled": "writes that failed in the last `settle_time` seconds: " + BACKLOG,
    "storage/lookups.py Lookups._releases": "as ChangeFeed._unsettled",
    "storage/postgres/database.py PostgresDatabase._idle": "the pool's connections",
    "storage/postgres/database.py PostgresDatabase._parameters": "parts of [storage] url",
    "storage/postgres/readiness.py cache": START,
    "storage/postgres/batch_loader.py BatchLoader._pending": BACKLOG,
    "storage/sqlite/database.py SqliteDatabase._connections": "one for writing, some for reading",
}


def _named(node: ast.expr) -> str:
    """Return the name that is called or subscripted: `OrderedDict[str, int]()` is "OrderedDict"."""
    match node:
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return _named(inner)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _can_grow(value: ast.expr | None) -> bool:
    match value:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case ast.Call() if _named(value) == "BoundedDict":  # bounded, so that the table has its bound
            return True
        case ast.Call(args=[]) | ast.Call(args=[ast.List(elts=[])]):
            return _named(value) in GROWING
    return False


def _begun_empty(node: ast.Assign | ast.AnnAssign) -> set[str]:
    """Return the attributes of `self` that an assignment makes empty containers."""
    pairs = [(target, node.value) for target in (node.targets if isinstance(node, ast.Assign) else [node.target])]
    for target, value in list(pairs):
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs += zip(target.elts, value.elts, strict=False)
    attributes = [target for target, value in pairs if isinstance(target, ast.Attribute) and _can_grow(value)]
    return {target.attr for target in attributes if _named(target.value) == "self"}


def growing(source: str) -> set[str]:
    """Return what can grow in a module: attributes that begin empty, by their class, and functions that memoise."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found |= {_named(decorator) for decorator in node.decorator_list} & MEMOISING
        if not isinstance(node, ast.ClassDef):
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Assign | ast.AnnAssign):
                found |= {f"{node.name}.{name}" for name in _begun_empty(inner)}
    return found


def _modules() -> dict[str, str]:
    files = {file.relative_to(ROOT).as_posix(): file for file in find_files("*.py")}
    outside = tuple(f"{folder}/" for folder in (".ci", *OUTSIDE))
    return {name: file.read_text("utf-8") for name, file in files.items() if not name.startswith(outside)}


def test_modules_are_found():
    assert len(_modules()) > 150
    assert {folder for folder in OUTSIDE if folder != "build" and not (ROOT / folder).is_dir()} == set()


def test_every_container_that_can_grow_has_a_bound():
    found = {f"{module} {what}" for module, source in _modules().items() for what in growing(source)}
    unsaid, gone = found - BOUNDS.keys(), BOUNDS.keys() - found
    assert (sorted(unsaid), sorted(gone)) == ([], [])


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n def f(self):\n  self.x = {}",
        "class A:\n def f(self):\n  self.x: dict[str, int] = dict()",
        "class A:\n def f(self):\n  self.x, self.y = OrderedDict(), 1",
        "class A:\n def f(self):\n  self.x: BoundedDict[str, int] = BoundedDict(MAX_NAMES)",
        "class A:\n def f(self):\n  self.x = collections.defaultdict[str, int]()",
    ],
)
def test_containers_are_found_however_they_are_written(source):
    assert "A.x" in growing(source)


# Those that clients fill, and that are bounded by a number of their own; the limiter's are in unit/test_limits.py


async def _cache():
    cache = BoundedMemoryBackend(100)
    for number in range(1000):
        cache.put(f"user:{number}", None, 60)
    return len(cache), 100


async def _told():
    told = ThrottledLogger()
    for number in range(2 * _MAX_TRACKED + 10):
        told.log("forbidden", address=str(number))
    return len(told), _MAX_TRACKED


async def _buckets():
    seconds = [0.0]
    buckets = TokenBuckets("100/2 seconds", lambda: seconds[0])
    for number in range(100_000):
        seconds[0] += 0.001  # 20 of them at a time
        buckets.take(str(number))
    return len(buckets._full_at), 1024


async def _names():
    for number in range(20_100):
        skeletons(f"Ada {number}")
    return skeletons.cache_info().currsize, 20_000


async def _tally():
    tally = NetworkCounter(10)
    for number in range(1000):
        tally.add(f"2001:db8:{number:x}::1")
        tally.remove(f"2001:db8:{number:x}::1")
    return len(tally), 0


@pytest.mark.parametrize("fill", [_cache, _told, _buckets, _names, _tally])
async def test_entries_that_clients_choose_end_at_their_bound(fill):
    count, bound = await fill()
    assert count <= bound
