"""Server-to-client events: a class each, with its name, recipients and arguments.

The first paragraph of a docstring is the sentence of the event in `/api/asyncapi.json` and in the table of
docs/protocol.md. The base class of an event, of domain/event_types.py, decides which method of `EventPublisher`
(publisher/publisher.py) sends it.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

from domain.accounts import UserSummary
from domain.admin import Announcement
from domain.base import AnnouncementId, MessageId, Record, RoomId, Timestamp, UserId
from domain.connections import CHAT, PERSONAL
from domain.errors.base import AppError
from domain.errors.fields import FieldError
from domain.errors.study import TimerChanged
from domain.event_types import (
    ArgumentList,
    ConnectionEvent,
    GlobalEvent,
    MultiRoomEvent,
    RoomEvent,
    ServerEvent,
    UserEvent,
)
from domain.messages import Message
from domain.presence import RoomUser, Status
from domain.rooms import MemberProfile, MemberRole, RoomInfo
from domain.study.events import STUDY_EVENTS
from domain.study.progress import FocusTotal
from domain.study.timer import TimerView

RoomUsers: TypeAlias = Annotated[
    msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "array", "items": {"$ref": "#/components/schemas/RoomUser"}})
]
"""JSON of a list of `RoomUser`, in order of arrival."""

NotificationKind: TypeAlias = Literal[
    "member-joined",
    "message-reported",
    "muted",
    "role-changed",
    "room-deleted",
    "room-handed-over",
    "room-reported",
    "scheduled-session-soon",
    "task-cleared",
    "unmuted",
    "user-reported",
]
RemovalReason: TypeAlias = Literal["banned", "left", "removed"]


# Presence


class RoomVersion(Record, frozen=True):
    """A room, and the number of changes of the users present in it."""

    room_id: RoomId
    version: int


class PresentUsers(ArgumentList, ConnectionEvent, frozen=True):
    """The present users of the room that was joined, in order of arrival."""

    EVENT = "room-users"
    RECIPIENTS = "the connection that joined"
    users: RoomUsers
    room: RoomVersion


class UserJoined(RoomUser, RoomEvent, frozen=True):
    """A user became present in the room."""

    EVENT = "user-joined"
    RECIPIENTS = "the other connections in the room"
    DEFERRABLE = True
    room_id: RoomId
    active_members: int
    version: int


class UserLeft(RoomEvent, frozen=True):
    """A user left the room on all devices."""

    EVENT = "user-left"
    DEFERRABLE = True
    user_id: UserId
    room_id: RoomId
    active_members: int
    version: int


class StatusUpdated(RoomEvent, frozen=True):
    """The status, the activity or the shown study time of a user changed."""

    EVENT = "status-updated"
    DEFERRABLE = True
    user_id: UserId
    room_id: RoomId
    status: Status
    last_active: Timestamp
    activity: str | None
    follows_timer: bool
    focused_today: FocusTotal | None
    focus_since: Timestamp | None
    version: int


# Messages


class MessagePublished(ArgumentList, RoomEvent, frozen=True):
    """A user, or the room itself, sent a message."""

    EVENT = "message"
    message: Message

    @property
    def argument(self) -> Message:
        """The message."""
        return self.message

    @property
    def room_id(self) -> RoomId:
        """The room of the message."""
        return self.message.room_id


class NewMessage(MessagePublished, frozen=True):
    """The same as `message`, only if `compatibility.new_message` is on."""

    EVENT = "new-message"


class HeldUpdated(UserEvent, frozen=True):
    """Quiet focus holds a message of the user until `releaseAt` at the latest, or the user has cancelled it.

    When it is published, the user receives `message` with its id, like everyone in the room.
    """

    EVENT = "held-updated"
    room_id: RoomId
    state: Literal["held", "cancelled"]
    message: Message
    release_at: Timestamp | None


class HeldRefused(UserEvent, frozen=True):
    """A held message of the user was rejected at its release, and deleted; `code` is that of the error.

    `message_id` is its id, `client_message_id` the one that its client chose, null without one.
    """

    EVENT = "held-refused"
    room_id: RoomId
    message_id: MessageId
    client_message_id: str | None
    code: str


class MessagesExpired(RoomEvent, frozen=True):
    """Old messages were deleted by the room's retention.

    `first_seq` is the number of the first message that remains, or of the next one if none remains.
    """

    EVENT = "messages-expired"
    DEFERRABLE = True
    room_id: RoomId
    first_seq: int


# Rooms and their members


class RoomUpdated(RoomEvent, frozen=True):
    """The room's name, description or another setting changed."""

    EVENT = "room-updated"
    room_id: RoomId
    room: RoomInfo


class MemberUpdated(RoomEvent, UserEvent, frozen=True):
    """A user became a member, has another role, or was muted or unmuted."""

    EVENT = "member-updated"
    RECIPIENTS = "all connections in the room; with a mute, only the member and users who may end it"
    DEFERRABLE = True
    room_id: RoomId
    member: MemberProfile
    total_members: int


class UserUpdated(MultiRoomEvent, UserEvent, frozen=True):
    """A user has another name or picture, or was deleted; on `/`, the own profile changed.

    `looks` as in `MemberProfile`, only in rooms.
    """

    EVENT = "user-updated"
    NAMESPACES = (CHAT, PERSONAL)
    RECIPIENTS = "all connections in the user's rooms, and all connections of the user on `/`"
    DEFERRABLE = True
    user: UserSummary
    looks: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


class MemberLeft(RoomEvent, frozen=True):
    """A user is no member any more."""

    EVENT = "member-left"
    DEFERRABLE = True
    room_id: RoomId
    user_id: UserId
    total_members: int


class RoomDeleted(RoomEvent, frozen=True):
    """The room was deleted, and publishes no further events."""

    EVENT = "room-deleted"
    room_id: RoomId


class RemovedFromRoom(UserEvent, frozen=True):
    """The user's own membership ended; the room's events are not sent to them any more."""

    EVENT = "removed-from-room"
    NAMESPACES = (CHAT,)
    room_id: RoomId
    reason: RemovalReason


# To users, in any room or none


class Notification(UserEvent, frozen=True):
    """An event in a room that concerns the user, wherever they are.

    `user` is the other user of the event, `role` the recipient's new role, `until` the end of a mute, `total_members`
    the number of members after one joined. `title` and `starts_at` belong to a date in the schedule, or `title` to a
    task.
    """

    EVENT = "notification"
    type: NotificationKind
    room_id: RoomId
    room_name: str
    timestamp: Timestamp
    user: UserSummary | msgspec.UnsetType = msgspec.UNSET
    role: MemberRole | msgspec.UnsetType = msgspec.UNSET
    until: Timestamp | msgspec.UnsetType = msgspec.UNSET
    total_members: int | msgspec.UnsetType = msgspec.UNSET
    title: str | msgspec.UnsetType = msgspec.UNSET
    starts_at: Timestamp | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def about_room(
        cls,
        kind: NotificationKind,
        room: RoomInfo,
        at: Timestamp,
        *,
        by: UserSummary | None = None,
        role: MemberRole | None = None,
        until: Timestamp | None = None,
    ) -> "Notification":
        """Return a notification about a room.

        Args:
            kind: the event.
            room: the room as it is after the event.
            at: the time of the event.
            by: the other user of the event.
            role: the recipient's new role.
            until: the end of a mute.
        """
        total = room.total_members if kind == "member-joined" else msgspec.UNSET
        unset = msgspec.UNSET
        return cls(kind, room.id, room.name, at, by or unset, role or unset, until or unset, total)

    @classmethod
    def of_date(
        cls, kind: NotificationKind, room_id: RoomId, room_name: str, at: Timestamp, *, title: str, starts_at: Timestamp
    ) -> "Notification":
        """Return a notification about a date in the schedule of a room.

        Args:
            kind: the event.
            room_id, room_name: the room.
            at: the time of the event.
            title, starts_at: title and start of the date.
        """
        return cls(kind, room_id, room_name, at, title=title, starts_at=starts_at)

    @classmethod
    def of_task(
        cls, kind: NotificationKind, room_id: RoomId, room_name: str, at: Timestamp, *, title: str
    ) -> "Notification":
        """Return a notification about a task of the recipient in a room, with its title."""
        return cls(kind, room_id, room_name, at, title=title)


class RoomActivity(UserEvent, frozen=True):
    """Messages were sent to a room of the user; at most once a second for each room.

    `last_seq` is the number of the last message.
    """

    EVENT = "room-activity"
    RECIPIENTS = "all connections of all members, present or not"
    room_id: RoomId
    last_seq: int


class RoomPresence(UserEvent, frozen=True):
    """The number of users present in a room of the user changed; at most every two seconds for each room."""

    EVENT = "room-presence"
    RECIPIENTS = "all connections of all members, present or not"
    DEFERRABLE = True
    room_id: RoomId
    active_members: int


class ReadUpdated(UserEvent, frozen=True):
    """The user has read further, wrote, or became a member, on this or another device.

    `last_read` is the number of the last message that the user has read, `unread` how many are unread.
    """

    EVENT = "read-updated"
    room_id: RoomId
    last_read: int
    unread: int


class AnnouncementPublished(ArgumentList, GlobalEvent, ConnectionEvent, frozen=True):
    """An admin announced something to all users, also before the connection began; shown until `endsAt`."""

    EVENT = "announcement"
    announcement: Announcement


class AnnouncementEnded(GlobalEvent, frozen=True):
    """An admin ended an announcement early."""

    EVENT = "announcement-ended"
    id: AnnouncementId


# To one connection


class TokenExpiring(ConnectionEvent, frozen=True):
    """The token expires soon, and the connection is closed 25 s later; `refresh-token` renews it."""

    EVENT = "token-expiring"
    NAMESPACES = (CHAT, PERSONAL)
    RECIPIENTS = "each connection that was opened with the token"
    expires_at: Timestamp


class FailedEvent(Record, frozen=True):
    """The name of a client's event and the code of its error; `errors` lists the rejected fields of its argument.

    `retryAfter` is the seconds after which another attempt may succeed, `timer` the present timer of `timer_changed`.
    """

    code: str
    event: str
    retry_after: float | msgspec.UnsetType = msgspec.UNSET
    errors: tuple[FieldError, ...] | msgspec.UnsetType = msgspec.UNSET
    timer: TimerView | msgspec.UnsetType = msgspec.UNSET


class EventFailed(ArgumentList, ConnectionEvent, frozen=True):
    """An event that was sent without an ack failed; a sentence, then the details."""

    EVENT = "error"
    NAMESPACES = (CHAT, PERSONAL)
    RECIPIENTS = "the connection that sent the event"
    message: str
    details: FailedEvent

    @classmethod
    def from_error(cls, failure: AppError, event: str) -> "EventFailed":
        """Return the event for an error that the client's event of this name was rejected with."""
        retry_after = msgspec.UNSET if failure.retry_after is None else failure.retry_after
        timer = failure.timer if isinstance(failure, TimerChanged) else msgspec.UNSET
        errors = failure.errors or msgspec.UNSET
        return cls(failure.message, FailedEvent(failure.code, event, retry_after, errors, timer))


SERVER_EVENTS: list[type[ServerEvent]] = [
    *(found for found in list(vars().values()) if isinstance(found, type) and "EVENT" in vars(found)),
    *STUDY_EVENTS,
]
"""Every event that the server sends, in the order of the table in docs/protocol.md."""
