"""Every event that the server sends, in one place: nothing else emits.

Nothing here waits: an event is in the recipients' queues when the call returns, so what is said in
some order is heard in that order.
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
"""The code of closing a WebSocket whose token has ended: of those for private use, the one that is like HTTP's 401."""


class EventPublisher:
    """Tells clients what happened.

    Args:
        new_message: whether `new-message` repeats each `message`, for front ends of the older backend.
    """

    def __init__(self, sockets: SocketServer, *, new_message: bool = False) -> None:
        self._sockets = sockets
        self._new_message = new_message

    # Who hears what

    def register(self, connection: Connection) -> None:
        """Have a new connection hear what concerns its person, and be closed with its sign-in."""
        self._sockets.join(connection, _user_key(connection.user_id))
        self._sockets.join(connection, _session_key(connection.session_id))

    def subscribe(self, connection: Connection, room_id: RoomId) -> None:
        """Have a connection hear what is said in a room."""
        self._sockets.join(connection, _room_key(room_id))

    def unsubscribe(self, connection_ids: Iterable[ConnectionId], room_id: RoomId) -> None:
        """Have connections no longer hear what is said in a room."""
        for connection_id in connection_ids:
            self._sockets.leave(connection_id, CHAT, _room_key(room_id))

    def disconnect_session(self, session_id: SessionId) -> None:
        """Close every connection that came in with a sign-in."""
        self._sockets.disconnect_all(_session_key(session_id))

    def disconnect_user(self, user_id: UserId, *, except_session: SessionId | None = None) -> None:
        """Close every connection of a person but those that came in with the sign-in `except_session`."""
        self._sockets.disconnect_all(
            _user_key(user_id), unless=lambda connection: connection.session_id == except_session
        )

    def rebind_session(self, connection: Connection, session_id: SessionId) -> None:
        """Have a connection belong to another sign-in from now on."""
        self._sockets.leave(connection.id, connection.namespace, _session_key(connection.session_id))
        connection.session_id = session_id
        self._sockets.join(connection, _session_key(session_id))

    def sibling_connections(self, connection: Connection) -> list[Connection]:
        """Return the connections of one client, this one included."""
        return self._sockets.sibling_connections(connection)

    def drop_expired(self, connection: Connection) -> None:
        """Close a client whose token has ended: it comes back by itself, with a newer one where it has one."""
        self._sockets.drop_transport(connection, TOKEN_EXPIRED, "token expired")

    # To one connection

    def token_expiring(self, connection: Connection, expires_at: Timestamp) -> None:
        """`token-expiring`: the connection is closed soon after this, unless its client renews the token."""
        self._send(connection, TOKEN_EXPIRING, TokenExpiring(expires_at))

    def send_announcement(self, connection: Connection, notice: Announcement) -> None:
        """`announcement`: an admin announced this before the connection began."""
        self._send(connection, ANNOUNCEMENT, notice)

    def room_users(self, connection: Connection, room_id: RoomId, users: RoomUsers, version: int) -> None:
        """`room-users`: who is in the room that the connection joined."""
        self._send(connection, ROOM_USERS, users, RoomVersion(room_id, version))

    def error(self, connection: Connection, failure: AppError, event: str) -> None:
        """`error`: an event that wanted no ack failed."""
        retry_after = UNSET if failure.retry_after is None else failure.retry_after
        self._send(connection, ERROR, failure.message, FailedEvent(failure.code, event, retry_after))

    # To a room

    def message(self, message: Message) -> None:
        """`message`: somebody, or the room itself, said something."""
        self._publish(message.room_id, MESSAGE, message)
        if self._new_message:
            self._publish(message.room_id, NEW_MESSAGE, message)

    def user_joined(
        self, room_id: RoomId, user: RoomUser, active_members: int, version: int, *, skip: ConnectionId | None = None
    ) -> None:
        """`user-joined`: somebody came in. `skip`, who came in, is not told."""
        joined = UserJoined(
            user.id, user.name, user.avatar, user.status, user.last_active, room_id, active_members, version
        )
        self._publish(room_id, USER_JOINED, joined, skip=skip, deferrable=True)

    def user_left(self, room_id: RoomId, user_id: UserId, active_members: int, version: int) -> None:
        """`user-left`: somebody went away, from all their devices."""
        self._publish(room_id, USER_LEFT, UserLeft(user_id, room_id, active_members, version), deferrable=True)

    def status_updated(
        self, room_id: RoomId, user_id: UserId, status: Status, last_active: Timestamp, version: int
    ) -> None:
        """`status-updated`: somebody is active, away or busy now."""
        updated = StatusUpdated(user_id, room_id, status, last_active, version)
        self._publish(room_id, STATUS_UPDATED, updated, deferrable=True)

    def messages_expired(self, room_id: RoomId, first_seq: int) -> None:
        """`messages-expired`: what was said before the message with this number is deleted."""
        self._publish(room_id, MESSAGES_EXPIRED, MessagesExpired(room_id, first_seq), deferrable=True)

    def room_updated(self, room: RoomInfo) -> None:
        """`room-updated`: the room's name, description … changed."""
        self._publish(room.id, ROOM_UPDATED, RoomUpdated(room.id, room))

    def member_updated(self, room_id: RoomId, member: MemberProfile, total_members: int) -> None:
        """`member-updated`: a user became a member or has another role. It shows no mute."""
        self._publish(room_id, MEMBER_UPDATED, MemberUpdated(room_id, member, total_members), deferrable=True)

    def mute_updated(
        self, room_id: RoomId, member: MemberProfile, total_members: int, users: Collection[UserId]
    ) -> None:
        """`member-updated` with the member's mute, to the chat connections of these users alone."""
        said = MemberUpdated(room_id, member, total_members)
        rooms = map(_user_key, users)
        self._sockets.publish_to_rooms(MEMBER_UPDATED.name, said, namespace=CHAT, rooms=rooms, deferrable=True)

    def member_left(self, room_id: RoomId, user_id: UserId, total_members: int) -> None:
        """`member-left`: somebody is no member any more."""
        self._publish(room_id, MEMBER_LEFT, MemberLeft(room_id, user_id, total_members), deferrable=True)

    def user_updated(self, user: UserSummary, looks: tuple[str, ...], rooms: Iterable[RoomId]) -> None:
        """`user-updated`: a user has another name or picture; once to each connection, in however many of the rooms."""
        said = UserUpdated(user, looks)
        self._sockets.publish_to_rooms(
            USER_UPDATED.name, said, namespace=CHAT, rooms=map(_room_key, rooms), deferrable=True
        )

    def room_deleted(self, room_id: RoomId) -> None:
        """`room-deleted`: the room is gone; nobody hears anything there any more."""
        self._publish(room_id, ROOM_DELETED, RoomDeleted(room_id))
        self._sockets.clear_room(CHAT, _room_key(room_id))

    # To members, wherever they are

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
        """`room-presence`: users came or went; so many are present now."""
        self._push_to_many(members, ROOM_PRESENCE, RoomPresence(room_id, active_members), deferrable=True)

    # To everybody

    def announcement(self, notice: Announcement) -> None:
        """`announcement`: an admin announced something."""
        self._sockets.publish_to_all(ANNOUNCEMENT.name, notice, namespace=PERSONAL)

    def announcement_ended(self, notice_id: AnnouncementId) -> None:
        """`announcement-ended`: an admin ended an announcement before its time."""
        self._sockets.publish_to_all(ANNOUNCEMENT_ENDED.name, AnnouncementEnded(notice_id), namespace=PERSONAL)

    # To one person

    def read_updated(self, user_id: UserId, room_id: RoomId, last_read: int, unread: int) -> None:
        """`read-updated`: the user has read up to this number, here or on another device."""
        self._push(user_id, READ_UPDATED, ReadUpdated(room_id, last_read, unread))

    def own_user_updated(self, user: UserSummary) -> None:
        """`user-updated`, on the personal namespace: the user's own profile, or role, is another."""
        self._push(user.id, USER_UPDATED, UserUpdated(user), namespace=PERSONAL)

    def removed_from_room(self, room_id: RoomId, user_id: UserId, reason: RemovalReason) -> None:
        """`removed-from-room`: the person is no member any more, and hears nothing there from now on."""
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
            by: the other person of the event.
            role: the recipient's new role.
            until: the end of a mute.
        """
        total = room.total_members if kind == "member-joined" else UNSET
        said = Notification(kind, room.id, room.name, at, by or UNSET, role or UNSET, until or UNSET, total)
        self._push(user_id, NOTIFICATION, said)

    # Each with what it is declared with

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
