"""What an event is: declared once, for what handles it and for what describes it.

A handler's signature says what the event takes and what its ack says:

    async def mark_read(app: web.Application, connection: Connection, wanted: MarkRead) -> Unread:

What it returns is a `Ack` with more fields, or a coroutine of one, which goes on while the next event of the same
client is handled. Everything is looked up when the event is declared, and nothing when it is handled.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from aiohttp import web
from msgspec import UNSET, UnsetType

from domain.base import Payload, Record
from domain.connections import Connection
from domain.errors.base import AppError
from runtime import json_codec


class Ack(Record, kw_only=True, frozen=True):
    """What the ack of an event says that was handled."""

    ok: Literal[True] = True


class ErrorDetail(Record, frozen=True):
    """Why an event was not handled; `retryAfter` is the seconds until trying again makes sense."""

    code: str
    message: str
    retry_after: float | UnsetType = UNSET


class FailedAck(Record, kw_only=True, frozen=True):
    """What the ack of an event says that was not handled."""

    ok: Literal[False] = False
    error: ErrorDetail


PendingAck: TypeAlias = Coroutine[Any, Any, Ack]
"""What returns the answer, and may go on while the next event of the same client is handled."""
EventEndpoint = Callable[..., Awaitable[Any]]
BoundHandler = Callable[[web.Application, Connection, Any], Awaitable[Ack | PendingAck]]


class InvalidEvent(TypeError):
    """An event cannot be handled as it is declared; a mistake of ours."""


@dataclass(frozen=True)
class Event:
    """An event from client to server.

    Attributes:
        endpoint: the handler as it is written; its docstring describes the event.
        errors: how it may fail, beside what follows from its shape.
        is_room: whether the room's id alone will do as the argument, as older clients send it.
        payload_type: what the argument is read as.
        ack_type: the type of what the ack says.
        invoke: what is called with the argument as it came.
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
        if takes[:2] != [web.Application, Connection] or len(takes) != 3 or not _is(takes[2], Payload):  # noqa: PLR2004
            raise InvalidEvent(f"{name}: it takes the application, the connection and a Payload, in this order")
        if not _is(answers, Ack) or not (self.endpoint.__doc__ or "").strip():
            raise InvalidEvent(f"{name}: it says not what the ack says, or has no docstring")
        if answers.__struct_fields__[0] != "ok":
            raise InvalidEvent(f"{name}: {answers.__name__} must be kw_only, as Ack is: its ok would come last")
        object.__setattr__(self, "payload_type", takes[2])
        object.__setattr__(self, "ack_type", answers)
        object.__setattr__(self, "invoke", self._bind())

    def _bind(self) -> BoundHandler:
        acts, shape = self.endpoint, self.payload_type

        def handle(app: web.Application, connection: Connection, argument: Any) -> Awaitable[Ack | PendingAck]:
            return acts(app, connection, json_codec.convert(argument, shape))

        def handle_room(app: web.Application, connection: Connection, argument: Any) -> Awaitable[Ack | PendingAck]:
            named = {"roomId": argument} if isinstance(argument, str) else argument
            return acts(app, connection, json_codec.convert(named, shape))

        return handle_room if self.is_room else handle


def event(endpoint: EventEndpoint, *errors: type[AppError], is_room: bool = False) -> Event:
    """Return an event that is handled by `endpoint`, and may fail with `errors` beside what follows from its shape."""
    return Event(endpoint, errors, is_room=is_room)


def failed_ack(failure: AppError) -> FailedAck:
    """Return what the ack says of a failure."""
    retry_after = UNSET if failure.retry_after is None else failure.retry_after
    return FailedAck(error=ErrorDetail(failure.code, failure.message, retry_after))


def _is(hint: Any, kind: type[Any]) -> bool:
    return isinstance(hint, type) and issubclass(hint, kind)
