"""One client's connection to one namespace, in words that the socket engine, the edge and the services share."""

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeAlias

from domain.base import Record, SignInId, Timestamp, UserId
from domain.errors.base import AppError

ConnectionId: TypeAlias = str

PERSONAL = "/"
"""The namespace for what concerns one person."""
CHAT = "/chat"
"""The namespace for rooms."""
REFUSALS = {
    "token_required": "Authentication token is required",
    "token_invalid": "Authentication failed",
    "not_signed_in": "Invalid authentication token",
    "account_pending": "An admin has to approve this account first",
    "storage_unavailable": "Authentication failed",
    "internal_error": "Authentication failed",
    "too_many_connections": "Too many connections",
    "invalid_namespace": "Unable to connect",
}
"""Why a client is not let in: code → message, the first three in the seed's words."""


class Connection:
    """A client in a namespace. `user_id` and `sign_in_id` are set before it is let in; who is put out has no sign-in.

    Attributes:
        id: names it among all connections; made anew for each.
        token_expires: when the token that it came in with ends, in seconds since the epoch. Set before, too.
        due: when to look at that again, on the loop's clock.
        address: where it was opened from.
        alive: True from when the client is let in until it is gone, and never again. Look after each await before
            writing it down anywhere.
        on_purpose: whether the client, or the end of its session, disconnected it. A connection that is gone
            otherwise was lost, and its client may come back.
    """

    __slots__ = ("address", "alive", "due", "id", "namespace", "on_purpose", "sign_in_id", "token_expires", "user_id")

    def __init__(self, connection_id: ConnectionId, namespace: str) -> None:
        self.id = connection_id
        self.namespace = namespace
        self.address = ""
        self.user_id: UserId = ""
        self.sign_in_id: SignInId = ""
        self.token_expires = self.due = 0.0
        self.alive = self.on_purpose = False


class Admitted(Record, frozen=True):
    """What a client is told that is let in: the id of its connection, and when its token ends."""

    sid: ConnectionId
    token_expires: Timestamp


class Refused(Exception):
    """A client is not let in. `code`, of `REFUSALS`, is for programs; `message` is what its `connect_error` says."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.message = REFUSALS[code]
        super().__init__(self.message)


Answer: TypeAlias = Record
"""What an ack says."""


class Gate(Protocol):
    """What the socket engine asks of the edge above it."""

    async def admit(self, connection: Connection, auth: Any) -> Admitted:
        """Let the client in, set who it is, and return what it is told; or raise `Refused`. `auth` is any JSON."""

    def opened(self, connection: Connection) -> None:
        """Note that the client was told that it is in."""

    async def receive(
        self, connection: Connection, event: str, arguments: Sequence[Any] | AppError, came: float, *, wants_ack: bool
    ) -> Answer | Coroutine[Any, Any, Answer | None] | None:
        """Handle one event and return what its ack says; never raises, and returns within 5 s of its coming.

        May return a coroutine of that instead: then the client's next event may be handled meanwhile.

        Args:
            connection: who sent it; its events come one after the other, in the order sent.
            event: the event's name, "" where it could not be read.
            arguments: what came with it, any JSON, or why it could not be read.
            came: when it came, in seconds of the loop's clock; it may have waited for others since.
            wants_ack: whether the client asked for an ack.
        """

    def refuse(self, connection: Connection, event: str, failure: AppError, *, wants_ack: bool) -> Answer | None:
        """Answer an event that is not to be handled, at once, and return what its ack says."""

    def closed(self, connection: Connection) -> None:
        """Note that the client is gone. Said once for each client that was `opened`."""
