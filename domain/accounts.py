"""Records of accounts: users, sign-ins, second factors, one-time links and invitations."""

from typing import Literal, TypeAlias

import msgspec

from domain.base import InviteId, Record, SessionId, Timestamp, UserId, _join_lines
from text import normalise

UserRole: TypeAlias = Literal["student", "admin"]

DELETED_NAME = "Deleted user"
"""What stands in place of the name of somebody who deleted their account."""


def full_name(first_name: str, last_name: str) -> str:
    """Return both names, or the first one if the last one is empty."""
    return f"{first_name} {last_name}".rstrip()


class UserSummary(Record, frozen=True):
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
        return normalise.email_key(self.email)

    @property
    def search_key(self) -> str:
        """Search key of the name and the email, a line each."""
        return normalise.search_key(f"{self.name}\n{self.email}")

    def with_access(self, role: UserRole | None, *, disabled: bool | None) -> "User":
        """Return the user with the role and disabled or not; None is as before. An admin waits for no approval."""
        return msgspec.structs.replace(
            self,
            role=role or self.role,
            disabled=self.disabled if disabled is None else disabled,
            pending=self.pending and role != "admin",
        )

    @property
    def summary(self) -> UserSummary:
        """What others see of this person."""
        return UserSummary(id=self.id, name=self.name, avatar=self.avatar)

    @property
    def public_text(self) -> str:
        """Text of the user that others see, a line each: it is stored with a report of the user."""
        return _join_lines(self.name, self.avatar)


class Account(Record, frozen=True):
    """A user with what proves to be them. Never leaves the accounts service."""

    user: User
    password_hash: str


class PasswordResetToken(Record, frozen=True):
    """That somebody may set a new password, once. What proves to be them is a token, of which only the hash is kept."""

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


class ClientInfo(Record, frozen=True):
    """What somebody signs in with, as far as a request tells: its User-Agent in one line, and where it came from."""

    client: str = ""
    address: str = ""


class SessionRenewal(Record, kw_only=True, frozen=True):
    """What a sign-in becomes each time it is renewed."""

    refresh_hash: str
    expires_at: Timestamp
    last_used: Timestamp
    client: str
    address: str


class Session(SessionRenewal, kw_only=True, frozen=True):
    """One sign-in of a user: a family of refresh tokens of which only the newest works.

    `previous_hash` is the hash of the token that was traded for the newest one at `last_used`; empty before that.
    """

    id: SessionId
    user_id: UserId
    created_at: Timestamp
    previous_hash: str = ""
    revoked: bool = False

    def renewed(self, used_hash: str, renewal: SessionRenewal, retry_since: Timestamp) -> "Session | None":
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


class SessionInfo(Record, frozen=True):
    """A sign-in as the one who signed in sees it. `current` is the one that they ask by."""

    id: SessionId
    client: str
    address: str
    created_at: Timestamp
    last_used: Timestamp
    expires_at: Timestamp
    current: bool


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

    def is_usable(self, at: Timestamp) -> bool:
        """Return True if it may be used at this moment, as far as its maker is still an admin."""
        return not self.revoked and at < self.expires_at and (self.uses is None or self.used < self.uses)


class ListedAccountInvite(Record, frozen=True):
    """An invitation to make an account, its maker, and the users who used it and still have an account."""

    invite: AccountInvite
    maker: UserSummary
    maker_is_admin: bool
    used_by: tuple[UserSummary, ...]


class Identity(Record, frozen=True):
    """Who is asking, and by which sign-in. The token is good until `token_expires`, in seconds since the epoch.

    `revocation_count` is how many times sign-ins had been ended when they were looked up.
    """

    user: User
    session_id: SessionId
    token_expires: float
    revocation_count: int = 0
