"""Records of accounts: users, sessions, second factors, one-time links and invitations."""

from typing import Literal, TypeAlias

import msgspec

from domain.base import InviteId, Record, SessionId, Timestamp, UserId, _join_lines
from domain.languages import Language
from domain.study.days import DayRule, WeekStart
from domain.time_zones import UTC
from text import normalise

UserRole: TypeAlias = Literal["student", "admin"]

DELETED_NAME = "Deleted user"
"""Name shown for users of deleted accounts."""


def full_name(first_name: str, last_name: str) -> str:
    """Return both names, or the first one if the last one is empty."""
    return f"{first_name} {last_name}".rstrip()


class UserSummary(Record, frozen=True):
    """Public part of a user: everything that other members of a room may see."""

    id: UserId
    name: str
    avatar: str | None = None


class ListedUser(Record, kw_only=True, frozen=True):
    """A user as shown to admins: without settings that are only for the user."""

    id: UserId
    first_name: str
    last_name: str
    name: str = ""
    email: str
    role: UserRole = "student"
    disabled: bool = False
    pending: bool = False
    """True until an admin approves the account. A pending account cannot do anything."""
    avatar: str | None = None
    bio: str | None = None
    created_at: Timestamp
    last_login: Timestamp | None = None
    verified_at: Timestamp | None = None
    """Time when the user proved that they read the mail of this address."""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "name", full_name(self.first_name, self.last_name))


class User(ListedUser, kw_only=True, frozen=True):
    """A user's own profile. `listed` is the part that admins see, `summary` the part that other users see."""

    language: Language | None = None
    """Language of the page; None for that of the browser."""
    time_zone: str | None = None
    """Name of the time zone (IANA) of the user's days; None until a client has sent it."""
    day_starts_at: int = 4
    """Hour at which the user's days start: study time after midnight belongs to the day before."""
    daily_goal: int = 60
    """Minutes of study that the user wants to reach each day."""
    week_starts_on: WeekStart = "monday"

    @property
    def day_rule(self) -> DayRule:
        """Rule that assigns study time to the user's days; in UTC without a time zone."""
        return DayRule(self.time_zone or UTC, self.day_starts_at)

    @property
    def listed(self) -> ListedUser:
        """Part of the user that admins see."""
        return ListedUser(**{name: getattr(self, name) for name in ListedUser.__struct_fields__})

    @property
    def is_admin(self) -> bool:
        """True for an enabled admin."""
        return self.role == "admin" and not self.disabled

    @property
    def email_key(self) -> str:
        """Email in the form in which addresses are compared."""
        return normalise.email_key(self.email)

    @property
    def search_key(self) -> str:
        """Search key of the name and the email, one line each."""
        return normalise.search_key(f"{self.name}\n{self.email}")

    def with_access(self, role: UserRole | None, *, disabled: bool | None) -> "User":
        """Return the user with another role or `disabled` flag; None leaves a value unchanged.

        An admin is never pending.
        """
        return msgspec.structs.replace(
            self,
            role=role or self.role,
            disabled=self.disabled if disabled is None else disabled,
            pending=self.pending and role != "admin",
        )

    @property
    def summary(self) -> UserSummary:
        """Public part of the user."""
        return UserSummary(id=self.id, name=self.name, avatar=self.avatar)

    @property
    def public_text(self) -> str:
        """Text of the user that others see, one line a part."""
        return self.public_text_with(None)

    def public_text_with(self, activity: str | None) -> str:
        """Return the text of the user that others see in a room: it is stored with a report of the user there.

        Args:
            activity: the user's activity in the room, None without one.
        """
        return _join_lines(self.name, self.avatar, activity)


class Account(Record, frozen=True):
    """A user with the hash of their password. Never leaves the accounts service."""

    user: User
    password_hash: str


class PasswordResetToken(Record, frozen=True):
    """Permission to set a new password, once. Only the hash of its token is stored."""

    user_id: UserId
    token_hash: str
    expires_at: Timestamp
    mailed: bool = False
    """True if the token was only mailed to the address of the account: using it verifies the address."""


class EmailVerificationToken(Record, frozen=True):
    """A link that verifies the email of its user, once. Only the hash of its token is stored."""

    user_id: UserId
    token_hash: str
    expires_at: Timestamp


class SecondFactor(Record, frozen=True):
    """A second factor: codes that an app computes from a shared secret (RFC 6238).

    `version` is a new id after each change. `last_step` is the time step of the last code that was used: this code and
    older ones are rejected from then on (no replay). `recovery` has the hashes of recovery codes, each of which
    replaces a code once. Until the factor is confirmed with a code, login does not require one.
    """

    user_id: UserId
    version: str
    secret: str
    confirmed: bool = False
    last_step: int = 0
    recovery: tuple[str, ...] = ()


class ClientInfo(Record, frozen=True):
    """Client that signs in, as far as a request shows it: its User-Agent in one line, and its address."""

    client: str = ""
    address: str = ""


class SessionRenewal(Record, kw_only=True, frozen=True):
    """Fields of a session that change at each renewal."""

    refresh_hash: str
    expires_at: Timestamp
    last_used: Timestamp
    client: str
    address: str


class Session(SessionRenewal, kw_only=True, frozen=True):
    """One login of a user: a family of refresh tokens, of which only the newest works.

    `previous_hash` is the hash of the token that was exchanged for the newest one at `last_used`; empty before the
    first renewal.
    """

    id: SessionId
    user_id: UserId
    created_at: Timestamp
    previous_hash: str = ""
    revoked: bool = False

    def renewed(self, used_hash: str, renewal: SessionRenewal, retry_since: Timestamp) -> "Session | None":
        """Return the session after an exchange of the token with `used_hash`, or None if that token is invalid.

        The newest token can be exchanged. The one before it can be exchanged again if this first happened at
        `retry_since` or later: the client retries after a lost response. A retry does not change `last_used`.
        """
        if self.revoked:
            return None
        changes = msgspec.structs.asdict(renewal)
        if used_hash == self.refresh_hash:
            return msgspec.structs.replace(self, previous_hash=used_hash, **changes)
        if used_hash == self.previous_hash and self.last_used >= retry_since:
            return msgspec.structs.replace(self, **changes | {"last_used": self.last_used})
        return None


class SessionInfo(Record, frozen=True):
    """A session as shown to its user. `current` is True for the session of this request."""

    id: SessionId
    client: str
    address: str
    created_at: Timestamp
    last_used: Timestamp
    expires_at: Timestamp
    current: bool


class AccountInvite(Record, kw_only=True, frozen=True):
    """An admin's invitation to create an account. Only the hash of its code is stored.

    `uses` is the number of accounts that may be created with it, None for any number. `email` is the only address that
    may use it, None for any.
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

    def is_usable(self, at: Timestamp) -> bool:
        """Return True if it may be used at this moment. The caller checks that its creator is still an admin."""
        return not self.revoked and at < self.expires_at and (self.uses is None or self.used < self.uses)


class ListedAccountInvite(Record, frozen=True):
    """An account invitation, its creator, and its users who still have an account."""

    invite: AccountInvite
    creator: UserSummary
    creator_is_admin: bool
    used_by: tuple[UserSummary, ...]


class Identity(Record, frozen=True):
    """The authenticated user of a request, with their session.

    The token is valid until `token_expires`, in Unix time in seconds. `revocation_count` is the number of revocations
    of sessions up to the moment when this session was looked up.
    """

    user: User
    session_id: SessionId
    token_expires: float
    revocation_count: int = 0


class Caller(Identity, frozen=True):
    """Authenticated user of one request or event, and the client's address.

    It is resolved for each request and event, never stored with a connection: the user may have changed since.
    """

    address: str = ""
