"""One client's connection to one namespace, and the interface between the socket engine and the server's events."""

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeAlias

from domain.base import Record, SessionId, Timestamp, UserId
from domain.errors.base import AppError

ConnectionId: TypeAlias = str

PERSONAL = "/"
"""The namespace for events of one user."""
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
"""Reasons for rejecting a connection: code → message. The first three messages are the words of the seed."""


class Connection:
    """A client in a namespace. `user_id` and `session_id` are set before it is accepted; a rejected one has no session.

    Attributes:
        id: unique among all connections; a new one for each.
        token_expires: expiry of the token that it connected with, in Unix time in seconds; also set before it is
            accepted.
        check_at: time of the next check of that token, on the loop's clock.
        address: address of the client.
        alive: True from acceptance until disconnection, and never again. Check it after each await before storing the
            connection anywhere.
        intentional: True if the client, or the end of its session, disconnected it. Otherwise the connection was lost,
            and its client may come back.
        may_return: True if its client may come back: the connection was lost, or its WebSocket was closed without a
            packet that says goodbye, as browsers do when a page is loaded again.
        last_packet_at: time of the client's last packet, on the loop's clock, if it stopped answering; 0.0 if the end
            of the connection itself was received.
    """

    __slots__ = (
        "address",
        "alive",
        "check_at",
        "id",
        "intentional",
        "last_packet_at",
        "may_return",
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
        self.token_expires = self.check_at = self.last_packet_at = 0.0
        self.alive = self.intentional = self.may_return = False


class ConnectAck(Record, frozen=True):
    """Data of an accepted connection: its id, and the time when its token expires."""

    sid: ConnectionId
    token_expires: Timestamp


class ConnectError(Exception):
    """A connection is rejected. `code`, of `CONNECT_ERRORS`, is for programs; `connect_error` carries `message`."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.message = CONNECT_ERRORS[code]
        super().__init__(self.message)


AckPayload: TypeAlias = Record
"""Data of an ack."""


class ConnectionHandler(Protocol):
    """Callbacks of the socket engine into the layer above it."""

    async def authenticate(self, connection: Connection, auth: Any) -> ConnectAck:
        """Accept the client, set its user and session, and return the data of its ack. `auth` is any JSON.

        Raises:
            ConnectError: the client is rejected.
        """

    def on_connected(self, connection: Connection) -> None:
        """Called after the client was sent that it is connected."""

    async def on_event(
        self,
        connection: Connection,
        event: str,
        arguments: Sequence[Any] | AppError,
        received_at: float,
        *,
        wants_ack: bool,
    ) -> AckPayload | Coroutine[Any, Any, AckPayload | None] | None:
        """Handle one event and return the data of its ack; never raises, and returns within 5 s of its arrival.

        May return a coroutine of that instead: then the client's next event may be handled concurrently.

        Args:
            connection: sender; its events come one after the other, in the order sent.
            event: name of the event, "" if it could not be parsed.
            arguments: arguments of the event, any JSON, or the error because of which they could not be parsed.
            received_at: time of arrival, in seconds of the loop's clock; the event may have waited for others since.
            wants_ack: True if the client requested an ack.
        """

    def reject(self, connection: Connection, event: str, failure: AppError, *, wants_ack: bool) -> AckPayload | None:
        """Answer an event at once without handling it, and return the data of its ack."""

    def on_disconnected(self, connection: Connection) -> None:
        """Called once for each connection that was `on_connected`, after it ended."""
