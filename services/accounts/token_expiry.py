"""The end of the token that a connection came in with: warned of, put off by a newer token, and kept.

The ends stand in one heap, and one timer waits for the first of them: a timer for each connection would cost every
one of them what only those near their end need.
"""

import asyncio
import heapq
import time
from typing import NamedTuple

from domain.base import Timestamp
from domain.clock import format_timestamp
from domain.connections import Connection, ConnectionId
from domain.errors.accounts import AccessTokenInvalid, AnotherPerson
from publisher.broadcast import EventPublisher
from services.accounts.sessions import Sessions
from services.accounts.tokens import TokenInvalid

WARNING_LEAD_TIME = 60.0
"""Seconds before the end at which clients are warned; half of a token's lifetime where that is less."""
EXPIRY_GRACE = 25.0
"""Seconds after the end until the connection is closed."""
MAX_CHECK_INTERVAL = 600.0
"""Seconds after which a connection is looked at in any case: the wall clock may have been set, or the machine slept."""
BATCH_SIZE = 100
"""Connections that are seen to before others have their turn: a class that signed in together ends together."""
MIN_STALE_TO_COMPACT = 64
"""Entries of connections that are gone, up to which they are left in the heap in any case."""


class _Entry(NamedTuple):
    """When to see to a connection. The id only tells apart what is due at once; a connection cannot be compared."""

    due: float
    connection_id: ConnectionId
    connection: Connection
    warned: bool


class TokenExpiryMonitor:
    """Sees to connections whose token ends.

    Args:
        lifetime: seconds that a token is good for.
    """

    def __init__(self, sessions: Sessions, broadcast: EventPublisher, lifetime: float) -> None:
        self._sessions = sessions
        self._broadcast = broadcast
        self._warning_lead_time = min(WARNING_LEAD_TIME, lifetime / 2)
        self._entries: list[_Entry] = []
        self._stale = 0  # entries of connections that are gone, or that have another by now
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0

    def __len__(self) -> int:
        return len(self._entries)

    def track(self, connection: Connection) -> None:
        """See to a connection that has just come in, until it is gone."""
        self._schedule(connection, connection.token_expires - self._warning_lead_time)

    def note_closed(self) -> None:
        """Note that a connection is not alive any more."""
        self._stale += 1
        if self._stale > max(MIN_STALE_TO_COMPACT, len(self._entries) / 2):
            self._entries = [entry for entry in self._entries if _is_current(entry)]
            heapq.heapify(self._entries)
            self._stale = 0

    async def renew(self, connection: Connection, token: str) -> Timestamp:
        """Have the client go on with another token of the same person, in each namespace, and return its end.

        Raises:
            AccessTokenInvalid: it is not one of ours, or its time is over.
            NotSignedIn: its sign-in was ended.
            AnotherPerson: it is somebody else's.
        """
        try:
            identity = await self._sessions.authenticate(token)
        except TokenInvalid:
            raise AccessTokenInvalid from None
        if identity.user.id != connection.user_id:
            raise AnotherPerson
        for one in self._broadcast.sibling_connections(connection):
            if one.user_id == connection.user_id:
                self._broadcast.rebind_session(one, identity.session_id)
                one.token_expires = identity.token_expires
                self._stale += 1
                self.track(one)
        return format_timestamp(identity.token_expires)

    def _schedule(self, connection: Connection, until: float, *, warned: bool = False) -> None:
        """See to the connection at a moment in seconds since the epoch, or at once where that is over."""
        now = asyncio.get_running_loop().time()
        connection.check_at = due = now + min(max(0.0, until - time.time()), MAX_CHECK_INTERVAL)
        heapq.heappush(self._entries, _Entry(due, connection.id, connection, warned))
        self._arm_timer(due)

    def _arm_timer(self, due: float) -> None:
        if self._timer is not None:
            if self._timer_due <= due:
                return
            self._timer.cancel()
        self._timer_due = due
        self._timer = asyncio.get_running_loop().call_at(due, self._run_due)

    def _run_due(self) -> None:
        """See to who is due."""
        self._timer = None
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
            self._arm_timer(self._entries[0].due)

    def _check(self, connection: Connection, *, warned: bool) -> None:
        """Close, warn, or wait, by the wall clock: it may have been set since the time was reckoned."""
        now, end = time.time(), connection.token_expires
        if warned and now < end + EXPIRY_GRACE:
            self._schedule(connection, end + EXPIRY_GRACE, warned=True)
        elif warned:
            self._stale -= 1  # what is gone has no entry any more
            self._broadcast.drop_expired(connection)
        elif now < end - self._warning_lead_time:
            self._schedule(connection, end - self._warning_lead_time)
        else:
            self._broadcast.token_expiring(connection, format_timestamp(end))
            self._schedule(connection, end + EXPIRY_GRACE, warned=True)


def _is_current(entry: _Entry) -> bool:
    return entry.connection.alive and entry.connection.check_at == entry.due
