"""Publisher of all server events: no other module sends events.

Nothing here waits: an event is in the recipients' send queues when the call returns, so events arrive in the order of
the calls.
"""

from collections.abc import Iterable

from domain.base import RoomId, SessionId, UserId
from domain.connections import CHAT, PERSONAL, Connection, ConnectionId
from domain.event_types import ConnectionEvent, GlobalEvent, MultiRoomEvent, RoomEvent, UserEvent
from domain.events import MessagePublished, NewMessage
from domain.messages import Message
from socket_engine import SocketServer

TOKEN_EXPIRED = 4401
"""Close code of a WebSocket with an expired token: in the private range, similar to HTTP's 401."""


class EventPublisher:
    """Publishes events to clients.

    Args:
        new_message: True if `new-message` repeats each `message`, for front ends of the older backend.
    """

    def __init__(self, sockets: SocketServer, *, new_message: bool = False) -> None:
        self._sockets = sockets
        self._new_message = new_message

    # Subscriptions

    def register(self, connection: Connection) -> None:
        """Subscribe a new connection to its user's events, and bind it to its session."""
        self._sockets.join(connection, _user_key(connection.user_id))
        self._sockets.join(connection, _session_key(connection.session_id))

    def subscribe(self, connection: Connection, room_id: RoomId) -> None:
        """Subscribe a connection to a room's events."""
        self._sockets.join(connection, _room_key(room_id))

    def unsubscribe(self, connection_ids: Iterable[ConnectionId], room_id: RoomId) -> None:
        """Unsubscribe connections from a room's events."""
        for connection_id in connection_ids:
            self._sockets.leave(connection_id, CHAT, _room_key(room_id))

    def clear_room(self, room_id: RoomId) -> None:
        """Unsubscribe all connections from a room's events."""
        self._sockets.clear_room(CHAT, _room_key(room_id))

    def disconnect_session(self, session_id: SessionId) -> None:
        """Close every connection of a session."""
        self._sockets.disconnect_all(_session_key(session_id))

    def disconnect_user(self, user_id: UserId, *, except_session: SessionId | None = None) -> None:
        """Close every connection of a user, except connections of the session `except_session`."""
        self._sockets.disconnect_all(
            _user_key(user_id), unless=lambda connection: connection.session_id == except_session
        )

    def rebind_session(self, connection: Connection, session_id: SessionId) -> None:
        """Bind a connection to another session from now on."""
        self._sockets.leave(connection.id, connection.namespace, _session_key(connection.session_id))
        connection.session_id = session_id
        self._sockets.join(connection, _session_key(session_id))

    def sibling_connections(self, connection: Connection) -> list[Connection]:
        """Return the connections of one client in all namespaces, including this one."""
        return self._sockets.sibling_connections(connection)

    def drop_expired(self, connection: Connection) -> None:
        """Close the transport of a client with an expired token.

        The client reconnects by itself, with a newer token if it has one.
        """
        self._sockets.drop_transport(connection, TOKEN_EXPIRED, "token expired")

    @property
    def has_connected_users(self) -> bool:
        """True if any client is connected to the personal namespace."""
        return self._sockets.has_any_subscriber(PERSONAL)

    def is_connected(self, user_id: UserId) -> bool:
        """Return True if the user is connected to the personal namespace."""
        return self._sockets.has_subscribers(PERSONAL, _user_key(user_id))

    # Events

    def publish(self, event: RoomEvent, *, skip: ConnectionId | None = None) -> None:
        """Publish an event to all connections in its room but `skip`."""
        self._sockets.publish(
            event.EVENT,
            event.argument,
            namespace=CHAT,
            room=_room_key(event.room_id),
            skip=skip,
            deferrable=event.DEFERRABLE,
        )

    def publish_message(self, message: Message) -> None:
        """Publish `message`, and `new-message` if it is on."""
        self.publish(MessagePublished(message))
        if self._new_message:
            self.publish(NewMessage(message))

    def publish_to_rooms(self, event: MultiRoomEvent, room_ids: Iterable[RoomId]) -> None:
        """Publish an event to all connections in any of the rooms, once to each connection."""
        rooms = map(_room_key, room_ids)
        self._sockets.publish_to_rooms(
            event.EVENT, event.argument, namespace=CHAT, rooms=rooms, deferrable=event.DEFERRABLE
        )

    def push(self, user_id: UserId, event: UserEvent) -> None:
        """Push an event to all connections of a user. It leaves at once, even if it is deferrable."""
        self._sockets.publish(event.EVENT, event.argument, namespace=_push_namespace(event), room=_user_key(user_id))

    def push_to_users(self, user_ids: Iterable[UserId], event: UserEvent) -> None:
        """Push an event to all connections of several users."""
        self._sockets.publish_to_rooms(
            event.EVENT,
            event.argument,
            namespace=_push_namespace(event),
            rooms=map(_user_key, user_ids),
            deferrable=event.DEFERRABLE,
        )

    def push_to_all(self, event: GlobalEvent) -> None:
        """Push an event to all connections of the personal namespace."""
        self._sockets.publish_to_all(event.EVENT, event.argument, namespace=PERSONAL)

    def send(self, connection: Connection, event: ConnectionEvent) -> None:
        """Send an event to one connection."""
        self._sockets.send(connection, event.EVENT, *event.arguments())


def _push_namespace(event: UserEvent) -> str:
    return PERSONAL if PERSONAL in event.NAMESPACES else CHAT


def _room_key(room_id: RoomId) -> str:
    return f"room:{room_id}"


def _user_key(user_id: UserId) -> str:
    return f"user:{user_id}"


def _session_key(sign_in_id: SessionId) -> str:
    return f"sign-in:{sign_in_id}"
