"""Who may come in, and how an event becomes an ack: the one place where a failure becomes an answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from aiohttp import web

from domain.clock import stamp
from domain.connections import CHAT, PERSONAL, REFUSALS, Admitted, Answer, Connection, Refused
from domain.errors.accounts import NotSignedIn
from domain.errors.base import AppError, Forbidden, InternalError, Invalid, InvalidJson, RateLimited, UnknownEvent
from domain.errors.rooms import RoomHidden
from domain.errors.storage import StorageUnavailable
from handlers.keys import PUBLIC_NOTICES, REFUSAL_LOG, SIGN_INS, TOKEN_ENDS
from publisher.broadcast import Broadcast
from runtime.rate_limits import Buckets
from services.accounts.tokens import TokenInvalid, TokenNamesNobody
from socket_events.deadline import Deadline
from socket_events.routing import Event, Rest, failed

log = logging.getLogger(__name__)
_TOLD = {
    Forbidden.status: "refused",
    RateLimited.status: "limited",
    Invalid.status: "bad_input",
    InvalidJson.status: "bad_input",
}


class Dispatcher:
    """The gate of the socket engine: authenticates connections and hands events to their handlers.

    Args:
        app: where handlers find the services.
        events: those that clients may send; any other name is answered `unknown_event`.
        on_closed: called with each chat connection that is gone.
        buckets: how many events one user may send.
    """

    def __init__(
        self,
        app: web.Application,
        events: Mapping[str, Event],
        broadcast: Broadcast,
        on_closed: Callable[[Connection], None],
        buckets: Buckets,
    ) -> None:
        self._app = app
        self._events = events
        self._broadcast = broadcast
        self._on_closed = on_closed
        self._buckets = buckets
        self._deadline = Deadline()

    async def admit(self, connection: Connection, auth: Any) -> Admitted:
        """Let in who brings a good token, and say how long it is good. The messages are the seed's."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if token is None or token == "":
            raise self._refused(connection, "token_required")
        try:
            identity = await self._app[SIGN_INS].authenticate(token)
        except (TokenNamesNobody, NotSignedIn):
            raise self._refused(connection, "not_signed_in") from None
        except TokenInvalid:
            raise self._refused(connection, "token_invalid") from None
        except AppError as failure:
            raise Refused(failure.code if failure.code in REFUSALS else "internal_error") from None
        if identity.user.pending:
            raise self._refused(connection, "account_pending")
        connection.user_id = identity.user.id
        connection.sign_in_id = identity.sign_in_id
        connection.token_expires = identity.token_expires
        return Admitted(connection.id, stamp(identity.token_expires))

    def _refused(self, connection: Connection, code: str) -> Refused:
        self._app[REFUSAL_LOG].tell("token_refused", code=code, address=connection.address)
        return Refused(code)

    def opened(self, connection: Connection) -> None:
        """Have the connection hear what concerns its person, and of the end of its token."""
        self._broadcast.greet(connection)
        self._app[TOKEN_ENDS].watch(connection)
        if connection.namespace == PERSONAL:
            self._app[PUBLIC_NOTICES].greet(connection)

    async def receive(
        self, connection: Connection, event: str, arguments: Sequence[Any] | AppError, came: float, *, wants_ack: bool
    ) -> Answer | Coroutine[Any, Any, Answer | None] | None:
        """Handle one event; `{ok: true, …}` or `{ok: false, error}`, or the `error` event where no ack is wanted."""
        work = self._handle(connection, event, arguments, came)
        answer: Answer | Coroutine[Any, Any, Answer | None] | None
        answer = await self._answer(work, connection, event, came, wants_ack=wants_ack)
        return answer

    async def _answer(
        self, work: Awaitable[Answer | Rest], connection: Connection, event: str, came: float, *, wants_ack: bool
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
            failure = StorageUnavailable()  # a driver's time-out in disguise
        except Exception:
            log.exception("%s failed", event)
            failure = InternalError()
        else:
            if isinstance(answer, Coroutine):
                rest = self._deadline.within(answer, came)
                return self._answer(rest, connection, event, came, wants_ack=wants_ack)
            return answer
        return self.refuse(connection, event, failure, wants_ack=wants_ack)

    def refuse(self, connection: Connection, event: str, failure: AppError, *, wants_ack: bool) -> Answer | None:
        """Return `{ok: false, error}`, or send the `error` event where no ack is wanted."""
        if (what := "refused" if isinstance(failure, RoomHidden) else _TOLD.get(failure.status)) is not None:
            who = {"code": failure.code, "user": connection.user_id, "address": connection.address}
            if what == "bad_input":
                who |= {"does": event if event in self._events else "", "fields": failure.fields}
            self._app[REFUSAL_LOG].tell(what, **who)
        if not wants_ack:
            self._broadcast.error(connection, failure, event)
            return None
        return failed(failure)

    def closed(self, connection: Connection) -> None:
        """Tell whoever keeps track of connections."""
        self._app[TOKEN_ENDS].one_is_gone()
        if connection.namespace == CHAT:
            self._on_closed(connection)

    async def _handle(
        self, connection: Connection, event: str, arguments: Sequence[Any] | AppError, came: float
    ) -> Answer | Rest:
        self._buckets.take(connection.user_id)
        if isinstance(arguments, AppError):
            raise arguments
        known = self._events.get(event) if connection.namespace == CHAT else None
        if known is None:
            raise UnknownEvent(f"There is no event {event[:80]!r} here.")
        work = known.handle(self._app, connection, arguments[0] if arguments else None)
        return await self._deadline.within(work, came)
