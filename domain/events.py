"""What the server says of its own accord: the name of each event, who hears it, and its arguments.

`publisher/publisher.py` says them, and nothing else does. What is declared here is what is checked there, and what is
described to programs.
"""

from typing import Annotated, Generic, Literal, TypeAlias, TypeVarTuple, get_args

import msgspec

from domain.accounts import UserSummary
from domain.admin import Announcement
from domain.base import AnnouncementId, Record, RoomId, Timestamp, UserId
from domain.connections import CHAT, PERSONAL
from domain.messages import Message
from domain.presence import RoomUser, Status
from domain.rooms import MemberProfile, MemberRole, RoomInfo

EventArguments = TypeVarTuple("EventArguments")


class ServerEvent(Generic[*EventArguments]):
    """An event from server to client; its arguments are those in brackets.

    Args:
        name: the event's.
        about: when it is said, in a sentence.
        to: who hears it.
        namespaces: where.
    """

    def __init__(self, name: str, about: str, to: str, *namespaces: str) -> None:
        self.name = name
        self.description = about
        self.recipients = to
        self.namespaces = namespaces or (CHAT,)

    @property
    def argument_types(self) -> tuple[object, ...]:
        """The types of its arguments."""
        return get_args(self.__orig_class__)  # type: ignore[attr-defined]  # typing sets it: what stands in the brackets


RoomUsers: TypeAlias = Annotated[
    msgspec.Raw, msgspec.Meta(extra_json_schema={"type": "array", "items": {"$ref": "#/components/schemas/RoomUser"}})
]
"""The JSON of a list of `RoomUser`, who came first first."""

NotificationKind: TypeAlias = Literal[
    "member-joined",
    "message-reported",
    "muted",
    "role-changed",
    "room-deleted",
    "room-handed-over",
    "room-reported",
    "unmuted",
    "user-reported",
]
RemovalReason: TypeAlias = Literal["banned", "left", "removed"]


class RoomVersion(Record, frozen=True):
    """Which room, and after how many changes of who is there."""

    room_id: RoomId
    version: int


class UserJoined(RoomUser, frozen=True):
    """Who came in."""

    room_id: RoomId
    active_members: int
    version: int


class UserLeft(Record, frozen=True):
    """Who went away."""

    user_id: UserId
    room_id: RoomId
    active_members: int
    version: int


class StatusUpdated(Record, frozen=True):
    """Who is active, away or busy now."""

    user_id: UserId
    room_id: RoomId
    status: Status
    last_active: Timestamp
    version: int


class RoomUpdated(Record, frozen=True):
    """What the room is like now."""

    room_id: RoomId
    room: RoomInfo


class MemberUpdated(Record, frozen=True):
    """Who has what place in the room now, and how many members there are."""

    room_id: RoomId
    member: MemberProfile
    total_members: int


class UserUpdated(Record, frozen=True):
    """The name and picture that a user has now; `looks` as of a member, in rooms alone."""

    user: UserSummary
    looks: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


class MemberLeft(Record, frozen=True):
    """Who is no member any more, and how many there are."""

    room_id: RoomId
    user_id: UserId
    total_members: int


class RoomDeleted(Record, frozen=True):
    """Which room is gone."""

    room_id: RoomId


class MessagesExpired(Record, frozen=True):
    """In which room messages were deleted, and the number of the first one that is left, or will come."""

    room_id: RoomId
    first_seq: int


class RemovedFromRoom(Record, frozen=True):
    """Which room one is no member of any more, and why."""

    room_id: RoomId
    reason: RemovalReason


class Notification(Record, frozen=True):
    """An event in a room that concerns the person.

    `user` is the other person of it, `role` the new role of the person, `until` the end of a mute, `total_members` the
    number of members after one joined.
    """

    type: NotificationKind
    room_id: RoomId
    room_name: str
    timestamp: Timestamp
    user: UserSummary | msgspec.UnsetType = msgspec.UNSET
    role: MemberRole | msgspec.UnsetType = msgspec.UNSET
    until: Timestamp | msgspec.UnsetType = msgspec.UNSET
    total_members: int | msgspec.UnsetType = msgspec.UNSET


class RoomActivity(Record, frozen=True):
    """The number of the last message of a room."""

    room_id: RoomId
    last_seq: int


class RoomPresence(Record, frozen=True):
    """Number of users present in a room."""

    room_id: RoomId
    active_members: int


class ReadUpdated(Record, frozen=True):
    """The number of the last message of a room that the user has read, and how many are unread."""

    room_id: RoomId
    last_read: int
    unread: int


class AnnouncementEnded(Record, frozen=True):
    """The announcement that is not shown any more."""

    id: AnnouncementId


class TokenExpiring(Record, frozen=True):
    """When the token ends that the connection came in with."""

    expires_at: Timestamp


class FailedEvent(Record, frozen=True):
    """Which event failed and how; `retryAfter` is the seconds until trying again makes sense."""

    code: str
    event: str
    retry_after: float | msgspec.UnsetType = msgspec.UNSET


_ROOM = "everybody in the room"
_SOCKET = "the socket that sent the event"
_USER = "all sockets of one person"
_MEMBERS = "all sockets of every member, present or not"
_OWN = "the socket that came in with the token"

ROOM_USERS = ServerEvent[RoomUsers, RoomVersion](
    "room-users", "Who is in the room that was joined, who came first first.", _SOCKET
)
USER_JOINED = ServerEvent[UserJoined]("user-joined", "Somebody came in.", "the others in the room")
USER_LEFT = ServerEvent[UserLeft]("user-left", "Somebody went away, from all their devices.", _ROOM)
STATUS_UPDATED = ServerEvent[StatusUpdated]("status-updated", "Somebody is active, away or busy now.", _ROOM)
MESSAGE = ServerEvent[Message]("message", "Somebody, or the room itself, said something.", _ROOM)
NEW_MESSAGE = ServerEvent[Message](
    "new-message", "The same as `message`, only where `[compatibility] new_message` is on.", _ROOM
)
MESSAGES_EXPIRED = ServerEvent[MessagesExpired](
    "messages-expired", "Messages are deleted that the room keeps no longer.", _ROOM
)
ROOM_UPDATED = ServerEvent[RoomUpdated]("room-updated", "The room's name, description … changed.", _ROOM)
MEMBER_UPDATED = ServerEvent[MemberUpdated](
    "member-updated",
    "Somebody became a member, or their role or mute is another.",
    "everybody in the room; with a mute, its member and those who may end it",
)
USER_UPDATED = ServerEvent[UserUpdated](
    "user-updated",
    "A user has another name or picture, or was deleted; on `/`, one's own profile changed.",
    "everybody in the user's rooms, and all sockets of the user on `/`",
    CHAT,
    PERSONAL,
)
MEMBER_LEFT = ServerEvent[MemberLeft]("member-left", "Somebody is no member any more.", _ROOM)
ROOM_DELETED = ServerEvent[RoomDeleted]("room-deleted", "The room is gone; nothing is heard there any more.", _ROOM)
REMOVED_FROM_ROOM = ServerEvent[RemovedFromRoom](
    "removed-from-room", "One is no member any more, and hears nothing there from now on.", _USER
)
NOTIFICATION = ServerEvent[Notification](
    "notification", "Something happened to the person while they were elsewhere.", _USER, PERSONAL
)
ROOM_ACTIVITY = ServerEvent[RoomActivity](
    "room-activity", "Messages were sent to a room; at most once a second for each room.", _MEMBERS, PERSONAL
)
ROOM_PRESENCE = ServerEvent[RoomPresence](
    "room-presence", "Users came or went; at most every two seconds for each room.", _MEMBERS, PERSONAL
)
READ_UPDATED = ServerEvent[ReadUpdated](
    "read-updated", "The user has read further, wrote, or became a member.", _USER, PERSONAL
)
ANNOUNCEMENT = ServerEvent[Announcement](
    "announcement",
    "An admin announced something, or did before the connection began; shown until `endsAt`.",
    "everybody who is connected",
    PERSONAL,
)
ANNOUNCEMENT_ENDED = ServerEvent[AnnouncementEnded](
    "announcement-ended", "An admin ended an announcement before its time.", "everybody who is connected", PERSONAL
)
TOKEN_EXPIRING = ServerEvent[TokenExpiring](
    "token-expiring",
    "The token ends soon, and 25 s later the connection; `refresh-token` renews it.",
    "each socket that came in with it",
    CHAT,
    PERSONAL,
)
ERROR = ServerEvent[str, FailedEvent](
    "error", "An event that wanted no ack failed; a sentence, then the details.", _SOCKET, CHAT, PERSONAL
)

SERVER_EVENTS = [said for said in list(vars().values()) if isinstance(said, ServerEvent)]
"""Every event that clients may hear."""
