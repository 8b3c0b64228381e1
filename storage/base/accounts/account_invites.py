"""Storage contract: invitations to create an account.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod

from domain.accounts import (
    AccountInvite,
    ListedAccountInvite,
    User,
)
from domain.base import InviteId, Timestamp, UserId
from storage.base.changes import UserChanged
from storage.base.store import Store, changes, read


class AccountInviteStore(Store):
    """Invitations to create an account, usable while `AccountInvite.is_usable` and while the creator is an admin."""

    @changes()
    @abstractmethod
    async def add_account_invite(self, invite: AccountInvite, max_active: int) -> None:
        """Store a new invitation.

        Raises:
            Forbidden: the creator is not an admin.
            TooManyInvites: `max_active` invitations of the server are usable at `invite.created_at`.
        """

    @read
    @abstractmethod
    async def account_invites(self, limit: int) -> list[ListedAccountInvite]:
        """Return up to `limit` invitations, usable or not, newest (largest id) first."""

    @read
    @abstractmethod
    async def account_invites_of(self, user_id: UserId) -> list[AccountInvite]:
        """Return the invitations that the user made or used, ordered by id."""

    @read
    @abstractmethod
    async def account_invite(self, code_hash: str, at: Timestamp) -> AccountInvite | None:
        """Return the invitation with this hash if it is usable at `at`; None otherwise."""

    @changes(lambda user: [UserChanged(user.id)])
    @abstractmethod
    async def add_invited_user(self, user: User, password_hash: str, code_hash: str) -> None:
        """Add a user as `add_user` does, and count one use of the invitation. The count is exact under concurrency.

        Raises:
            InviteNotFound: the invitation is missing, or not usable at `user.created_at`.
            EmailTaken: as for `add_user`.
        """

    @changes()
    @abstractmethod
    async def revoke_account_invite(self, invite_id: InviteId, admin_id: UserId) -> bool:
        """Revoke an invitation; return True if it exists, revoked before or not.

        Raises:
            Forbidden: the user is not an admin.
        """

    @changes()
    @abstractmethod
    async def purge_account_invites(self, before: Timestamp, limit: int) -> int:
        """Delete up to `limit` invitations that expired at `before` or earlier; return the number deleted."""
