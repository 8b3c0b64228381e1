"""Expiry of access tokens of connections: warn the client, accept a newer token, or disconnect.

All deadlines are in one heap with one timer: a timer for each connection would cost memory in every connection, though
only connections near their deadline need one.
"""

import asyncio
import heapq
import time
from typing import NamedTuple

from domain.base import Timestamp
from domain.clock import format_timestamp
from domain.connections import Connection, ConnectionId
from domain.errors.accounts import AccessTokenInvalid, AnotherPerson
from domain.events import TokenExpiring
from publisher.publisher import EventPublisher
from runtime.earliest_timer import EarliestTimer
from services.accounts.sessions import Sessions
from services.accounts.tokens import TokenInvalid

WARNING_LEAD_TIME = 60.0
"""Seconds before expiry at which clients are warned, or half of a token's lifetime if that is less."""
EXPIRY_GRACE = 25.0
"""Seconds after expiry until the connection is closed."""
MAX_CHECK_INTERVAL = 600.0
"""Maximum of seconds between two checks of a connection: the wall clock may be set, or the machine may sleep."""
BATCH_SIZE = 100
"""Connections handled before the event loop runs others: a class that signed in together expires together."""
MIN_STALE_TO_COMPACT = 64
"""Stale entries that may stay in the heap in any case."""


class _Entry(NamedTuple):
    """Time of the next check of a connection. The id breaks ties, because connections are not comparable."""

    due: float
    connection_id: ConnectionId
    connection: Connection
    warned: bool


class TokenExpiryMonitor:
    """Watches the expiry of connections' tokens.

    Args:
        lifetime: lifetime of a token in seconds.
    """

    def __init__(self, sessions: Sessions, publisher: EventPublisher, lifetime: float) -> None:
        self._sessions = sessions
        self._publisher = publisher
        self._warning_lead_time = min(WARNING_LEAD_TIME, lifetime / 2)
        self._entries: list[_Entry] = []
        self._stale = 0  # entries of closed connections, and replaced entries
        self._timer = EarliestTimer(self._run_due)

    def __len__(self) -> int:
        return len(self._entries)

    def track(self, connection: Connection) -> None:
        """Watch a new connection until it is closed."""
        self._schedule(connection, connection.token_expires - self._warning_lead_time)

    def note_closed(self) -> None:
        """Count the entry of a closed connection as stale; compact the heap if stale ones are the majority."""
        self._stale += 1
        if self._stale > max(MIN_STALE_TO_COMPACT, len(self._entries) / 2):
            self._entries = [entry for entry in self._entries if _is_current(entry)]
            heapq.heapify(self._entries)
            self._stale = 0

    async def renew(self, connection: Connection, token: str) -> Timestamp:
        """Replace the token of the client, in each of its namespaces, and return the new expiry.

        Raises:
            AccessTokenInvalid: the token is not valid or expired.
            NotSignedIn: its session was revoked.
            AnotherPerson: it is another user's.
        """
        try:
            identity = await self._sessions.authenticate(token)
        except TokenInvalid:
            raise AccessTokenInvalid from None
        if identity.user.id != connection.user_id:
            raise AnotherPerson
        for one in self._publisher.sibling_connections(connection):
            if one.user_id == connection.user_id:
                self._publisher.rebind_session(one, identity.session_id)
                one.token_expires = identity.token_expires
                self._stale += 1
                self.track(one)
        return format_timestamp(identity.token_expires)

    def _schedule(self, connection: Connection, until: float, *, warned: bool = False) -> None:
        """Schedule a check of the connection at `until`, in Unix time in seconds, or at once if that is over."""
        now = asyncio.get_running_loop().time()
        connection.check_at = due = now + min(max(0.0, until - time.time()), MAX_CHECK_INTERVAL)
        heapq.heappush(self._entries, _Entry(due, connection.id, connection, warned))
        self._timer.schedule(due)

    def _run_due(self) -> None:
        """Check the connections that are due."""
        now = asyncio.get_running_loop().time()
        for _ in range(BATCH_SIZE):
            if not self._entries or self._entries[0].due > now:
                break
            entry = heapq.heappop(self._entries)
            if _is_current(entry):
                self._check(entry.connection, warned=entry.warned)
            else:
                self._stale -= 1
        if self._entries:
            self._timer.schedule(self._entries[0].due)

    def _check(self, connection: Connection, *, warned: bool) -> None:
        """Disconnect, warn or wait, by the wall clock, which may have been set since the check was scheduled."""
        now, end = time.time(), connection.token_expires
        if warned and now < end + EXPIRY_GRACE:
            self._schedule(connection, end + EXPIRY_GRACE, warned=True)
        elif warned:
            self._stale -= 1  # a disconnected connection has no entry any more
            self._publisher.drop_expired(connection)
        elif now < end - self._warning_lead_time:
            self._schedule(connection, end - self._warning_lead_time)
        else:
            self._publisher.send(connection, TokenExpiring(format_timestamp(end)))
            self._schedule(connection, end + EXPIRY_GRACE, warned=True)


def _is_current(entry: _Entry) -> bool:
    return entry.connection.alive and entry.connection.check_at == entry.due
