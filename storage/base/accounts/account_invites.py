"""The contract of a storage: invitations to make an account.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod

from domain.accounts import (
    AccountInvite,
    ListedAccountInvite,
    User,
)
from domain.base import InviteId, Timestamp, UserId


class AccountInviteStore(ABC):
    """Invitations to make an account. One works as `AccountInvite.is_usable` says, and while its maker is an admin."""

    @abstractmethod
    async def add_account_invite(self, invite: AccountInvite, max_active: int) -> None:
        """Store a new invitation.

        Raises:
            Forbidden: its maker is not an admin.
            TooManyInvites: `max_active` of the server are neither over nor revoked at `invite.created_at`.
        """

    @abstractmethod
    async def account_invites(self, limit: int) -> list[ListedAccountInvite]:
        """Return up to `limit` invitations, newest (largest id) first, whether they work or not."""

    @abstractmethod
    async def account_invites_of(self, user_id: UserId) -> list[AccountInvite]:
        """Return the invitations that the user made or used, by id."""

    @abstractmethod
    async def account_invite(self, code_hash: str, at: Timestamp) -> AccountInvite | None:
        """Return the invitation with this hash if it works at this moment; else None."""

    @abstractmethod
    async def add_invited_user(self, user: User, password_hash: str, code_hash: str) -> None:
        """Add a user as `add_user` does and use up the invitation by one, exactly under any number of callers.

        Raises:
            InviteNotFound: there is no such invitation, or it does not work at `user.created_at`.
            EmailTaken: as for `add_user`.
        """

    @abstractmethod
    async def revoke_account_invite(self, invite_id: InviteId, admin_id: UserId) -> bool:
        """Revoke an invitation and return True if there is one.

        Raises:
            Forbidden: the user is not an admin.
        """

    @abstractmethod
    async def purge_account_invites(self, before: Timestamp, limit: int) -> int:
        """Delete up to `limit` invitations that expired at `before` or earlier; return the number deleted."""
