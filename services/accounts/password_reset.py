"""Password reset: a link that sets a new password, once."""

from domain.account_requests import PasswordReset
from domain.accounts import PasswordResetToken
from domain.base import UserId
from domain.clock import Clock
from domain.errors.accounts import AccountDisabled, InvalidResetToken
from domain.errors.storage import StorageUnavailable
from runtime.logs import log_security_event
from services.accounts.password_policy import check_password
from services.accounts.passwords import Passwords
from services.accounts.secret_links import secret_link
from services.accounts.security_emails import SecurityEmails
from services.accounts.sessions import Sessions
from services.accounts.tokens import OneTimeToken
from services.context import ServiceContext
from storage.base import Storage

PAGE = "reset"
"""View of the page that takes a token."""


class PasswordResetLinks:
    """Creates the links.

    Args:
        address: public address of the server, without a trailing slash.
        lifetime: lifetime of a link in seconds.
    """

    def __init__(self, storage: Storage, clock: Clock, address: str, lifetime: float) -> None:
        self._storage = storage
        self._clock = clock
        self.address = address
        self.lifetime = lifetime

    def build(self, user_id: UserId, *, mailed: bool = False) -> tuple[PasswordResetToken, str]:
        """Return a new reset token of the user, not yet stored, and its link."""
        token = OneTimeToken.new()
        reset = PasswordResetToken(user_id, token.hash, self._clock.later(self.lifetime), mailed)
        return reset, secret_link(self.address, PAGE, token)

    async def create(self, user_id: UserId, *, mailed: bool = False) -> str:
        """Return a new link for the user, and invalidate older ones.

        Args:
            user_id: the user.
            mailed: True if the link is sent only to the address of the account: using it verifies the address.

        Raises:
            UserNotFound: the account was deleted.
        """
        reset, link = self.build(user_id, mailed=mailed)
        await self._storage.add_password_reset(reset)
        return link


class PasswordResets:
    """Sets new passwords for users with a reset link."""

    def __init__(
        self,
        ctx: ServiceContext,
        sessions: Sessions,
        passwords: Passwords,
        links: PasswordResetLinks,
        security_emails: SecurityEmails,
    ) -> None:
        self.links = links
        self._security_emails = security_emails
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._sessions = sessions
        self._passwords = passwords
        self._clock = ctx.clock

    async def redeem(self, payload: PasswordReset) -> None:
        """Set the password of the token's user and revoke all their sessions.

        Raises:
            InvalidResetToken: the token is unknown, used, replaced or expired.
            AccountDisabled: the account is disabled.
            InvalidInput: the new password is easily guessed; the token stays valid.
            RateLimited: the queue for password hashes is full.
        """
        token = OneTimeToken(payload.token)
        reset = await self._storage.password_reset(token.hash)
        user = await self._lookups.user(reset.user_id) if reset and reset.expires_at > self._clock.now() else None
        if user is None:  # before hashing, which is expensive
            raise InvalidResetToken
        if user.disabled:
            raise AccountDisabled
        await check_password(payload.new_password, user, "newPassword")
        password_hash = await self._passwords.hash(payload.new_password)
        try:
            used = await self._storage.use_password_reset(token.hash, password_hash, self._clock.now())
        except StorageUnavailable:  # the outcome is unknown: disconnect, valid sessions reconnect
            self._sessions.disconnect_user(user.id)
            raise
        if used is None:
            raise InvalidResetToken
        log_security_event("password_reset", user=user.id)
        self._sessions.disconnect_user(user.id)
        self._security_emails.password_changed(user, self._clock.now())
