"""Declaration of events: one for the dispatcher and the API documents.

A handler's signature declares the argument and the ack:

    async def mark_read(services: Services, caller: Caller, payload: MarkRead) -> MarkReadAck:

A handler declares `Services`, then `Caller` and `Connection` if it needs them, then the payload. The caller is resolved
for each event, after the payload is valid; a handler without `Caller` checks the user itself.
It returns an `Ack` with more fields, or a coroutine of one, which runs while the next event of the same client is
handled. Everything is looked up when the event is declared, nothing when it is handled.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from msgspec import UNSET, UnsetType

from domain.accounts import Caller
from domain.base import Payload, Record
from domain.connections import Connection
from domain.errors.base import AppError
from domain.errors.fields import FieldError
from domain.errors.study import TimerChanged
from domain.study.timer import TimerView
from runtime import json_codec
from services.container import Services


class Ack(Record, kw_only=True, frozen=True):
    """Ack of an event that succeeded."""

    ok: Literal[True] = True


class ErrorDetail(Record, frozen=True):
    """Error of an event; `errors` lists the rejected fields of its argument.

    `retryAfter` is the number of seconds until a retry makes sense. `timer` is the present timer, only of
    `timer_changed`.
    """

    code: str
    message: str
    retry_after: float | UnsetType = UNSET
    errors: tuple[FieldError, ...] | UnsetType = UNSET
    timer: TimerView | UnsetType = UNSET


class FailedAck(Record, kw_only=True, frozen=True):
    """Ack of an event that failed."""

    ok: Literal[False] = False
    error: ErrorDetail


PendingAck: TypeAlias = Coroutine[Any, Any, Ack]
"""Coroutine of the ack, which may run while the next event of the same client is handled."""
EventEndpoint = Callable[..., Awaitable[Any]]
BoundHandler = Callable[[Services, Connection, Any], Awaitable[Ack | PendingAck]]


class InvalidEvent(TypeError):
    """The declaration of an event is invalid: a bug in the server."""


@dataclass(frozen=True)
class Event:
    """An event from client to server.

    Attributes:
        endpoint: the handler; its docstring describes the event.
        errors: errors, in addition to errors that follow from its shape.
        is_room: True if the argument may be only the room's id, as older clients send it.
        payload_type: type of the argument.
        ack_type: type of the ack.
        invoke: function that is called with the raw argument.
    """

    endpoint: EventEndpoint
    errors: tuple[type[AppError], ...] = ()
    _: KW_ONLY
    is_room: bool = False
    payload_type: type[Payload] = field(init=False)
    ack_type: type[Ack] = field(init=False)
    invoke: BoundHandler = field(init=False)

    def __post_init__(self) -> None:
        hints = get_type_hints(self.endpoint)
        takes = [hints.get(name) for name in inspect.signature(self.endpoint).parameters]
        answers: Any = hints.get("return")
        answers = get_args(answers)[2] if get_origin(answers) is Coroutine else answers
        name = self.endpoint.__name__
        context = [wanted for wanted in (Caller, Connection) if wanted in takes]
        if takes[:-1] != [Services, *context] or not _is(takes[-1], Payload):
            raise InvalidEvent(f"{name}: it takes services, caller, connection and a Payload, in this order")
        if not _is(answers, Ack) or not (self.endpoint.__doc__ or "").strip():
            raise InvalidEvent(f"{name}: it says not what the ack says, or has no docstring")
        if answers.__struct_fields__[0] != "ok":
            raise InvalidEvent(f"{name}: {answers.__name__} must be kw_only, as Ack is: its ok would come last")
        object.__setattr__(self, "payload_type", takes[-1])
        object.__setattr__(self, "ack_type", answers)
        object.__setattr__(self, "invoke", self._bind(context))

    def _bind(self, context: list[type[Any]]) -> BoundHandler:
        acts, shape, is_room = self.endpoint, self.payload_type, self.is_room
        wants_caller, wants_connection = Caller in context, Connection in context

        async def handle(services: Services, connection: Connection, argument: Any) -> Ack | PendingAck:
            if is_room and isinstance(argument, str):
                argument = {"roomId": argument}
            payload = json_codec.convert(argument, shape)
            given: list[Any] = [services]
            if wants_caller:
                given.append(await _resolve_caller(services, connection))
            if wants_connection:
                given.append(connection)
            answer: Ack | PendingAck = await acts(*given, payload)
            return answer

        return handle


async def _resolve_caller(services: Services, connection: Connection) -> Caller:
    """Return the user of the connection as they are now.

    Raises:
        NotSignedIn: the account was deleted or disabled.
    """
    user = await services.access.require_user(connection.user_id)
    return Caller(user, connection.session_id, connection.token_expires, address=connection.address)


def event(endpoint: EventEndpoint, *errors: type[AppError], is_room: bool = False) -> Event:
    """Return an event with this handler and these errors, in addition to errors that follow from its shape."""
    return Event(endpoint, errors, is_room=is_room)


def failed_ack(failure: AppError) -> FailedAck:
    """Return the ack of a failure."""
    retry_after = UNSET if failure.retry_after is None else failure.retry_after
    timer = failure.timer if isinstance(failure, TimerChanged) else UNSET
    return FailedAck(error=ErrorDetail(failure.code, failure.message, retry_after, failure.errors or UNSET, timer))


def _is(hint: Any, kind: type[Any]) -> bool:
    return isinstance(hint, type) and issubclass(hint, kind)
