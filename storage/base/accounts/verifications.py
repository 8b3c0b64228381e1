"""The contract of a storage: links that verify emails.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.accounts import (
    EmailVerificationToken,
    User,
)
from domain.base import Timestamp, UserId


class VerificationStore(ABC):
    """Links that verify the emails of users. Each user has one at most."""

    @abstractmethod
    async def add_verification(self, verification: EmailVerificationToken) -> None:
        """Store a verification in place of any other of its user.

        Raises:
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def use_verification(self, token_hash: str, user_id: UserId, now: Timestamp) -> User | None:
        """Set `verified_at` of the user to `now` if it was empty, delete the verification and return the user.

        None, and nothing changes, if the user has no verification with this hash, or it expires at `now` or before.
        """
