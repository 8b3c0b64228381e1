"""The nouns: records that storages keep, and what is shown of them. No I/O.

Field names become camelCase on the wire. Records are frozen: the cache hands out the same object
to everybody.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Literal, NewType, TypeAlias

import msgspec

import text

Timestamp = NewType("Timestamp", Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})])
"""RFC 3339 in UTC with milliseconds, `2026-11-22T09:30:00.123Z`: sorts as it reads."""

_Id: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uuid"})]
UserId: TypeAlias = _Id
RoomId: TypeAlias = _Id
MessageId: TypeAlias = _Id
SignInId: TypeAlias = _Id
InviteId: TypeAlias = _Id
ActId: TypeAlias = _Id
NoticeId: TypeAlias = _Id
ReportId: TypeAlias = _Id

Status: TypeAlias = Literal["active", "away", "busy"]
ChosenStatus: TypeAlias = Literal["active", "automatic", "away", "busy"]
"""Statuses that a user may choose; "automatic" follows what they do."""
UserRole: TypeAlias = Literal["student", "admin"]
MemberRole: TypeAlias = Literal["owner", "moderator", "member"]
ReportStatus: TypeAlias = Literal["open", "resolved"]
ReportKind: TypeAlias = Literal["message", "room", "user"]
Readers: TypeAlias = Literal["moderators", "owner", "admins"]
"""Readers of a report: moderators, owner and admins; owner and admins; admins only."""
Visibility: TypeAlias = Literal["public", "private"]
Action: TypeAlias = Literal[
    "admin-joined",
    "invite-created",
    "invite-revoked",
    "invite-used",
    "member-banned",
    "member-muted",
    "member-removed",
    "member-unbanned",
    "member-unmuted",
    "report-reopened",
    "report-resolved",
    "role-changed",
    "room-changed",
    "room-handed-over",
    "system-message-posted",
]
"""What a room's audit log tells of."""

DELETED_NAME = "Deleted user"
"""What stands in place of the name of somebody who deleted their account."""


def full_name(first_name: str, last_name: str) -> str:
    """Return both names, or the first one if the last one is empty."""
    return f"{first_name} {last_name}".rstrip()


def redacted(content: str, deleted: Collection[str], names: Iterable[str]) -> str:
    """Return `content` with `DELETED_NAME` in place of the names in `deleted`.

    Args:
        content: a sentence of the room.
        deleted: names of users who deleted their account.
        names: all names in the sentence. One that contains another, as "Ada Okafor" contains "Ada", stays whole.
    """
    longest_first = sorted({*deleted, *names, DELETED_NAME}, key=len, reverse=True)
    words = re.compile("|".join(map(_whole, longest_first)))
    return words.sub(lambda found: _in_place_of(found[0]) if found[0] in deleted else found[0], content)


def _whole(name: str) -> str:
    """Return the pattern of a name that is no part of a longer word; a quoted one begins and ends by itself."""
    return re.escape(name) if name.startswith("“") else rf"(?<!\w){re.escape(name)}(?!\w)"


def _in_place_of(name: str) -> str:
    return text.quoted(DELETED_NAME) if name.startswith("“") else DELETED_NAME


def _lines(*parts: str | None) -> str:
    return "\n".join(filter(None, parts))


class Record(msgspec.Struct, frozen=True, rename="camel"):
    """Base of everything that is kept or shown."""


class Sender(Record, frozen=True):
    """Who wrote a message, or who is meant: the part of a user that everybody in a room may see."""

    id: UserId
    name: str
    avatar: str | None = None


class User(Record, kw_only=True, frozen=True):
    """A person's own profile."""

    id: UserId
    first_name: str
    last_name: str
    name: str = ""
    email: str
    role: UserRole = "student"
    disabled: bool = False
    pending: bool = False
    """Waits for the approval of an admin, and can do nothing until then."""
    avatar: str | None = None
    bio: str | None = None
    created_at: Timestamp
    last_login: Timestamp | None = None
    verified_at: Timestamp | None = None
    """When the user proved that they read the mail of this address."""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "name", full_name(self.first_name, self.last_name))

    @property
    def is_admin(self) -> bool:
        """Whether this is an admin who is not disabled."""
        return self.role == "admin" and not self.disabled

    @property
    def email_key(self) -> str:
        """The email as it is compared."""
        return text.email_key(self.email)

    @property
    def search_key(self) -> str:
        """Search key of the name and the email, a line each."""
        return text.search_key(f"{self.name}\n{self.email}")

    def standing(self, role: UserRole | None, *, disabled: bool | None) -> "User":
        """Return the user with the role and disabled or not; None is as before. An admin waits for no approval."""
        return msgspec.structs.replace(
            self,
            role=role or self.role,
            disabled=self.disabled if disabled is None else disabled,
            pending=self.pending and role != "admin",
        )

    @property
    def sender(self) -> Sender:
        """What others see of this person."""
        return Sender(id=self.id, name=self.name, avatar=self.avatar)

    @property
    def words(self) -> str:
        """Text of the user that others see, a line each: it is stored with a report of the user."""
        return _lines(self.name, self.avatar)


class Account(Record, frozen=True):
    """A user with what proves to be them. Never leaves the accounts service."""

    user: User
    password_hash: str


class Totals(Record, frozen=True):
    """How much is kept. `sign_ups` has the day, `2026-11-22`, and how many accounts of it there are."""

    users: int
    rooms: int
    messages: int
    sign_ups: dict[str, int]


class Reset(Record, frozen=True):
    """That somebody may set a new password, once. What proves to be them is a token, of which only the hash is kept."""

    user_id: UserId
    token_hash: str
    expires_at: Timestamp
    mailed: bool = False
    """True if the token was only mailed to the address of the account: using it verifies the address."""


class Verification(Record, frozen=True):
    """A link that verifies the email of its user, once. Only the hash of its token is stored."""

    user_id: UserId
    token_hash: str
    expires_at: Timestamp


class Promotion(Record, frozen=True):
    """A proposal of an admin to make a user an admin, until another admin confirms it. A user has one at most."""

    user_id: UserId
    proposed_by: UserId
    created_at: Timestamp
    expires_at: Timestamp


class ListedPromotion(Record, frozen=True):
    """A promotion as admins see it."""

    user: User
    proposed_by: Sender
    created_at: Timestamp
    expires_at: Timestamp


class SecondFactor(Record, frozen=True):
    """What else than the password somebody signs in with: codes that an app makes of a shared secret (RFC 6238).

    `version` is another id after each change. `last_step` is the time step of the last code that was used: neither it
    nor an older one is good again. `recovery` has the hashes of the codes that may be used in place of one, once each.
    Until it is confirmed with a code nobody is asked for one.
    """

    user_id: UserId
    version: str
    secret: str
    confirmed: bool = False
    last_step: int = 0
    recovery: tuple[str, ...] = ()


class Device(Record, frozen=True):
    """What somebody signs in with, as far as a request tells: its User-Agent in one line, and where it came from."""

    client: str = ""
    address: str = ""


class Renewal(Record, kw_only=True, frozen=True):
    """What a sign-in becomes each time it is renewed."""

    refresh_hash: str
    expires_at: Timestamp
    last_used: Timestamp
    client: str
    address: str


class SignIn(Renewal, kw_only=True, frozen=True):
    """One sign-in of a user: a family of refresh tokens of which only the newest works.

    `previous_hash` is the hash of the token that was traded for the newest one at `last_used`; empty before that.
    """

    id: SignInId
    user_id: UserId
    created_at: Timestamp
    previous_hash: str = ""
    revoked: bool = False

    def renewed(self, used_hash: str, renewal: Renewal, retry_since: Timestamp) -> "SignIn | None":
        """Return the sign-in after a trade of the token with `used_hash`, or None if that token is no good.

        The newest token can be traded. So can the one before it, if it was traded at `retry_since` or later: a retry
        after a lost answer, which leaves `last_used` as it is.
        """
        if self.revoked:
            return None
        changes = msgspec.structs.asdict(renewal)
        if used_hash == self.refresh_hash:
            return msgspec.structs.replace(self, previous_hash=used_hash, **changes)
        if used_hash == self.previous_hash and self.last_used >= retry_since:
            return msgspec.structs.replace(self, **changes | {"last_used": self.last_used})
        return None


class Session(Record, frozen=True):
    """A sign-in as the one who signed in sees it. `current` is the one that they ask by."""

    id: SignInId
    client: str
    address: str
    created_at: Timestamp
    last_used: Timestamp
    expires_at: Timestamp
    current: bool


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

    def retention(self, most_days: int | None) -> int | None:
        """Return for how many days messages are kept here where the server keeps none for longer than `most_days`."""
        return min((days for days in (self.retention_days, most_days) if days is not None), default=None)

    @property
    def search_key(self) -> str:
        """Search key of the name, the subject and the description, a line each."""
        return text.search_key(f"{self.name}\n{self.subject}\n{self.description}")

    @property
    def words(self) -> str:
        """Text of the room that others see, a line each: it is stored with a report of the room."""
        return _lines(self.name, self.subject, self.description, self.image)

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


class Act(Record, kw_only=True, frozen=True):
    """Something that somebody does in a room by virtue of who they are there, as the room's audit log keeps it.

    `details` holds no names: people are looked up.
    """

    id: ActId
    room_id: RoomId
    action: Action
    actor_id: UserId
    target_id: UserId | None = None
    details: dict[str, Any] = {}
    timestamp: Timestamp


TOLD_TARGETS = ("role", "until")
"""Details of an act that its target may read. The reason is left out: it may show who complained."""


class AuditEntry(Record, frozen=True):
    """An act as it is shown: people have the names they have now."""

    id: ActId
    action: Action
    actor: Sender
    target: Sender | None
    details: dict[str, Any]
    timestamp: Timestamp

    def told(self, user_id: UserId) -> "AuditEntry":
        """Return the entry as this user may read it: of an act on themselves it has the details in `TOLD_TARGETS`."""
        if self.target is None or self.target.id != user_id or self.actor.id == user_id:
            return self
        details = {name: value for name, value in self.details.items() if name in TOLD_TARGETS}
        return msgspec.structs.replace(self, details=details)


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

    def works(self, at: Timestamp) -> bool:
        """Say whether it may be used at this moment."""
        return at < self.expires_at and (self.uses is None or self.used < self.uses)


class AccountInvite(Record, kw_only=True, frozen=True):
    """An invitation by an admin to make an account. Of its code only the hash is stored.

    `uses` is how many accounts may be made with it, None for any number; `email` the only address that it is for.
    """

    id: InviteId
    code_hash: str
    created_by: UserId
    created_at: Timestamp
    expires_at: Timestamp
    uses: int | None = None
    used: int = 0
    email: str | None = None
    revoked: bool = False

    def works(self, at: Timestamp) -> bool:
        """Return True if it may be used at this moment, as far as its maker is still an admin."""
        return not self.revoked and at < self.expires_at and (self.uses is None or self.used < self.uses)


class ListedAccountInvite(Record, frozen=True):
    """An invitation to make an account, its maker, and the users who used it and still have an account."""

    invite: AccountInvite
    maker: Sender
    maker_is_admin: bool
    used_by: tuple[Sender, ...]


class PublicNotice(Record, frozen=True):
    """An announcement by an admin to all users, shown until `ends_at`."""

    id: NoticeId
    content: str
    created_at: Timestamp
    ends_at: Timestamp


class Ban(Record, frozen=True):
    """Somebody who may not become a member, and by whose word."""

    user: Sender
    banned_by: Sender
    reason: str
    created_at: Timestamp


class Message(Record, kw_only=True, omit_defaults=True, frozen=True):
    """A message as it is kept and shown. `seq` is 1, 2, 3 … in its room, without holes."""

    id: MessageId
    room_id: RoomId
    seq: int
    content: str
    is_system: bool
    timestamp: Timestamp
    client_message_id: str | None = None
    sender: Sender | None


class Draft(Record, frozen=True):
    """A message on its way into storage. `id` is new; a system message has no sender."""

    id: MessageId
    room_id: RoomId
    sender: Sender | None
    content: str
    timestamp: Timestamp
    client_message_id: str | None = None
    act: Act | None = None
    """What is kept in the audit log with it."""
    named: tuple[Sender, ...] = ()
    """People whose names the content says: they are taken out of it when the person deletes their account."""

    def without(self, deleted: Collection[UserId]) -> "Draft":
        """Return the draft with `DELETED_NAME` in place of the names of those who have deleted their account."""
        if not deleted:
            return self
        gone = {person.name for person in self.named if person.id in deleted}
        content = redacted(self.content, gone, (person.name for person in self.named))
        named = tuple(person for person in self.named if person.id not in deleted)
        return msgspec.structs.replace(self, content=content, named=named)


class ReportDraft(Record, kw_only=True, frozen=True):
    """Report on its way into storage. `target_id` is the id of a message, of a user or of the room, after `kind`."""

    id: ReportId
    kind: ReportKind = "message"
    room_id: RoomId
    target_id: str
    reporter_id: UserId
    reason: str
    created_at: Timestamp


class ReportedMessage(Record, frozen=True):
    """Text as it stood when it was reported; its sender has the current name.

    For a report of a user or of a room `id` is theirs, `seq` is 0, `content` is what others see of it, a line each, and
    `sender` is the user, or the owner of that time. A message of the room itself has no sender.
    """

    id: str
    seq: int
    content: str
    timestamp: Timestamp
    sender: Sender | None


class Report(Record, kw_only=True, frozen=True):
    """Report of a message, a user or a room. The room has its current name; a deleted one has its last name.

    `accused` is the user whom the report is about: the sender or the user, the owner of a room, the user who posted a
    message of the room or is the only one named in it; None if there is no such user.
    """

    id: ReportId
    kind: ReportKind = "message"
    room_id: RoomId
    room_name: str
    room_deleted: bool = False
    message: ReportedMessage
    accused: Sender | None
    reporter: Sender
    reason: str
    status: ReportStatus
    created_at: Timestamp
    resolved_by: Sender | None = None
    resolved_at: Timestamp | None = None


class Present(Record, frozen=True):
    """One person in a room, as storage keeps it."""

    user_id: UserId
    status: Status
    last_active: Timestamp


class RoomUser(Record, frozen=True):
    """One person in a room, as the others see them in `room-users` and `user-joined`."""

    id: UserId
    name: str
    avatar: str | None
    status: Status
    last_active: Timestamp


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

    invited_by: Sender | None


class RoomDetails(RoomView, frozen=True):
    """A room as its members see it."""

    members: list[MemberProfile]
    owner: Sender | None
    resources: tuple[Any, ...] = ()
    """Files: none until rooms can have some."""
    events: tuple[Any, ...] = ()
    """Dates: none until rooms can have some."""


class Identity(Record, frozen=True):
    """Who is asking, and by which sign-in. The token is good until `token_expires`, in seconds since the epoch.

    `endings` is how many times sign-ins had been ended when they were looked up.
    """

    user: User
    sign_in_id: SignInId
    token_expires: float
    endings: int = 0
