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
from domain.presence import ChosenStatus
from domain.study.timer import TimerControl
from domain.time_zones import UTC, time_zone
from text import normalise

MemberRole: TypeAlias = Literal["owner", "moderator", "member"]
Visibility: TypeAlias = Literal["public", "private"]
QuietFocus: TypeAlias = Literal["off", "hold"]
"""Messages of members during focus phases of the room's timer: published at once, or held until the break."""
LeaderboardSetting: TypeAlias = Literal["off", "on"]
"""A list of the members with the most study time in the room, for its members."""


class Room(Record, kw_only=True, frozen=True):
    """A study room as it is stored.

    Its messages are numbered from `first_seq` to `last_seq`; there are none if `first_seq` is above `last_seq`. Each
    expires after `retention_days`, None for never. Users who join can read messages from `history_from` on: the number
    after the last message at the time when the room was made public, 1 for a room that was always public or never.
    """

    id: RoomId
    name: str
    description: str = ""
    subject: str = ""
    image: str | None = None
    visibility: Visibility = "public"
    capacity: int | None = None
    retention_days: int | None = None
    timer_control: TimerControl = "members"
    quiet_focus: QuietFocus = "off"
    leaderboard: LeaderboardSetting = "off"
    time_zone: str = UTC
    """Zone that decides to which day of the leaderboard study time belongs."""
    total_members: int = 1
    first_seq: int = 1
    last_seq: int = 0
    history_from: int = 1
    expired_before: Timestamp | None = None
    """Messages from before this time had expired when their retention was extended, and stay expired."""
    last_active: Timestamp
    created_by: UserId
    created_at: Timestamp

    def changed(self, changes: Mapping[str, Any]) -> "Room":
        """Return the room with the fields in `changes`.

        When a private room becomes public, its history is closed: `history_from` moves behind the last message.
        `expired_before` only moves forward.
        """
        room = msgspec.structs.replace(self, **changes)
        if self.expired_before and (room.expired_before or "") < self.expired_before:
            room = msgspec.structs.replace(room, expired_before=self.expired_before)
        if (self.visibility, room.visibility) == ("private", "public"):
            return msgspec.structs.replace(room, history_from=self.last_seq + 1)
        return room

    def retention(self, max_days: int | None) -> int | None:
        """Return the retention in days, None for no limit: the shorter of the room's and the server's (`max_days`)."""
        return min((days for days in (self.retention_days, max_days) if days is not None), default=None)

    @property
    def search_key(self) -> str:
        """Search key of the name, the subject and the description, one line each."""
        return normalise.search_key(f"{self.name}\n{self.subject}\n{self.description}")

    @property
    def public_text(self) -> str:
        """Text of the room that others see, one line a part: it is stored with a report of the room."""
        return _join_lines(self.name, self.subject, self.description, self.image)

    def unread_after(self, seq: int) -> int:
        """Return the number of stored messages with a larger `seq`."""
        return max(0, self.last_seq - max(seq, self.first_seq - 1))


class Member(Record, frozen=True):
    """A user's membership of a room: role, read position, restrictions."""

    room_id: RoomId
    user_id: UserId
    role: MemberRole
    joined_at: Timestamp
    last_read: int = 0
    muted_until: Timestamp | None = None
    """End of a mute, which may be in the past. Until then the member cannot write here."""
    visible_from: int = 1
    """Number of the first message that the member may read: `Room.history_from` at the time of joining."""
    by_role: bool = False
    """True for a member admitted as an admin of the server: the membership ends with that role."""
    chosen_status: ChosenStatus | None = None
    """Status that the member chose; None if it follows their input."""
    activity: str | None = None
    """Text about what the member works on, shown while they are present."""
    follow_timer: bool = True
    """True if focus phases of the room's timer count as study time of the member while they are present."""
    show_on_leaderboard: bool = False
    """True if the others in the room see the member's study time there."""


class MembershipSettings(Record, frozen=True):
    """Settings of the user's own membership of a room."""

    room_id: RoomId
    follow_timer: bool
    show_on_leaderboard: bool


class MembershipChange(Payload, frozen=True):
    """PUT /api/study-rooms/:id/membership."""

    follow_timer: bool | None = None
    show_on_leaderboard: bool | None = None
    EXAMPLE = {"showOnLeaderboard": True}


class Membership(Record, frozen=True):
    """A room together with one member's role and read position."""

    room: Room
    role: MemberRole
    last_read: int

    @property
    def unread(self) -> int:
        """Number of stored messages after the last one read."""
        return self.room.unread_after(self.last_read)


class MemberProfile(Record, frozen=True):
    """A member as shown to others. Storages leave `lookalike` False: the service compares the names."""

    id: UserId
    name: str
    avatar: str | None
    role: MemberRole
    joined_at: Timestamp
    muted_until: Timestamp | None = None
    is_admin: bool = False
    """True for an admin of the server: members of the room cannot act on admins."""
    lookalike: bool = False
    """True if another member's name looks like this one."""
    looks: tuple[str, ...] = ()
    """Keys of the appearance of the name: names that share a key look alike."""


class Invite(Record, kw_only=True, frozen=True):
    """An invitation to a room: a user with the code may join until it expires or was used `uses` times."""

    id: InviteId
    code: str
    room_id: RoomId
    created_by: UserId
    created_at: Timestamp
    expires_at: Timestamp
    uses: int | None = None
    used: int = 0

    def is_usable(self, at: Timestamp) -> bool:
        """Return True if it may be used at this moment."""
        return at < self.expires_at and (self.uses is None or self.used < self.uses)


class RoomInfo(Record, frozen=True):
    """A room as shown to any user with access to it.

    `retention_days` is the number of days for which messages are stored, by the room's or the server's rule; None for
    no limit.
    """

    id: RoomId
    name: str
    description: str
    subject: str
    image: str | None
    visibility: Visibility
    capacity: int | None
    retention_days: int | None
    quiet_focus: QuietFocus
    total_members: int
    active_members: int
    last_active: Timestamp
    is_active: bool
    created_by: UserId
    created_at: Timestamp
    timer_control: TimerControl
    leaderboard: LeaderboardSetting
    time_zone: str


class RoomView(RoomInfo, frozen=True):
    """A room as shown to one user. `role` is theirs; it and `last_seq` are None if they are not a member."""

    role: MemberRole | None
    unread: int
    last_seq: int | None
    is_owner: bool


class ListedRoom(RoomView, frozen=True):
    """A room in a list, with the fields that clients of the older backend read: both counts and the owner's name."""

    members: int
    """The same as `total_members`."""
    owner: str
    """Name of the owner."""
    resources: int = 0
    """Number of files; 0 because rooms cannot have files yet."""


class InvitedRoom(RoomInfo, frozen=True):
    """A room as shown by an invitation. `invited_by` is None if the inviter's account was deleted."""

    invited_by: UserSummary | None


class RoomDetails(RoomView, frozen=True):
    """A room as shown to its members."""

    members: list[MemberProfile]
    owner: UserSummary | None
    resources: tuple[Any, ...] = ()
    """Files; empty because rooms cannot have files yet."""
    events: tuple[Any, ...] = ()
    """Dates; empty because rooms cannot have dates yet."""


Capacity = Annotated[int, msgspec.Meta(ge=1, le=10_000)]

RetentionDays = Annotated[int, msgspec.Meta(ge=0, le=3650)]
"""Days for which a message is stored. 0 is for as long as the server allows, because null counts as absent."""


_ROOM_RULES: dict[str, Rule] = {
    "name": normalise.name,
    "description": normalise.paragraph,
    "subject": normalise.optional_line,
    "image": normalise.link,
    "time_zone": time_zone,
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
    timer_control: TimerControl | None = None
    quiet_focus: QuietFocus | None = None
    leaderboard: LeaderboardSetting | None = None
    time_zone: str | None = None
    RULES = _ROOM_RULES
    EXAMPLE = {"name": "Calculus", "subject": "Maths", "visibility": "public", "capacity": 12}


class RoomChange(Payload, frozen=True):
    """PUT /api/study-rooms/:id. `ownerId` transfers the room to another member."""

    name: str | None = None
    description: str | None = None
    subject: str | None = None
    image: str | None = None
    visibility: Visibility | None = None
    capacity: Capacity | None = None
    retention_days: RetentionDays | None = None
    timer_control: TimerControl | None = None
    quiet_focus: QuietFocus | None = None
    leaderboard: LeaderboardSetting | None = None
    time_zone: str | None = None
    owner_id: UserId | None = None
    RULES = {**_ROOM_RULES, "owner_id": normalise.uuid}
    EXAMPLE = {"description": "Chapter 4, every evening at eight"}


class NewInvite(Payload, frozen=True):
    """POST /api/study-rooms/:id/invites. `expiresIn` is in seconds; without `uses`, any number of users may join."""

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
    """`join-room`. With `since`, messages after that number are returned as `missed`."""

    room_id: str
    since: Seq | None = None
    epoch: str | None = None
    RULES = {"room_id": normalise.uuid, "epoch": normalise.opaque_token}
    EXAMPLE = {"roomId": EXAMPLE_ROOM, "since": 41}
