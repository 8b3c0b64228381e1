"""Observer of presence: services that follow the connections of users in rooms."""

from typing import Protocol

from domain.base import RoomId, UserId
from domain.connections import Connection
from domain.rooms import Member


class PresenceObserver(Protocol):
    """Callbacks of `Presence`, each after the change. They return at once."""

    def joined(self, connection: Connection, member: Member) -> None:
        """Called when a member's connection has joined a room, also if it was in the room already."""

    def left(self, connection: Connection, room_id: RoomId) -> None:
        """Called when a connection has left a room at the request of its client."""

    def removed(self, room_id: RoomId, user_id: UserId) -> None:
        """Called when all connections of a user were removed from a room."""

    def room_closed(self, room_id: RoomId) -> None:
        """Called when a room was deleted."""
