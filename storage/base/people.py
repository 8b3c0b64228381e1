"""The contract of a storage: people, and what proves that it is them.

What storage/base/__init__.py says of all methods holds for these, too.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from models import (
    Account,
    AccountInvite,
    InviteId,
    ListedAccountInvite,
    ListedPromotion,
    NoticeId,
    Promotion,
    PublicNotice,
    Renewal,
    Reset,
    Room,
    RoomId,
    SecondFactor,
    SignIn,
    SignInId,
    Timestamp,
    Totals,
    User,
    UserId,
    UserRole,
    Verification,
)


class Users(ABC):
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
    async def set_standing(
        self,
        user_id: UserId,
        *,
        role: UserRole | None = None,
        disabled: bool | None = None,
        by: UserId | None = None,
    ) -> User | None:
        """Set the role, or whether the user is disabled, or both, and return the user; None as for `user`.

        Of a user who is disabled, every sign-in is revoked. Of one who is no admin any more, the invitations into
        rooms of which they are neither owner nor moderator are deleted, and memberships end that are `Member.by_role`
        in rooms that are private or ban them; they keep the others.

        Args:
            by: the admin who does it; None for whoever runs the server, and for users themselves.

        Raises:
            Forbidden: `by` is no admin then, or disabled or deleted.
            LastAdmin: the user is an admin who is not disabled, would not be one any more, and there is no other;
                exact under any number of callers.
        """

    @abstractmethod
    async def reclaim_account(self, reset: Reset, password_hash: str) -> User | None:
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
    async def refuse_user(self, user_id: UserId, admin_id: UserId) -> bool:
        """Delete a user who waits for approval, as `delete_user` does, and return True if there was one.

        Of an approval and a refusal at once, the later one finds nobody who waits.

        Raises:
            Forbidden: the other user is not an admin.
        """

    @abstractmethod
    async def set_password(self, user_id: UserId, password_hash: str, *, instead_of: str) -> bool:
        """Replace the password hash and say whether it was done; not where another is kept than `instead_of`.

        Nor is it where there is no such user. Sent again, it says True again.
        """

    @abstractmethod
    async def record_login(self, user_id: UserId, at: Timestamp) -> None:
        """Set `last_login`; nothing happens where there is no such user."""

    @abstractmethod
    async def delete_user(self, user_id: UserId) -> bool:
        """Anonymise the user and say whether there was one.

        Their name becomes `models.DELETED_NAME`, avatar, bio, email and password are erased (the email is
        free again), their sign-ins, reset, verification, second factor and invitations are deleted, also an account
        invitation for their email that they used, and their memberships end (`total_members` follows). They are in no
        room's presence any more. Their messages stay, in the same rooms under the same numbers. Where a message names
        them (`Draft.named`), `DELETED_NAME` stands in place of that name.

        Bans and mutes stay, with a keyed hash of the email in its one form (storage/former_accounts.py), until
        `Retention.forget_former_accounts` finds none of them left. `add_user` gives them to a new user with this email.

        Raises:
            OwnerCannotLeave: the user owns a room, which nobody could look after; exact under any number of callers.
            NotSignedIn: the account is disabled.
        """

    @abstractmethod
    async def is_empty(self) -> bool:
        """Say whether no user was ever added; one who deleted their account counts."""


class Directory(ABC):
    """Everybody who has an account, and how much there is of everything."""

    @abstractmethod
    async def users(
        self, *, search: str = "", pending: bool | None = None, before: UserId | None = None, limit: int
    ) -> list[User]:
        """Return up to `limit` users, newest (largest id) first; not those who deleted their account.

        Args:
            search: a search key (text.search_key); only users whose name or email has a key that contains it. Every
                character stands for itself.
            pending: only users who wait for approval, or only those who do not.
            before: only users with a smaller id, to continue a list.
        """

    @abstractmethod
    async def all_rooms(self, *, search: str = "", before: RoomId | None = None, limit: int) -> list[Room]:
        """Return up to `limit` rooms, public or private, newest (largest id) first.

        Args:
            search: a search key (text.search_key); only rooms whose name, subject or description has a key that
                contains it. Every character stands for itself.
            before: only rooms with a smaller id, to continue a list.
        """

    @abstractmethod
    async def totals(self, since: Timestamp) -> Totals:
        """Count users, rooms and the messages in them, and for each day the users added at `since` or later.

        Days are those of UTC; one on which nobody was added is left out. What was deleted does not count.
        """


class Resets(ABC):
    """Who may set a new password without the old one. Everybody has one reset at most."""

    @abstractmethod
    async def add_reset(self, reset: Reset) -> None:
        """Keep a reset in place of any other of its user.

        Raises:
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def reset(self, token_hash: str) -> Reset | None:
        """Return the reset with this hash, its time over or not; None where there is none."""

    @abstractmethod
    async def use_reset(self, token_hash: str, password_hash: str, now: Timestamp) -> UserId | None:
        """Replace the password hash of the reset's user, revoke all their sign-ins, and return who it was.

        The reset is used up by that: of many callers with one hash, one wins. None, and nothing happens, where there
        is no such reset or it expires at `now` or before. A mailed one sets `verified_at` to `now` if it was empty.
        """


class Verifications(ABC):
    """Links that verify the emails of users. Each user has one at most."""

    @abstractmethod
    async def add_verification(self, verification: Verification) -> None:
        """Store a verification in place of any other of its user.

        Raises:
            UserNotFound: the user is gone.
        """

    @abstractmethod
    async def use_verification(self, token_hash: str, user_id: UserId, now: Timestamp) -> User | None:
        """Set `verified_at` of the user to `now` if it was empty, delete the verification and return the user.

        None, and nothing changes, if the user has no verification with this hash, or it expires at `now` or before.
        """


class AccountInvites(ABC):
    """Invitations to make an account. One works as `AccountInvite.works` says, and while its maker is an admin."""

    @abstractmethod
    async def add_account_invite(self, invite: AccountInvite, most: int) -> None:
        """Store a new invitation.

        Raises:
            Forbidden: its maker is not an admin.
            TooManyInvites: `most` of the server are neither over nor revoked at `invite.created_at`.
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
    async def forget_account_invites(self, before: Timestamp, limit: int) -> int:
        """Delete up to `limit` invitations that expired at `before` or earlier; return the number deleted."""


class PublicNotices(ABC):
    """Announcements to all users. One that has ended may be deleted at any time."""

    @abstractmethod
    async def add_public_notice(self, notice: PublicNotice, admin_id: UserId, most: int) -> None:
        """Store a new announcement.

        Raises:
            Forbidden: the user is not an admin.
            TooManyAnnouncements: `most` have not ended at `notice.created_at`.
        """

    @abstractmethod
    async def public_notices(self, at: Timestamp) -> list[PublicNotice]:
        """Return the announcements that have not ended at this moment, newest (largest id) first."""

    @abstractmethod
    async def end_public_notice(self, notice_id: NoticeId, admin_id: UserId) -> bool:
        """Delete an announcement and return True if there was one.

        Raises:
            Forbidden: the user is not an admin.
        """


class Promotions(ABC):
    """Proposals to make users admins (ranks.check_proposal, ranks.check_confirmation). A user has one at most.

    `set_standing` deletes those by and about a user who is no admin after it; `delete_user` does so, too.
    """

    @abstractmethod
    async def add_promotion(self, promotion: Promotion, *, verified_only: bool) -> None:
        """Store a promotion in place of one that is over or by the same admin, and delete all that are over.

        Raises:
            Forbidden, UserNotFound, AlreadyAdmin, SecondAdminNeeded, UserNotVerified, PromotionExists: as
                `ranks.check_proposal`, with what is stored then.
        """

    @abstractmethod
    async def promotions(self, now: Timestamp, limit: int) -> list[ListedPromotion]:
        """Return up to `limit` promotions that can be confirmed after `now`, newest first."""

    @abstractmethod
    async def confirm_promotion(
        self, user_id: UserId, admin_id: UserId, now: Timestamp, *, verified_only: bool
    ) -> User:
        """Make the user an admin, delete the promotion and return the user; of many callers at once, one wins.

        Raises:
            Forbidden, AlreadyAdmin, PromotionNotFound, OwnPromotion, UserNotVerified: as `ranks.check_confirmation`,
                with what is stored then.
        """

    @abstractmethod
    async def delete_promotion(self, user_id: UserId, admin_id: UserId) -> bool:
        """Delete the promotion of a user and return True if there was one.

        Raises:
            Forbidden: `admin_id` is no admin.
        """

    @abstractmethod
    async def admins(self, limit: int) -> list[User]:
        """Return up to `limit` admins who are not disabled, oldest first."""


class SecondFactors(ABC):
    """Second factors. Everybody has one at most."""

    @abstractmethod
    async def second_factor(self, user_id: UserId) -> SecondFactor | None:
        """Return what the user has, confirmed or not; None where there is none."""

    @abstractmethod
    async def set_second_factor(self, factor: SecondFactor, *, instead_of: str | None) -> bool:
        """Keep a user's factor in place of the one with this version, None for none, and say whether it is kept.

        It is not where something else is kept by now, or the user is gone: of many callers who replace the same
        version, each by a version of its own, one wins.
        """

    @abstractmethod
    async def delete_second_factor(self, user_id: UserId) -> bool:
        """Forget the user's factor and say whether there was one."""


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
