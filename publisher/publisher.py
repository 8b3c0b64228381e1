"""Publisher of all server events: no other module sends events.

Nothing here waits: an event is in the recipients' send queues when the call returns, so events arrive in the order of
the calls.
"""

from collections.abc import Collection, Iterable
from typing import TypeVar

from msgspec import UNSET

from domain.accounts import UserSummary
from domain.admin import Announcement
from domain.base import AnnouncementId, RoomId, SessionId, Timestamp, UserId
from domain.connections import CHAT, PERSONAL, Connection, ConnectionId
from domain.errors.base import AppError
from domain.events import (
    ANNOUNCEMENT,
    ANNOUNCEMENT_ENDED,
    ERROR,
    MEMBER_LEFT,
    MEMBER_UPDATED,
    MESSAGE,
    MESSAGES_EXPIRED,
    NEW_MESSAGE,
    NOTIFICATION,
    READ_UPDATED,
    REMOVED_FROM_ROOM,
    ROOM_ACTIVITY,
    ROOM_DELETED,
    ROOM_PRESENCE,
    ROOM_UPDATED,
    ROOM_USERS,
    STATUS_UPDATED,
    TOKEN_EXPIRING,
    USER_JOINED,
    USER_LEFT,
    USER_UPDATED,
    AnnouncementEnded,
    EventArguments,
    FailedEvent,
    MemberLeft,
    MemberUpdated,
    MessagesExpired,
    Notification,
    NotificationKind,
    ReadUpdated,
    RemovalReason,
    RemovedFromRoom,
    RoomActivity,
    RoomDeleted,
    RoomPresence,
    RoomUpdated,
    RoomUsers,
    RoomVersion,
    ServerEvent,
    StatusUpdated,
    TokenExpiring,
    UserJoined,
    UserLeft,
    UserUpdated,
)
from domain.messages import Message
from domain.presence import RoomUser, Status
from domain.rooms import MemberProfile, MemberRole, RoomInfo
from socket_engine import SocketServer

T = TypeVar("T")

TOKEN_EXPIRED = 4401
"""Close code of a WebSocket whose token expired: in the private range, similar to HTTP's 401."""


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
        """Close the transport of a client whose token expired.

        The client reconnects by itself, with a newer token if it has one.
        """
        self._sockets.drop_transport(connection, TOKEN_EXPIRED, "token expired")

    # To one connection

    def token_expiring(self, connection: Connection, expires_at: Timestamp) -> None:
        """`token-expiring`: the connection will be closed soon, unless its client renews the token."""
        self._send(connection, TOKEN_EXPIRING, TokenExpiring(expires_at))

    def send_announcement(self, connection: Connection, notice: Announcement) -> None:
        """`announcement`: an active announcement, for a new connection."""
        self._send(connection, ANNOUNCEMENT, notice)

    def room_users(self, connection: Connection, room_id: RoomId, users: RoomUsers, version: int) -> None:
        """`room-users`: users present in the room that the connection joined."""
        self._send(connection, ROOM_USERS, users, RoomVersion(room_id, version))

    def error(self, connection: Connection, failure: AppError, event: str) -> None:
        """`error`: an event without an ack failed."""
        retry_after = UNSET if failure.retry_after is None else failure.retry_after
        self._send(connection, ERROR, failure.message, FailedEvent(failure.code, event, retry_after))

    # To a room

    def message(self, message: Message) -> None:
        """`message`: a message of a member, or a system message."""
        self._publish(message.room_id, MESSAGE, message)
        if self._new_message:
            self._publish(message.room_id, NEW_MESSAGE, message)

    def user_joined(
        self, room_id: RoomId, user: RoomUser, active_members: int, version: int, *, skip: ConnectionId | None = None
    ) -> None:
        """`user-joined`: a user is present now. The connection `skip`, which joined, does not receive it."""
        joined = UserJoined(
            user.id, user.name, user.avatar, user.status, user.last_active, room_id, active_members, version
        )
        self._publish(room_id, USER_JOINED, joined, skip=skip, deferrable=True)

    def user_left(self, room_id: RoomId, user_id: UserId, active_members: int, version: int) -> None:
        """`user-left`: a user is no longer present on any device."""
        self._publish(room_id, USER_LEFT, UserLeft(user_id, room_id, active_members, version), deferrable=True)

    def status_updated(
        self, room_id: RoomId, user_id: UserId, status: Status, last_active: Timestamp, version: int
    ) -> None:
        """`status-updated`: the status of a present user changed."""
        updated = StatusUpdated(user_id, room_id, status, last_active, version)
        self._publish(room_id, STATUS_UPDATED, updated, deferrable=True)

    def messages_expired(self, room_id: RoomId, first_seq: int) -> None:
        """`messages-expired`: messages before this number were deleted."""
        self._publish(room_id, MESSAGES_EXPIRED, MessagesExpired(room_id, first_seq), deferrable=True)

    def room_updated(self, room: RoomInfo) -> None:
        """`room-updated`: the room's name, description … changed."""
        self._publish(room.id, ROOM_UPDATED, RoomUpdated(room.id, room))

    def member_updated(self, room_id: RoomId, member: MemberProfile, total_members: int) -> None:
        """`member-updated`: a user became a member or has another role. It contains no mute."""
        self._publish(room_id, MEMBER_UPDATED, MemberUpdated(room_id, member, total_members), deferrable=True)

    def mute_updated(
        self, room_id: RoomId, member: MemberProfile, total_members: int, users: Collection[UserId]
    ) -> None:
        """`member-updated` with the member's mute, only to the chat connections of these users."""
        said = MemberUpdated(room_id, member, total_members)
        rooms = map(_user_key, users)
        self._sockets.publish_to_rooms(MEMBER_UPDATED.name, said, namespace=CHAT, rooms=rooms, deferrable=True)

    def member_left(self, room_id: RoomId, user_id: UserId, total_members: int) -> None:
        """`member-left`: a user is no longer a member."""
        self._publish(room_id, MEMBER_LEFT, MemberLeft(room_id, user_id, total_members), deferrable=True)

    def user_updated(self, user: UserSummary, looks: tuple[str, ...], rooms: Iterable[RoomId]) -> None:
        """`user-updated`: a user has another name or picture; sent once to each connection in any of these rooms."""
        said = UserUpdated(user, looks)
        self._sockets.publish_to_rooms(
            USER_UPDATED.name, said, namespace=CHAT, rooms=map(_room_key, rooms), deferrable=True
        )

    def room_deleted(self, room_id: RoomId) -> None:
        """`room-deleted`: the room was deleted; its subscriptions end."""
        self._publish(room_id, ROOM_DELETED, RoomDeleted(room_id))
        self._sockets.clear_room(CHAT, _room_key(room_id))

    # To members, in whatever room they are

    @property
    def has_connected_users(self) -> bool:
        """True if any client is connected to the personal namespace."""
        return self._sockets.has_any_subscriber(PERSONAL)

    def is_connected(self, user_id: UserId) -> bool:
        """Return True if the user is connected to the personal namespace."""
        return self._sockets.has_subscribers(PERSONAL, _user_key(user_id))

    def room_activity(self, room_id: RoomId, last_seq: int, members: Collection[UserId]) -> None:
        """`room-activity`: messages were sent to the room, the last one with this number."""
        self._push_to_many(members, ROOM_ACTIVITY, RoomActivity(room_id, last_seq))

    def room_presence(self, room_id: RoomId, active_members: int, members: Collection[UserId]) -> None:
        """`room-presence`: users joined or left; the number of present users."""
        self._push_to_many(members, ROOM_PRESENCE, RoomPresence(room_id, active_members), deferrable=True)

    # To all users

    def announcement(self, notice: Announcement) -> None:
        """`announcement`: a new announcement by an admin."""
        self._sockets.publish_to_all(ANNOUNCEMENT.name, notice, namespace=PERSONAL)

    def announcement_ended(self, notice_id: AnnouncementId) -> None:
        """`announcement-ended`: an admin ended an announcement early."""
        self._sockets.publish_to_all(ANNOUNCEMENT_ENDED.name, AnnouncementEnded(notice_id), namespace=PERSONAL)

    # To one user

    def read_updated(self, user_id: UserId, room_id: RoomId, last_read: int, unread: int) -> None:
        """`read-updated`: the user has read up to this number, here or on another device."""
        self._push(user_id, READ_UPDATED, ReadUpdated(room_id, last_read, unread))

    def own_user_updated(self, user: UserSummary) -> None:
        """`user-updated`, on the personal namespace: the user's own profile or role changed."""
        self._push(user.id, USER_UPDATED, UserUpdated(user), namespace=PERSONAL)

    def removed_from_room(self, room_id: RoomId, user_id: UserId, reason: RemovalReason) -> None:
        """`removed-from-room`: the user is no longer a member, and receives no more events of the room."""
        self._push(user_id, REMOVED_FROM_ROOM, RemovedFromRoom(room_id, reason))

    def notification(
        self,
        user_id: UserId,
        kind: NotificationKind,
        room: RoomInfo,
        at: Timestamp,
        *,
        by: UserSummary | None = None,
        role: MemberRole | None = None,
        until: Timestamp | None = None,
    ) -> None:
        """Send `notification` to all personal connections of a user.

        Args:
            user_id: the recipient.
            kind: kind of the notification.
            room: room that it is about.
            at: time of the event.
            by: the other user of the event.
            role: the recipient's new role.
            until: end of a mute.
        """
        total = room.total_members if kind == "member-joined" else UNSET
        said = Notification(kind, room.id, room.name, at, by or UNSET, role or UNSET, until or UNSET, total)
        self._push(user_id, NOTIFICATION, said)

    # Each event with the types of its declaration

    def _send(self, connection: Connection, event: ServerEvent[*EventArguments], *said: *EventArguments) -> None:
        self._sockets.send(connection, event.name, *said)

    def _publish(
        self,
        room_id: RoomId,
        event: ServerEvent[T],
        said: T,
        *,
        skip: ConnectionId | None = None,
        deferrable: bool = False,
    ) -> None:
        self._sockets.publish(
            event.name, said, namespace=CHAT, room=_room_key(room_id), skip=skip, deferrable=deferrable
        )

    def _push_to_many(
        self, members: Collection[UserId], event: ServerEvent[T], said: T, *, deferrable: bool = False
    ) -> None:
        rooms = map(_user_key, members)
        self._sockets.publish_to_rooms(event.name, said, namespace=PERSONAL, rooms=rooms, deferrable=deferrable)

    def _push(self, user_id: UserId, event: ServerEvent[T], said: T, *, namespace: str = "") -> None:
        self._sockets.publish(event.name, said, namespace=namespace or event.namespaces[0], room=_user_key(user_id))


def _room_key(room_id: RoomId) -> str:
    return f"room:{room_id}"


def _user_key(user_id: UserId) -> str:
    return f"user:{user_id}"


def _session_key(sign_in_id: SessionId) -> str:
    return f"sign-in:{sign_in_id}"
