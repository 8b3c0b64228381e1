"""Storage contract: sessions.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.accounts import (
    Session,
    SessionRenewal,
)
from domain.base import SessionId, Timestamp, UserId
from storage.base.changes import Change, SessionChanged, SessionRevoked, SessionsRevoked
from storage.base.store import Store, changes, read


def _rotation_changes(session_id: SessionId, result: Session | None) -> list[Change]:
    return [SessionChanged(session_id) if result else SessionRevoked(session_id)]


class SessionStore(Store):
    """Sessions (logins): families of refresh tokens."""

    @changes(lambda session: [SessionChanged(session.id)])
    @abstractmethod
    async def add_session(self, session: Session) -> None:
        """Store a new session.

        Raises:
            UserNotFound: the user is missing or deleted.
        """

    @read
    @abstractmethod
    async def session(self, session_id: SessionId) -> Session | None:
        """Return the session, revoked or not; None if it is missing."""

    @read
    @abstractmethod
    async def sessions_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[Session]:
        """Return up to `limit` sessions of the user, not revoked, expiring after `now`, newest (largest id) first."""

    @changes(lambda session_id: [SessionRevoked(session_id)], _rotation_changes)
    @abstractmethod
    async def rotate_session(
        self, session_id: SessionId, used_hash: str, renewal: SessionRenewal, *, retry_since: Timestamp
    ) -> Session | None:
        """Rotate the refresh token: store and return the session as changed by `Session.renewed`, atomically.

        Args:
            used_hash: hash of the token that the client presented.
            renewal: the new token's hash and expiry, and the time, client and address of this use.
            retry_since: the previous token is accepted if it was rotated at this time or later, as a retry.

        Returns None if the session is missing or revoked. If `used_hash` is not accepted, the token was used before and
        may be stolen: the session is revoked and None returned.
        """

    @changes(lambda session_id: [SessionRevoked(session_id)])
    @abstractmethod
    async def revoke_session(self, session_id: SessionId) -> None:
        """Revoke one session; do nothing if it is missing."""

    @changes(lambda user_id: [SessionsRevoked(user_id)])
    @abstractmethod
    async def revoke_sessions(self, user_id: UserId, *, keep: SessionId | None = None) -> list[SessionId]:
        """Revoke all sessions of the user except `keep`; return the ids of the newly revoked ones, ordered."""

    @changes(lambda: [SessionsRevoked(None)], lambda result: [SessionsRevoked(None)] if result else [])
    @abstractmethod
    async def purge_sessions(self, before: Timestamp, limit: int) -> int:
        """Delete up to `limit` sessions that are revoked or expired at `before` or earlier; return the number."""
