"""Base classes of server-to-client events; they decide how the publisher sends an event, and to whom."""

from typing import ClassVar

import msgspec

from domain.base import Record, RoomId
from domain.connections import CHAT, PERSONAL


class ServerEvent(Record, frozen=True):
    """Base of every event from server to client. The event is its own only argument on the wire.

    `EVENT` is its name on the wire; `NAMESPACES` and `RECIPIENTS` describe its destinations. A `DEFERRABLE`
    event may leave up to 25 ms later (more under load), in one write with other events of the same connection; the
    order of events stays.
    """

    EVENT: ClassVar[str]
    NAMESPACES: ClassVar[tuple[str, ...]]
    RECIPIENTS: ClassVar[str]
    DEFERRABLE: ClassVar[bool] = False

    @property
    def argument(self) -> object:
        """The only argument on the wire."""
        return self

    def arguments(self) -> tuple[object, ...]:
        """Return the arguments on the wire."""
        return (self,)

    @classmethod
    def argument_types(cls) -> tuple[object, ...]:
        """Return the type of each argument."""
        return (cls,)


class ArgumentList(ServerEvent, frozen=True):
    """Base of an event with a field per argument: two arguments, or one that is a stored record."""

    @property
    def argument(self) -> object:
        """The only field; ValueError if there are more."""
        [argument] = self.arguments()
        return argument

    def arguments(self) -> tuple[object, ...]:
        """Return the fields."""
        return msgspec.structs.astuple(self)

    @classmethod
    def argument_types(cls) -> tuple[object, ...]:
        """Return the type of each field."""
        return tuple(field.type for field in msgspec.structs.fields(cls))


class RoomEvent(ServerEvent, frozen=True):
    """Base of an event that is published to one room."""

    NAMESPACES: ClassVar[tuple[str, ...]] = (CHAT,)
    RECIPIENTS = "all connections in the room"

    @property
    def room_id(self) -> RoomId:
        """The room; a field, or part of one."""
        raise NotImplementedError


class MultiRoomEvent(ServerEvent, frozen=True):
    """Base of an event that is published to several rooms, once to each connection."""

    NAMESPACES: ClassVar[tuple[str, ...]] = (CHAT,)


class UserEvent(ServerEvent, frozen=True):
    """Base of an event that is pushed to all connections of a user: on `/` if it is declared there, else on `/chat`."""

    NAMESPACES: ClassVar[tuple[str, ...]] = (PERSONAL,)
    RECIPIENTS = "all connections of the user"


class GlobalEvent(ServerEvent, frozen=True):
    """Base of an event that is pushed to every connected user."""

    NAMESPACES: ClassVar[tuple[str, ...]] = (PERSONAL,)
    RECIPIENTS = "all connections"


class ConnectionEvent(ServerEvent, frozen=True):
    """Base of an event that is sent to one connection, in its namespace."""

    NAMESPACES: ClassVar[tuple[str, ...]] = (CHAT,)
