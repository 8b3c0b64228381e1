"""Approval of new accounts by admins."""

from domain.accounts import ListedUser, User
from domain.base import UserId
from domain.errors.accounts import UserNotFound
from domain.errors.storage import StorageUnavailable
from runtime.logs import log_security_event
from services.access import RoomAccess
from services.accounts.security_emails import SecurityEmails
from services.accounts.sessions import Sessions
from services.context import ServiceContext


class Approvals:
    """Decisions of admins about accounts that wait for approval."""

    def __init__(
        self, ctx: ServiceContext, access: RoomAccess, sessions: Sessions, security_emails: SecurityEmails
    ) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._clock = ctx.clock
        self._access = access
        self._sessions = sessions
        self._security_emails = security_emails

    async def approve(self, user_id: UserId, admin: User) -> ListedUser:
        """Approve a pending account, and mail its user.

        Raises:
            Forbidden: `admin` is not an admin.
            UserNotFound: there is no such user.
        """
        await self._access.require_admin(admin, "account", user_id)
        before = await self._lookups.user(user_id)
        user = await self._access.run_authorized_admin(admin, self._storage.approve_user(user_id, admin.id))
        if user is None:
            raise UserNotFound
        if before and before.pending:
            log_security_event("account_approved", user=admin.id, target=user_id)
            self._security_emails.approved(user, self._clock.now())
        return user.listed

    async def reject(self, user_id: UserId, admin: User) -> None:
        """Delete a pending account.

        Raises:
            Forbidden: `admin` is not an admin.
            UserNotFound: there is no such pending user.
        """
        await self._access.require_admin(admin, "account", user_id)
        try:
            is_refused = await self._access.run_authorized_admin(admin, self._storage.reject_user(user_id, admin.id))
        except StorageUnavailable:  # the outcome is unknown
            self._sessions.disconnect_user(user_id)
            raise
        if not is_refused:
            raise UserNotFound
        self._sessions.disconnect_user(user_id)
        log_security_event("account_refused", user=admin.id, target=user_id)
