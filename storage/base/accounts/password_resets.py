"""Storage contract: password resets, one-time tokens that set a new password.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.accounts import (
    PasswordResetToken,
)
from domain.base import Timestamp, UserId
from storage.base.changes import Change, SessionsRevoked, UserChanged
from storage.base.store import Store, changes, read


def _reset_changes(result: UserId | None) -> list[Change]:
    return [UserChanged(result), SessionsRevoked(result)] if result else []


class PasswordResetStore(Store):
    """Tokens that set a new password without the old one. Each user has at most one."""

    @changes()
    @abstractmethod
    async def add_password_reset(self, reset: PasswordResetToken) -> None:
        """Store a reset; it replaces any other reset of its user.

        Raises:
            UserNotFound: the user is missing or deleted.
        """

    @read
    @abstractmethod
    async def password_reset(self, token_hash: str) -> PasswordResetToken | None:
        """Return the reset with this hash, expired or not; None if it is missing."""

    @changes(lambda: [UserChanged(None), SessionsRevoked(None)], _reset_changes)
    @abstractmethod
    async def use_password_reset(self, token_hash: str, password_hash: str, now: Timestamp) -> UserId | None:
        """Replace the password hash of the reset's user, revoke all their sessions, and return the user's id.

        The reset is deleted in the same transaction: of concurrent callers with one hash, exactly one wins. Returns
        None, without any change, if the reset is missing or expires at `now` or earlier. A reset that was only mailed
        to the user (`PasswordResetToken.mailed`) also sets `verified_at` to `now` if it was empty.
        """
