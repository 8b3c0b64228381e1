"""The contract of a storage: sign-ins.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.accounts import (
    Renewal,
    SignIn,
)
from domain.base import SignInId, Timestamp, UserId


class SignIns(ABC):
    """Sign-ins: families of refresh tokens."""

    @abstractmethod
    async def add_sign_in(self, sign_in: SignIn) -> None:
        """Keep a new sign-in.

        Raises:
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def sign_in(self, sign_in_id: SignInId) -> SignIn | None:
        """Return the sign-in, revoked or not; None where there is none."""

    @abstractmethod
    async def sign_ins_of(self, user_id: UserId, now: Timestamp, limit: int) -> list[SignIn]:
        """Return up to `limit` of the user's sign-ins, newest (largest id) first: not revoked, expiring after `now`."""

    @abstractmethod
    async def rotate_sign_in(
        self, sign_in_id: SignInId, used_hash: str, renewal: Renewal, *, retry_since: Timestamp
    ) -> SignIn | None:
        """Store and return the sign-in as `SignIn.renewed` makes it, in one step among concurrent callers.

        If `used_hash` is no good, the token was used before: the sign-in is revoked and None returned. None, too, if
        the sign-in is revoked or missing.
        """

    @abstractmethod
    async def revoke_sign_in(self, sign_in_id: SignInId) -> None:
        """Revoke one sign-in; nothing happens where there is none."""

    @abstractmethod
    async def revoke_sign_ins(self, user_id: UserId, *, keep: SignInId | None = None) -> list[SignInId]:
        """Revoke every sign-in of the user but `keep`; return those that were not revoked before, by id."""

    @abstractmethod
    async def purge_sign_ins(self, before: Timestamp, limit: int) -> int:
        """Delete up to `limit` sign-ins that are revoked, or expired at `before` or earlier; return how many."""
