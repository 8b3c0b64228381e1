"""The contract of a storage: sign-ins.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.accounts import (
    Session,
    SessionRenewal,
)
from domain.base import SessionId, Timestamp, UserId


class SessionStore(ABC):
    """Sign-ins: families of refresh tokens."""

    @abstractmethod
    async def add_session(self, session: Session) -> None:
        """Keep a new sign-in.

        Raises:
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def session(self, session_id: SessionId) -> Session | None:
        """Return the sign-in, revoked or not; None where there is none."""

    @abstractmethod
    async def sessions_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[Session]:
        """Return up to `limit` of the user's sign-ins, newest (largest id) first: not revoked, expiring after `now`."""

    @abstractmethod
    async def rotate_session(
        self, session_id: SessionId, used_hash: str, renewal: SessionRenewal, *, retry_since: Timestamp
    ) -> Session | None:
        """Store and return the sign-in as `Session.renewed` makes it, in one step among concurrent callers.

        If `used_hash` is no good, the token was used before: the sign-in is revoked and None returned. None, too, if
        the sign-in is revoked or missing.
        """

    @abstractmethod
    async def revoke_session(self, session_id: SessionId) -> None:
        """Revoke one sign-in; nothing happens where there is none."""

    @abstractmethod
    async def revoke_sessions(self, user_id: UserId, *, keep: SessionId | None = None) -> list[SessionId]:
        """Revoke every sign-in of the user but `keep`; return those that were not revoked before, by id."""

    @abstractmethod
    async def purge_sessions(self, before: Timestamp, limit: int) -> int:
        """Delete up to `limit` sign-ins that are revoked, or expired at `before` or earlier; return how many."""
