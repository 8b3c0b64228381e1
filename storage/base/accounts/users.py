"""Storage contract: users and their passwords.

The rules in storage/base/__init__.py apply to all methods.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from domain.accounts import (
    Account,
    PasswordResetToken,
    User,
    UserRole,
)
from domain.base import Timestamp, UserId
from domain.study.progress import DayChanges
from storage.base.changes import Change, ProfileChanged, RoleChanged, SessionsRevoked, UserChanged, UserDeleted
from storage.base.store import Store, changes, read

SHOWN_FIELDS = frozenset({"first_name", "last_name", "avatar"})
"""Fields of a user that other users' lists show."""


def _profile_changes(
    user_id: UserId,
    changes: Mapping[str, Any],
    days: DayChanges | None = None,  # noqa: ARG001
) -> list[Change]:
    return [ProfileChanged(user_id) if SHOWN_FIELDS & changes.keys() else UserChanged(user_id)]


def _possible_access_changes(user_id: UserId) -> list[Change]:
    return [RoleChanged(user_id), SessionsRevoked(user_id)]


def _access_changes(user_id: UserId, result: User | None) -> list[Change]:
    # Also a change of the role revokes the sessions of a user who is disabled.
    return _possible_access_changes(user_id) if result and result.disabled else [RoleChanged(user_id)]


def _changes_by_commands(result: tuple[int, Sequence[UserId]]) -> list[Change]:
    _, users = result
    return [change for user_id in users for change in (RoleChanged(user_id), SessionsRevoked(user_id))]


class UserStore(Store):
    """User accounts and their password hashes."""

    @changes(lambda user: [UserChanged(user.id)])
    @abstractmethod
    async def add_user(self, user: User, password_hash: str) -> None:
        """Store a new user.

        Bans and mutes of deleted accounts with this email apply to the new user (see `delete_user`).

        Raises:
            EmailTaken: another account that is not deleted has this email in any spelling (`text.email_key`).
        """

    @read
    @abstractmethod
    async def user(self, user_id: UserId) -> User | None:
        """Return the user; None if missing or deleted."""

    @read
    @abstractmethod
    async def account(self, user_id: UserId) -> Account | None:
        """Return the user with the password hash; None if missing or deleted."""

    @read
    @abstractmethod
    async def account_by_email(self, email: str) -> Account | None:
        """Return the user with this email, in any spelling, with the password hash; None if there is none.

        Accounts of earlier versions may share an address in several spellings. The exact spelling is preferred, then
        the oldest account.
        """

    @changes(_profile_changes)
    @abstractmethod
    async def change_user(
        self, user_id: UserId, changes: Mapping[str, Any], days: DayChanges | None = None
    ) -> User | None:
        """Set the named fields and return the user.

        `storage.rows.accounts.CHANGEABLE_OF_USER` lists them: names, avatar, bio, language, and the rules of days.

        Fields that are not named keep their value, also when two changes run concurrently. With no fields, nothing
        changes. Returns None if the user is missing, deleted or disabled.

        Args:
            user_id: the user.
            changes: new values by field.
            days: effects on the user's days, stored in the same transaction: the day from which a changed daily goal
                is in force, and days that are skipped.
        """

    @changes(_possible_access_changes, _access_changes)
    @abstractmethod
    async def set_access(
        self,
        user_id: UserId,
        *,
        role: UserRole | None = None,
        disabled: bool | None = None,
        actor_id: UserId | None = None,
    ) -> User | None:
        """Set the role, or the disabled flag, or both, and return the user; None if missing or deleted.

        If the user is disabled afterwards, their sessions are revoked. When a user loses the role admin, the same
        transaction deletes:

        - their invitations into rooms in which they are neither owner nor moderator,
        - their memberships with `Member.by_role` in rooms that are private or ban them. Other memberships stay.

        Args:
            actor_id: admin behind the change; None for the command line and for users themselves.

        Raises:
            Forbidden: `actor_id` is not an admin at this time, or disabled or deleted.
            LastAdmin: the change would remove the last enabled admin; exact under concurrency.
        """

    @changes(lambda reset: [RoleChanged(reset.user_id), SessionsRevoked(reset.user_id)])
    @abstractmethod
    async def reclaim_account(self, reset: PasswordResetToken, password_hash: str) -> User | None:
        """Promote the user of `reset` to admin, with this reset as the only access; return the user.

        The account is enabled, its password hash replaced, its second factor deleted, every session revoked, and the
        reset stored in place of any other. The change gets a number for `command_changes`. Returns None if the user is
        missing or deleted.
        """

    @changes(actual_changes=_changes_by_commands)
    @abstractmethod
    async def command_changes(self, after: int | None) -> tuple[int, list[UserId]]:
        """Return the number of the newest change by a command (0 for none), and the users changed after `after`.

        With `after` None, no users are returned. Numbers grow in the order in which the changes become visible. This
        read reports the changes of another process, so it is declared as a write.
        """

    @read
    @abstractmethod
    async def has_admin(self) -> bool:
        """Return True if there is an enabled admin."""

    @changes(lambda user: [UserChanged(user.id)])
    @abstractmethod
    async def add_first_admin(self, user: User, password_hash: str) -> None:
        """Add a user with the role admin, as `add_user` does, if there is no admin; exact under concurrency.

        Raises:
            InvalidAdminLink: there is another admin (see `has_admin`).
            EmailTaken: as for `add_user`.
        """

    @changes(lambda user_id: [RoleChanged(user_id)])
    @abstractmethod
    async def make_first_admin(self, user_id: UserId) -> User:
        """Promote a user to admin if there is no other admin, and return the user; exact under concurrency.

        Raises:
            InvalidAdminLink: there is another admin (see `has_admin`).
            UserNotFound: the user is missing, deleted or disabled.
        """

    @changes(lambda user_id: [UserChanged(user_id)])
    @abstractmethod
    async def approve_user(self, user_id: UserId, admin_id: UserId) -> User | None:
        """Approve a pending user and return the user; no change if the user is not pending.

        Returns None if the user is missing or deleted.

        Raises:
            Forbidden: `admin_id` is not an admin.
        """

    @changes(lambda user_id: [UserDeleted(user_id)], lambda user_id, result: [UserDeleted(user_id)] if result else [])
    @abstractmethod
    async def reject_user(self, user_id: UserId, admin_id: UserId) -> bool:
        """Delete a pending user, as `delete_user` does but also if disabled; return True if there was one.

        Of a concurrent approval and rejection, the second one finds no pending user.

        Raises:
            Forbidden: `admin_id` is not an admin.
        """

    @changes()
    @abstractmethod
    async def set_password(self, user_id: UserId, password_hash: str, *, expected_hash: str) -> bool:
        """Replace the password hash if the stored one is `expected_hash`; return True if it was replaced.

        Compare-and-set: False if another hash is stored, or the user is missing or deleted. A retry returns True again.
        """

    @changes(lambda user_id: [UserChanged(user_id)])
    @abstractmethod
    async def record_login(self, user_id: UserId, at: Timestamp) -> None:
        """Set `last_login`; do nothing if the user is missing or deleted."""

    @changes(lambda user_id: [UserDeleted(user_id)])
    @abstractmethod
    async def delete_user(self, user_id: UserId) -> bool:
        """Delete the account by anonymising the user; return True if there was one.

        In one transaction:

        - The name becomes `accounts.DELETED_NAME`. Avatar, bio, language, email and password are erased; the email is
          free again.
        - Sessions, password reset, verification, second factor, promotions and invitations are deleted. So is an
          account invitation for this email that the user used.
        - Memberships end (`total_members` follows), and the user leaves the presence of every room.
        - Messages stay, in the same rooms with the same numbers. In messages that mention the user by name
          (`MessageDraft.mentioned_users`), `DELETED_NAME` replaces the name.
        - Bans and mutes stay, with a keyed hash of the email's key (storage/email_hashes.py), until
          `RetentionStore.purge_former_accounts` finds none left. `add_user` applies them to a new user with this email.

        Raises:
            OwnerCannotLeave: the user owns a room, which would have no owner; exact under concurrency.
            NotSignedIn: the account is disabled.
        """

    @read
    @abstractmethod
    async def is_empty(self) -> bool:
        """Return True if no user was ever added; deleted accounts count as added."""
