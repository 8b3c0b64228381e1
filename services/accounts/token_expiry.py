"""The end of the token that a connection came in with: warned of, put off by a newer token, and kept.

The ends stand in one heap, and one timer waits for the first of them: a timer for each connection would cost every
one of them what only those near their end need.
"""

import asyncio
import heapq
import time
from typing import NamedTuple

from domain.base import Timestamp
from domain.clock import stamp
from domain.connections import Connection, ConnectionId
from domain.errors.accounts import AccessTokenInvalid, AnotherPerson
from publisher.broadcast import Broadcast
from services.accounts.sessions import SignIns
from services.accounts.tokens import TokenInvalid

WARNING = 60.0
"""Seconds before the end at which clients are warned; half of a token's lifetime where that is less."""
PATIENCE = 25.0
"""Seconds after the end until the connection is closed."""
LONGEST_WAIT = 600.0
"""Seconds after which a connection is looked at in any case: the wall clock may have been set, or the machine slept."""
MOST_AT_ONCE = 100
"""Connections that are seen to before others have their turn: a class that signed in together ends together."""
FEW = 64
"""Entries of connections that are gone, up to which they are left in the heap in any case."""


class _Entry(NamedTuple):
    """When to see to a connection. The id only tells apart what is due at once; a connection cannot be compared."""

    due: float
    connection_id: ConnectionId
    connection: Connection
    warned: bool


class TokenEnds:
    """Sees to connections whose token ends.

    Args:
        lifetime: seconds that a token is good for.
    """

    def __init__(self, sign_ins: SignIns, broadcast: Broadcast, lifetime: float) -> None:
        self._sign_ins = sign_ins
        self._broadcast = broadcast
        self._warning = min(WARNING, lifetime / 2)
        self._entries: list[_Entry] = []
        self._void = 0  # entries of connections that are gone, or that have another by now
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0

    def __len__(self) -> int:
        return len(self._entries)

    def watch(self, connection: Connection) -> None:
        """See to a connection that has just come in, until it is gone."""
        self._wait(connection, connection.token_expires - self._warning)

    def one_is_gone(self) -> None:
        """Note that a connection is not alive any more."""
        self._void += 1
        if self._void > max(FEW, len(self._entries) / 2):
            self._entries = [entry for entry in self._entries if _is_current(entry)]
            heapq.heapify(self._entries)
            self._void = 0

    async def renew(self, connection: Connection, token: str) -> Timestamp:
        """Have the client go on with another token of the same person, in each namespace, and return its end.

        Raises:
            AccessTokenInvalid: it is not one of ours, or its time is over.
            NotSignedIn: its sign-in was ended.
            AnotherPerson: it is somebody else's.
        """
        try:
            identity = await self._sign_ins.authenticate(token)
        except TokenInvalid:
            raise AccessTokenInvalid from None
        if identity.user.id != connection.user_id:
            raise AnotherPerson
        for one in self._broadcast.of_same_client(connection):
            if one.user_id == connection.user_id:
                self._broadcast.move(one, identity.sign_in_id)
                one.token_expires = identity.token_expires
                self._void += 1
                self.watch(one)
        return stamp(identity.token_expires)

    def _wait(self, connection: Connection, until: float, *, warned: bool = False) -> None:
        """See to the connection at a moment in seconds since the epoch, or at once where that is over."""
        now = asyncio.get_running_loop().time()
        connection.due = due = now + min(max(0.0, until - time.time()), LONGEST_WAIT)
        heapq.heappush(self._entries, _Entry(due, connection.id, connection, warned))
        self._arrange(due)

    def _arrange(self, due: float) -> None:
        if self._timer is not None:
            if self._timer_due <= due:
                return
            self._timer.cancel()
        self._timer_due = due
        self._timer = asyncio.get_running_loop().call_at(due, self._see)

    def _see(self) -> None:
        """See to who is due."""
        self._timer = None
        now = asyncio.get_running_loop().time()
        for _ in range(MOST_AT_ONCE):
            if not self._entries or self._entries[0].due > now:
                break
            entry = heapq.heappop(self._entries)
            if _is_current(entry):
                self._see_to(entry.connection, warned=entry.warned)
            else:
                self._void -= 1
        if self._entries:
            self._arrange(self._entries[0].due)

    def _see_to(self, connection: Connection, *, warned: bool) -> None:
        """Close, warn, or wait, by the wall clock: it may have been set since the time was reckoned."""
        now, end = time.time(), connection.token_expires
        if warned and now < end + PATIENCE:
            self._wait(connection, end + PATIENCE, warned=True)
        elif warned:
            self._void -= 1  # what is gone has no entry any more
            self._broadcast.close_expired(connection)
        elif now < end - self._warning:
            self._wait(connection, end - self._warning)
        else:
            self._broadcast.token_expiring(connection, stamp(end))
            self._wait(connection, end + PATIENCE, warned=True)


def _is_current(entry: _Entry) -> bool:
    return entry.connection.alive and entry.connection.due == entry.due
