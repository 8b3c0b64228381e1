"""Storage contract: tokens that verify emails.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.accounts import (
    EmailVerificationToken,
    User,
)
from domain.base import Timestamp, UserId
from storage.base.changes import UserChanged
from storage.base.store import Store, changes


class VerificationStore(Store):
    """Tokens, sent as links, that verify the emails of users. Each user has at most one."""

    @changes()
    @abstractmethod
    async def add_verification(self, verification: EmailVerificationToken) -> None:
        """Store a verification; it replaces any other verification of its user.

        Raises:
            UserNotFound: the user is missing or deleted.
        """

    @changes(lambda user_id: [UserChanged(user_id)])
    @abstractmethod
    async def use_verification(self, token_hash: str, user_id: UserId, now: Timestamp) -> User | None:
        """Set `verified_at` of the user to `now` if it was empty, delete the verification and return the user.

        Returns None, without any change, if the user has no verification with this hash, or it expires at `now` or
        earlier.
        """
