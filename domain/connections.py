"""One client's connection to one namespace, in words that the socket engine, the edge and the services share."""

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeAlias

from domain.base import Record, SessionId, Timestamp, UserId
from domain.errors.base import AppError

ConnectionId: TypeAlias = str

PERSONAL = "/"
"""The namespace for what concerns one person."""
CHAT = "/chat"
"""The namespace for rooms."""
CONNECT_ERRORS = {
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
    """A client in a namespace. `user_id` and `session_id` are set before it is let in; who is put out has no sign-in.

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

    __slots__ = (
        "address",
        "alive",
        "check_at",
        "id",
        "intentional",
        "namespace",
        "session_id",
        "token_expires",
        "user_id",
    )

    def __init__(self, connection_id: ConnectionId, namespace: str) -> None:
        self.id = connection_id
        self.namespace = namespace
        self.address = ""
        self.user_id: UserId = ""
        self.session_id: SessionId = ""
        self.token_expires = self.check_at = 0.0
        self.alive = self.intentional = False


class ConnectAck(Record, frozen=True):
    """What a client is told that is let in: the id of its connection, and when its token ends."""

    sid: ConnectionId
    token_expires: Timestamp


class ConnectError(Exception):
    """A client is rejected. `code`, of `CONNECT_ERRORS`, is for programs; `connect_error` has `message`."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.message = CONNECT_ERRORS[code]
        super().__init__(self.message)


AckPayload: TypeAlias = Record
"""What an ack says."""


class ConnectionHandler(Protocol):
    """What the socket engine asks of the edge above it."""

    async def authenticate(self, connection: Connection, auth: Any) -> ConnectAck:
        """Let the client in, set who it is, and return what it is told; or raise `ConnectError`. `auth` is any JSON."""

    def on_connected(self, connection: Connection) -> None:
        """Note that the client was told that it is in."""

    async def on_event(
        self,
        connection: Connection,
        event: str,
        arguments: Sequence[Any] | AppError,
        received_at: float,
        *,
        wants_ack: bool,
    ) -> AckPayload | Coroutine[Any, Any, AckPayload | None] | None:
        """Handle one event and return what its ack says; never raises, and returns within 5 s of its coming.

        May return a coroutine of that instead: then the client's next event may be handled meanwhile.

        Args:
            connection: who sent it; its events come one after the other, in the order sent.
            event: the event's name, "" where it could not be read.
            arguments: what came with it, any JSON, or why it could not be read.
            received_at: when it came, in seconds of the loop's clock; it may have waited for others since.
            wants_ack: whether the client asked for an ack.
        """

    def reject(self, connection: Connection, event: str, failure: AppError, *, wants_ack: bool) -> AckPayload | None:
        """Answer an event that is not to be handled, at once, and return what its ack says."""

    def on_disconnected(self, connection: Connection) -> None:
        """Note that the client is gone. Said once for each client that was `on_connected`."""
