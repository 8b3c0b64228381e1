"""The contract of a storage: one-time links that set a new password.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.accounts import (
    PasswordResetToken,
)
from domain.base import Timestamp, UserId


class PasswordResetStore(ABC):
    """Who may set a new password without the old one. Everybody has one reset at most."""

    @abstractmethod
    async def add_password_reset(self, reset: PasswordResetToken) -> None:
        """Keep a reset in place of any other of its user.

        Raises:
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def password_reset(self, token_hash: str) -> PasswordResetToken | None:
        """Return the reset with this hash, its time over or not; None where there is none."""

    @abstractmethod
    async def use_password_reset(self, token_hash: str, password_hash: str, now: Timestamp) -> UserId | None:
        """Replace the password hash of the reset's user, revoke all their sign-ins, and return who it was.

        The reset is used up by that: of many callers with one hash, one wins. None, and nothing happens, where there
        is no such reset or it expires at `now` or before. A mailed one sets `verified_at` to `now` if it was empty.
        """
