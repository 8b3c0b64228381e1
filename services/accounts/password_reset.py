"""Lost passwords: a link that sets a new one, once."""

from domain.account_requests import PasswordReset
from domain.accounts import Reset
from domain.base import UserId
from domain.clock import Clock
from domain.errors.accounts import AccountDisabled, InvalidResetToken
from domain.errors.storage import StorageUnavailable
from runtime.logs import security
from services.accounts.password_policy import refuse_guessable
from services.accounts.passwords import Passwords
from services.accounts.secret_links import secret_link
from services.accounts.security_emails import Notices
from services.accounts.sessions import SignIns
from services.accounts.tokens import OneTimeToken
from storage.base import Storage

PAGE = "reset"
"""View of the page that takes a token."""


class ResetLinks:
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

    def made(self, user_id: UserId, *, mailed: bool = False) -> tuple[Reset, str]:
        """Return a new reset of the user, not yet stored, and its link."""
        token = OneTimeToken.new()
        reset = Reset(user_id, token.hash, self._clock.later(self.lifetime), mailed)
        return reset, secret_link(self.address, PAGE, token)

    async def new(self, user_id: UserId, *, mailed: bool = False) -> str:
        """Return a new link for the user, and make older ones void.

        Args:
            user_id: the user.
            mailed: True if the link goes to the address of the account and nowhere else.

        Raises:
            UserNotFound: the user is gone.
        """
        reset, link = self.made(user_id, mailed=mailed)
        await self._storage.add_reset(reset)
        return link


class Resets:
    """Sets new passwords for those who have a link."""

    def __init__(
        self,
        storage: Storage,
        sign_ins: SignIns,
        passwords: Passwords,
        links: ResetLinks,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self.links = links
        self._notices = notices
        self._storage = storage
        self._sign_ins = sign_ins
        self._passwords = passwords
        self._clock = clock

    async def use(self, wanted: PasswordReset) -> None:
        """Set the password of whoever the token is for, and sign them out everywhere.

        Raises:
            InvalidResetToken: the token is unknown, used up, void or expired.
            AccountDisabled: the account is.
            Invalid: the password is easily guessed; the token is good still.
            RateLimited: too many wait for a hash.
        """
        token = OneTimeToken(wanted.token)
        reset = await self._storage.reset(token.hash)
        user = await self._storage.user(reset.user_id) if reset and reset.expires_at > self._clock.now() else None
        if user is None:  # before it costs a hash
            raise InvalidResetToken
        if user.disabled:
            raise AccountDisabled
        await refuse_guessable(wanted.new_password, user, "newPassword")
        password_hash = await self._passwords.hash(wanted.new_password)
        try:
            used = await self._storage.use_reset(token.hash, password_hash, self._clock.now())
        except StorageUnavailable:  # it may have been kept: who is still signed in comes back
            self._sign_ins.put_out(user.id)
            raise
        if used is None:
            raise InvalidResetToken
        security("password_reset", user=user.id)
        self._sign_ins.put_out(user.id)
        self._notices.password_changed(user, self._clock.now())
