"""Dispatcher of Socket.IO: authenticates connections and turns the results and errors of events into acks."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from typing import Any

from domain.clock import format_timestamp
from domain.connections import CHAT, CONNECT_ERRORS, PERSONAL, AckPayload, ConnectAck, ConnectError, Connection
from domain.errors.accounts import NotSignedIn
from domain.errors.base import AppError, Forbidden, InternalError, InvalidInput, InvalidJson, RateLimited, UnknownEvent
from domain.errors.rooms import RoomHidden
from domain.errors.storage import StorageUnavailable
from domain.events import EventFailed
from publisher.publisher import EventPublisher
from runtime.logs import ThrottledLogger
from runtime.rate_limits import TokenBuckets
from services.accounts.tokens import TokenInvalid, TokenSubjectInvalid
from services.container import Services
from socket_events.deadline import EventTimeouts
from socket_events.routing import Event, PendingAck, failed_ack

log = logging.getLogger(__name__)
_SECURITY_EVENTS = {
    Forbidden.status: "forbidden",
    RateLimited.status: "rate_limited",
    InvalidInput.status: "bad_input",
    InvalidJson.status: "bad_input",
}


AUTOMATIC_EVENTS = frozenset({"join-room", "mark-read", "refresh-token"})
"""Events that clients send by themselves. Any other shows that its user is there (`FocusSessions.acted`)."""


class Dispatcher:
    """Implements the callbacks of the socket engine: authenticates connections and calls the handlers of events.

    Args:
        services: the services that handlers call.
        events: events that clients may send; any other name is answered `unknown_event`.
        rejection_log: security log of rejected events, throttled.
        buckets: rate limit of events per user.
    """

    def __init__(
        self,
        services: Services,
        events: Mapping[str, Event],
        publisher: EventPublisher,
        rejection_log: ThrottledLogger,
        buckets: TokenBuckets,
    ) -> None:
        self._services = services
        self._events = events
        self._publisher = publisher
        self._rejection_log = rejection_log
        self._buckets = buckets
        self._timeouts = EventTimeouts()

    async def authenticate(self, connection: Connection, auth: Any) -> ConnectAck:
        """Accept a connection with a valid token, and return when the token expires. Error messages are the seed's."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is None or token == "":
            raise self._reject_connect(connection, "token_required")
        try:
            identity = await self._services.sessions.authenticate(token)
        except (TokenSubjectInvalid, NotSignedIn):
            raise self._reject_connect(connection, "not_signed_in") from None
        except TokenInvalid:
            raise self._reject_connect(connection, "token_invalid") from None
        except AppError as failure:
            raise ConnectError(failure.code if failure.code in CONNECT_ERRORS else "internal_error") from None
        if identity.user.pending:
            raise self._reject_connect(connection, "account_pending")
        connection.user_id = identity.user.id
        connection.session_id = identity.session_id
        connection.token_expires = identity.token_expires
        return ConnectAck(connection.id, format_timestamp(identity.token_expires))

    def _reject_connect(self, connection: Connection, code: str) -> ConnectError:
        self._rejection_log.log("token_rejected", code=code, address=connection.address)
        return ConnectError(code)

    def on_connected(self, connection: Connection) -> None:
        """Subscribe the connection to its user's events, watch its token, and send it the active announcements."""
        self._publisher.register(connection)
        self._services.token_expiry.track(connection)
        self._services.focus.connected(connection)
        if connection.namespace == PERSONAL:
            self._services.announcements.send_current(connection)

    async def on_event(
        self,
        connection: Connection,
        event: str,
        arguments: Sequence[Any] | AppError,
        received_at: float,
        *,
        wants_ack: bool,
    ) -> AckPayload | Coroutine[Any, Any, AckPayload | None] | None:
        """Handle one event; `{ok: true, …}` or `{ok: false, error}`, or the `error` event if no ack was requested."""
        work = self._handle(connection, event, arguments, received_at)
        answer: AckPayload | Coroutine[Any, Any, AckPayload | None] | None
        answer = await self._ack(work, connection, event, received_at, wants_ack=wants_ack)
        return answer

    async def _ack(
        self,
        work: Awaitable[AckPayload | PendingAck],
        connection: Connection,
        event: str,
        received_at: float,
        *,
        wants_ack: bool,
    ) -> Any:
        failure: AppError
        try:
            answer = await work
        except AppError as refusal:
            failure = refusal
        except TimeoutError:
            failure = StorageUnavailable()
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            failure = StorageUnavailable()  # a driver's timeout, raised as a cancellation
        except Exception:
            log.exception("%s failed", event)
            failure = InternalError()
        else:
            if isinstance(answer, Coroutine):
                rest = self._timeouts.run(answer, received_at)
                return self._ack(rest, connection, event, received_at, wants_ack=wants_ack)
            return answer
        return self.reject(connection, event, failure, wants_ack=wants_ack)

    def reject(self, connection: Connection, event: str, failure: AppError, *, wants_ack: bool) -> AckPayload | None:
        """Return `{ok: false, error}`, or send the `error` event if no ack was requested."""
        if (
            what := "forbidden" if isinstance(failure, RoomHidden) else _SECURITY_EVENTS.get(failure.status)
        ) is not None:
            who = {"code": failure.code, "user": connection.user_id, "address": connection.address}
            if what == "bad_input":
                who |= {"operation": event if event in self._events else "", "fields": failure.fields}
            self._rejection_log.log(what, **who)
        if not wants_ack:
            self._publisher.send(connection, EventFailed.from_error(failure, event))
            return None
        return failed_ack(failure)

    def on_disconnected(self, connection: Connection) -> None:
        """Stop watching the token, and start the grace period of the user's presence."""
        self._services.token_expiry.note_closed()
        if connection.namespace == CHAT:
            self._services.presence.connection_closed(connection)
            self._services.focus.connection_closed(connection)

    async def _handle(
        self, connection: Connection, event: str, arguments: Sequence[Any] | AppError, received_at: float
    ) -> AckPayload | PendingAck:
        self._buckets.take(connection.user_id)
        if isinstance(arguments, AppError):
            raise arguments
        known = self._events.get(event) if connection.namespace == CHAT else None
        if known is None:
            raise UnknownEvent(f"There is no event {event[:80]!r} here.")
        if event not in AUTOMATIC_EVENTS:
            self._services.focus.acted(connection.user_id, received_at)
        work = known.invoke(self._services, connection, arguments[0] if arguments else None)
        return await self._timeouts.run(work, received_at)
