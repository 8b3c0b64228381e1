"""Lost passwords: a link that sets a new one, once."""

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
from storage.base import Storage

PAGE = "reset"
"""View of the page that takes a token."""


class PasswordResetLinks:
    """Makes the links.

    Args:
        address: where browsers find the server, without a slash at the end.
        lifetime: seconds that a link is good for.
    """

    def __init__(self, storage: Storage, clock: Clock, address: str, lifetime: float) -> None:
        self._storage = storage
        self._clock = clock
        self.address = address
        self.lifetime = lifetime

    def build(self, user_id: UserId, *, mailed: bool = False) -> tuple[PasswordResetToken, str]:
        """Return a new reset of the user, not yet stored, and its link."""
        token = OneTimeToken.new()
        reset = PasswordResetToken(user_id, token.hash, self._clock.later(self.lifetime), mailed)
        return reset, secret_link(self.address, PAGE, token)

    async def create(self, user_id: UserId, *, mailed: bool = False) -> str:
        """Return a new link for the user, and make older ones void.

        Args:
            user_id: the user.
            mailed: True if the link goes to the address of the account and nowhere else.

        Raises:
            UserNotFound: the user is gone.
        """
        reset, link = self.build(user_id, mailed=mailed)
        await self._storage.add_password_reset(reset)
        return link


class PasswordResets:
    """Sets new passwords for those who have a link."""

    def __init__(
        self,
        storage: Storage,
        sessions: Sessions,
        passwords: Passwords,
        links: PasswordResetLinks,
        security_emails: SecurityEmails,
        clock: Clock,
    ) -> None:
        self.links = links
        self._security_emails = security_emails
        self._storage = storage
        self._sessions = sessions
        self._passwords = passwords
        self._clock = clock

    async def redeem(self, payload: PasswordReset) -> None:
        """Set the password of whoever the token is for, and sign them out everywhere.

        Raises:
            InvalidResetToken: the token is unknown, used up, void or expired.
            AccountDisabled: the account is.
            Invalid: the password is easily guessed; the token is good still.
            RateLimited: too many wait for a hash.
        """
        token = OneTimeToken(payload.token)
        reset = await self._storage.password_reset(token.hash)
        user = await self._storage.user(reset.user_id) if reset and reset.expires_at > self._clock.now() else None
        if user is None:  # before it costs a hash
            raise InvalidResetToken
        if user.disabled:
            raise AccountDisabled
        await check_password(payload.new_password, user, "newPassword")
        password_hash = await self._passwords.hash(payload.new_password)
        try:
            used = await self._storage.use_password_reset(token.hash, password_hash, self._clock.now())
        except StorageUnavailable:  # it may have been kept: who is still signed in comes back
            self._sessions.disconnect_user(user.id)
            raise
        if used is None:
            raise InvalidResetToken
        log_security_event("password_reset", user=user.id)
        self._sessions.disconnect_user(user.id)
        self._security_emails.password_changed(user, self._clock.now())
