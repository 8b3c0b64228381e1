"""Records and request bodies of rooms, members and invitations."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from domain.accounts import UserSummary
from domain.base import (
    EXAMPLE_ROOM,
    InviteId,
    Payload,
    QueryParams,
    Record,
    RoomId,
    Rule,
    Seq,
    Timestamp,
    UserId,
    _join_lines,
)
from text import normalise

MemberRole: TypeAlias = Literal["owner", "moderator", "member"]
Visibility: TypeAlias = Literal["public", "private"]


class Room(Record, kw_only=True, frozen=True):
    """A study room as it is kept.

    Its messages are those from `first_seq` to `last_seq`, all of them; none where the first is above the last. They are
    kept for `retention_days` each, None for ever. Users who join read messages from `history_from` on: the number after
    the last message at the time when the room was made public, 1 for a room that was always public or never.
    """

    id: RoomId
    name: str
    description: str = ""
    subject: str = ""
    image: str | None = None
    visibility: Visibility = "public"
    capacity: int | None = None
    retention_days: int | None = None
    total_members: int = 1
    first_seq: int = 1
    last_seq: int = 0
    history_from: int = 1
    expired_before: Timestamp | None = None
    """Messages from before then had expired when their retention was made longer, and stay so."""
    last_active: Timestamp
    created_by: UserId
    created_at: Timestamp

    def changed(self, changes: Mapping[str, Any]) -> "Room":
        """Return the room with the fields in `changes`.

        A private room that becomes public closes its history: `history_from` moves behind its last message.
        `expired_before` moves only forward.
        """
        room = msgspec.structs.replace(self, **changes)
        if self.expired_before and (room.expired_before or "") < self.expired_before:
            room = msgspec.structs.replace(room, expired_before=self.expired_before)
        if (self.visibility, room.visibility) == ("private", "public"):
            return msgspec.structs.replace(room, history_from=self.last_seq + 1)
        return room

    def retention(self, max_days: int | None) -> int | None:
        """Return for how many days messages are kept here where the server keeps none for longer than `max_days`."""
        return min((days for days in (self.retention_days, max_days) if days is not None), default=None)

    @property
    def search_key(self) -> str:
        """Search key of the name, the subject and the description, a line each."""
        return normalise.search_key(f"{self.name}\n{self.subject}\n{self.description}")

    @property
    def public_text(self) -> str:
        """Text of the room that others see, a line each: it is stored with a report of the room."""
        return _join_lines(self.name, self.subject, self.description, self.image)

    def unread_after(self, seq: int) -> int:
        """Return how many messages that are still kept have a larger `seq`."""
        return max(0, self.last_seq - max(seq, self.first_seq - 1))


class Member(Record, frozen=True):
    """Somebody's place in a room."""

    room_id: RoomId
    user_id: UserId
    role: MemberRole
    joined_at: Timestamp
    last_read: int = 0
    muted_until: Timestamp | None = None
    """Until when they may say nothing here; it may be over."""
    visible_from: int = 1
    """Number of the first message that the member may read: `Room.history_from` at the time of joining."""
    by_role: bool = False
    """True for a member who was admitted as an admin of the server: the membership ends with that role."""


class Membership(Record, frozen=True):
    """A room together with one member's place in it."""

    room: Room
    role: MemberRole
    last_read: int

    @property
    def unread(self) -> int:
        """How many messages, of those kept, have a larger `seq` than the last one read."""
        return self.room.unread_after(self.last_read)


class MemberProfile(Record, frozen=True):
    """A member as the others see them. `lookalike` is no storage's affair: the service compares the names."""

    id: UserId
    name: str
    avatar: str | None
    role: MemberRole
    joined_at: Timestamp
    muted_until: Timestamp | None = None
    is_admin: bool = False
    """True for an admin of the server, on whom no member of the room acts."""
    lookalike: bool = False
    """Whether another member's name looks like theirs."""
    looks: tuple[str, ...] = ()
    """Keys of what the name looks like: names that share one look alike."""


class Invite(Record, kw_only=True, frozen=True):
    """An invitation: whoever has the code may become a member, until it is over or was used `uses` times."""

    id: InviteId
    code: str
    room_id: RoomId
    created_by: UserId
    created_at: Timestamp
    expires_at: Timestamp
    uses: int | None = None
    used: int = 0

    def is_usable(self, at: Timestamp) -> bool:
        """Say whether it may be used at this moment."""
        return at < self.expires_at and (self.uses is None or self.used < self.uses)


class RoomInfo(Record, frozen=True):
    """A room as anybody may see it who may see it at all.

    `retention_days` is for how long messages are kept here, by the room's or the server's rule; None is for ever.
    """

    id: RoomId
    name: str
    description: str
    subject: str
    image: str | None
    visibility: Visibility
    capacity: int | None
    retention_days: int | None
    total_members: int
    active_members: int
    last_active: Timestamp
    is_active: bool
    created_by: UserId
    created_at: Timestamp


class RoomView(RoomInfo, frozen=True):
    """A room as one person sees it. `role` is theirs; it and `last_seq` are None if they are no member."""

    role: MemberRole | None
    unread: int
    last_seq: int | None
    is_owner: bool


class ListedRoom(RoomView, frozen=True):
    """A room in a list, with the counts and the owner's name that clients of the older backend read there."""

    members: int
    """The same as `total_members`."""
    owner: str
    """The owner's name."""
    resources: int = 0
    """Number of files: none until rooms can have some."""


class InvitedRoom(RoomInfo, frozen=True):
    """A room as an invitation shows it. `invited_by` is None if the inviter's account is gone."""

    invited_by: UserSummary | None


class RoomDetails(RoomView, frozen=True):
    """A room as its members see it."""

    members: list[MemberProfile]
    owner: UserSummary | None
    resources: tuple[Any, ...] = ()
    """Files: none until rooms can have some."""
    events: tuple[Any, ...] = ()
    """Dates: none until rooms can have some."""


Capacity = Annotated[int, msgspec.Meta(ge=1, le=10_000)]

RetentionDays = Annotated[int, msgspec.Meta(ge=0, le=3650)]
"""For how many days a message is kept; 0 is for as long as the server keeps them, as null is as absent."""


_ROOM_RULES: dict[str, Rule] = {
    "name": normalise.name,
    "description": normalise.paragraph,
    "subject": normalise.optional_line,
    "image": normalise.link,
}


class NewRoom(Payload, frozen=True):
    """POST /api/study-rooms."""

    name: str
    description: str | None = None
    subject: str | None = None
    image: str | None = None
    visibility: Visibility | None = None
    capacity: Capacity | None = None
    retention_days: RetentionDays | None = None
    RULES = _ROOM_RULES
    EXAMPLE = {"name": "Calculus", "subject": "Maths", "visibility": "public", "capacity": 12}


class RoomChange(Payload, frozen=True):
    """PUT /api/study-rooms/:id. `ownerId` hands the room over to another member."""

    name: str | None = None
    description: str | None = None
    subject: str | None = None
    image: str | None = None
    visibility: Visibility | None = None
    capacity: Capacity | None = None
    retention_days: RetentionDays | None = None
    owner_id: UserId | None = None
    RULES = {**_ROOM_RULES, "owner_id": normalise.uuid}
    EXAMPLE = {"description": "Chapter 4, every evening at eight"}


class NewInvite(Payload, frozen=True):
    """POST /api/study-rooms/:id/invites. `expiresIn` is in seconds; without `uses`, any number may use it."""

    expires_in: Annotated[int, msgspec.Meta(ge=60, le=365 * 24 * 3600)] | None = None
    uses: Annotated[int, msgspec.Meta(ge=1, le=1_000)] | None = None
    EXAMPLE = {"expiresIn": 86_400, "uses": 30}


class InviteCode(Payload, frozen=True):
    """POST /api/invites/lookup and /api/invites/accept."""

    code: str
    RULES = {"code": normalise.opaque_token}
    EXAMPLE = {"code": "q8Ha2Zt6pYcW5sLdUeBfMjGi"}


class RoomsQuery(QueryParams, frozen=True):
    """GET /api/study-rooms and /api/dashboard/admin/rooms?search=&limit=&cursor=."""

    search: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    cursor: str | None = None
    RULES = {"search": normalise.search, "cursor": normalise.uuid}


class RoomRef(Payload, frozen=True):
    """`leave-room`: a room."""

    room_id: str
    RULES = {"room_id": normalise.uuid}
    EXAMPLE = {"roomId": EXAMPLE_ROOM}


class JoinRoom(Payload, frozen=True):
    """`join-room`. With `since`, what was said after that number is answered as `missed`."""

    room_id: str
    since: Seq | None = None
    epoch: str | None = None
    RULES = {"room_id": normalise.uuid, "epoch": normalise.opaque_token}
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "since": 41}
