"""The contract of a storage: users and their passwords.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from domain.accounts import (
    Account,
    PasswordResetToken,
    User,
    UserRole,
)
from domain.base import Timestamp, UserId


class UserStore(ABC):
    """People and their passwords."""

    @abstractmethod
    async def add_user(self, user: User, password_hash: str) -> None:
        """Keep a new user.

        Bans and mutes of deleted users who had this email are theirs from then on (`delete_user`).

        Raises:
            EmailTaken: another user, not deleted, has this email in some spelling (text.email_key).
        """

    @abstractmethod
    async def user(self, user_id: UserId) -> User | None:
        """Return the user; None where there is none or they deleted their account."""

    @abstractmethod
    async def account(self, user_id: UserId) -> Account | None:
        """Return the user with their password hash; None as for `user`."""

    @abstractmethod
    async def account_by_email(self, email: str) -> Account | None:
        """Return the user with this email in any spelling and their password hash; None if there is none.

        Accounts of earlier versions may share an address in several spellings: the exact spelling comes first, then the
        oldest account.
        """

    @abstractmethod
    async def change_user(self, user_id: UserId, changes: Mapping[str, Any]) -> User | None:
        """Set the fields named (of first_name, last_name, avatar, bio) and return the user; None as for `user`.

        None, too, if they are disabled. Fields not named keep their value, also when two changes run at once. With no
        fields named, nothing changes.
        """

    @abstractmethod
    async def set_access(
        self,
        user_id: UserId,
        *,
        role: UserRole | None = None,
        disabled: bool | None = None,
        actor_id: UserId | None = None,
    ) -> User | None:
        """Set the role, or whether the user is disabled, or both, and return the user; None as for `user`.

        Of a user who is disabled, every sign-in is revoked. Of one who is no admin any more, the invitations into
        rooms of which they are neither owner nor moderator are deleted, and memberships end that are `Member.by_role`
        in rooms that are private or ban them; they keep the others.

        Args:
            actor_id: the admin who does it; None for whoever runs the server, and for users themselves.

        Raises:
            Forbidden: `actor_id` is no admin then, or disabled or deleted.
            LastAdmin: the user is an admin who is not disabled, would not be one any more, and there is no other;
                exact under any number of callers.
        """

    @abstractmethod
    async def reclaim_account(self, reset: PasswordResetToken, password_hash: str) -> User | None:
        """Make the user of `reset` an admin with no way in but this reset, and return them; None as for `user`.

        The account is enabled, its password hash replaced, its second factor deleted, every sign-in revoked, and the
        reset stored in place of any other. The change is numbered for `command_changes`.
        """

    @abstractmethod
    async def command_changes(self, after: int | None) -> tuple[int, list[UserId]]:
        """Return the number of the newest change by a command, 0 for none, and the users changed after number `after`.

        With `after` None no users are returned. Numbers grow in the order in which changes can be seen.
        """

    @abstractmethod
    async def has_admin(self) -> bool:
        """Return True if there is an admin who is not disabled."""

    @abstractmethod
    async def add_first_admin(self, user: User, password_hash: str) -> None:
        """Add a user, an admin, as `add_user` does, unless there is one; exact under any number of callers.

        Raises:
            InvalidAdminLink: there is an admin, of `has_admin`.
            EmailTaken: as for `add_user`.
        """

    @abstractmethod
    async def make_first_admin(self, user_id: UserId) -> User:
        """Make a user an admin, unless there is one, and return the user; exact under any number of callers.

        Raises:
            InvalidAdminLink: there is another admin, of `has_admin`.
            UserNotFound: the user is gone or disabled.
        """

    @abstractmethod
    async def approve_user(self, user_id: UserId, admin_id: UserId) -> User | None:
        """End the waiting of a user for approval, if it waits, and return the user; None as for `user`.

        Raises:
            Forbidden: the other user is not an admin.
        """

    @abstractmethod
    async def reject_user(self, user_id: UserId, admin_id: UserId) -> bool:
        """Delete a user who waits for approval, as `delete_user` does, and return True if there was one.

        Of an approval and a refusal at once, the later one finds nobody who waits.

        Raises:
            Forbidden: the other user is not an admin.
        """

    @abstractmethod
    async def set_password(self, user_id: UserId, password_hash: str, *, expected_hash: str) -> bool:
        """Replace the password hash and say whether it was done; not where another is kept than `expected_hash`.

        Nor is it where there is no such user. Sent again, it says True again.
        """

    @abstractmethod
    async def record_login(self, user_id: UserId, at: Timestamp) -> None:
        """Set `last_login`; nothing happens where there is no such user."""

    @abstractmethod
    async def delete_user(self, user_id: UserId) -> bool:
        """Anonymise the user and say whether there was one.

        Their name becomes `accounts.DELETED_NAME`, avatar, bio, email and password are erased (the email is
        free again), their sign-ins, reset, verification, second factor and invitations are deleted, also an account
        invitation for their email that they used, and their memberships end (`total_members` follows). They are in no
        room's presence any more. Their messages stay, in the same rooms under the same numbers. Where a message names
        them (`MessageDraft.mentioned_users`), `DELETED_NAME` stands in place of that name.

        Bans and mutes stay, with a keyed hash of the email in its one form (storage/email_hashes.py), until
        `RetentionStore.purge_former_accounts` finds none of them left. `add_user` gives them to a new user with this
        email.

        Raises:
            OwnerCannotLeave: the user owns a room, which nobody could look after; exact under any number of callers.
            NotSignedIn: the account is disabled.
        """

    @abstractmethod
    async def is_empty(self) -> bool:
        """Say whether no user was ever added; one who deleted their account counts."""
