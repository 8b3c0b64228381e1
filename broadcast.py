"""Every event that the server sends, in one place: nothing else emits.

Nothing here waits: an event is in the recipients' queues when the call returns, so what is said in
some order is heard in that order.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from connection import CHAT, PERSONAL, Connection, ConnectionId
from errors import AppError
from models import MemberProfile, Message, RoomId, RoomInfo, RoomUser, SignInId, Status, Timestamp, UserId
from socket_engine import SocketServer


class Broadcast:
    """Tells clients what happened."""

    def __init__(self, sockets: SocketServer) -> None:
        self._sockets = sockets

    # Who hears what

    def greet(self, connection: Connection) -> None:
        """Have a new connection hear what concerns its person, and be closed with its sign-in."""
        self._sockets.enter(connection, _user(connection.user_id))
        self._sockets.enter(connection, _sign_in(connection.sign_in_id))

    def subscribe(self, connection: Connection, room_id: RoomId) -> None:
        """Have a connection hear what is said in a room."""
        self._sockets.enter(connection, _room(room_id))

    def unsubscribe(self, connection_ids: Iterable[ConnectionId], room_id: RoomId) -> None:
        """Have connections no longer hear what is said in a room."""
        for connection_id in connection_ids:
            self._sockets.leave(connection_id, CHAT, _room(room_id))

    def close_sign_in(self, sign_in_id: SignInId) -> None:
        """Close every connection that came in with a sign-in."""
        self._sockets.disconnect_all(_sign_in(sign_in_id))

    def close_sign_ins(self, user_id: UserId, *, keep: SignInId | None = None) -> None:
        """Close every connection of a person but those that came in with the sign-in `keep`."""
        self._sockets.disconnect_all(_user(user_id), unless=lambda connection: connection.sign_in_id == keep)

    # To one connection

    def room_users(self, connection: Connection, room_id: RoomId, users: msgspec.Raw, version: int) -> None:
        """`room-users`: who is in the room that the connection joined, as JSON."""
        self._sockets.send(connection, "room-users", users, {"roomId": room_id, "version": version})

    def error(self, connection: Connection, failure: AppError, event: str) -> None:
        """`error`: an event that wanted no ack failed."""
        details: dict[str, Any] = {"code": failure.code, "event": event}
        if failure.retry_after is not None:
            details["retryAfter"] = failure.retry_after
        self._sockets.send(connection, "error", failure.message, details)

    # To a room

    def message(self, message: Message) -> None:
        """`message`: somebody, or the room itself, said something."""
        self._say(message.room_id, "message", message)

    def user_joined(
        self, room_id: RoomId, user: RoomUser, active_members: int, version: int, *, skip: ConnectionId | None = None
    ) -> None:
        """`user-joined`: somebody came in. `skip`, who came in, is not told."""
        said = {
            "id": user.id,
            "name": user.name,
            "avatar": user.avatar,
            "status": user.status,
            "lastActive": user.last_active,
            "roomId": room_id,
            "activeMembers": active_members,
            "version": version,
        }
        self._say(room_id, "user-joined", said, skip=skip, can_wait=True)

    def user_left(self, room_id: RoomId, user_id: UserId, active_members: int, version: int) -> None:
        """`user-left`: somebody went away, from all their devices."""
        said = {"userId": user_id, "roomId": room_id, "activeMembers": active_members, "version": version}
        self._say(room_id, "user-left", said, can_wait=True)

    def status_updated(
        self, room_id: RoomId, user_id: UserId, status: Status, last_active: Timestamp, version: int
    ) -> None:
        """`status-updated`: somebody is active, away or busy now."""
        said = {
            "userId": user_id,
            "roomId": room_id,
            "status": status,
            "lastActive": last_active,
            "version": version,
        }
        self._say(room_id, "status-updated", said, can_wait=True)

    def room_updated(self, room: RoomInfo) -> None:
        """`room-updated`: the room's name, description … changed."""
        self._say(room.id, "room-updated", {"roomId": room.id, "room": room})

    def member_updated(self, room_id: RoomId, member: MemberProfile, total_members: int) -> None:
        """`member-updated`: somebody became a member, or their role or mute is another."""
        said = {"roomId": room_id, "member": member, "totalMembers": total_members}
        self._say(room_id, "member-updated", said, can_wait=True)

    def member_left(self, room_id: RoomId, user_id: UserId, total_members: int) -> None:
        """`member-left`: somebody is no member any more."""
        said = {"roomId": room_id, "userId": user_id, "totalMembers": total_members}
        self._say(room_id, "member-left", said, can_wait=True)

    def room_deleted(self, room_id: RoomId) -> None:
        """`room-deleted`: the room is gone; nobody hears anything there any more."""
        self._say(room_id, "room-deleted", {"roomId": room_id})
        self._sockets.empty(CHAT, _room(room_id))

    # To one person

    def removed_from_room(self, room_id: RoomId, user_id: UserId, reason: str) -> None:
        """`removed-from-room`: the person is no member any more, and hears nothing there from now on."""
        self._sockets.publish(
            "removed-from-room", {"roomId": room_id, "reason": reason}, namespace=CHAT, room=_user(user_id)
        )

    def notification(
        self, user_id: UserId, kind: str, room: RoomInfo, at: Timestamp, *, until: Timestamp | None = None
    ) -> None:
        """`notification`, on the personal namespace: something happened to the person while they were elsewhere."""
        said = {"type": kind, "roomId": room.id, "roomName": room.name, "timestamp": at}
        if until is not None:
            said["until"] = until
        self._sockets.publish("notification", said, namespace=PERSONAL, room=_user(user_id))

    def _say(
        self, room_id: RoomId, event: str, said: Any, *, skip: ConnectionId | None = None, can_wait: bool = False
    ) -> None:
        self._sockets.publish(event, said, namespace=CHAT, room=_room(room_id), skip=skip, can_wait=can_wait)


def _room(room_id: RoomId) -> str:
    return f"room:{room_id}"


def _user(user_id: UserId) -> str:
    return f"user:{user_id}"


def _sign_in(sign_in_id: SignInId) -> str:
    return f"sign-in:{sign_in_id}"
