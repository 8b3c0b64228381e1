"""Change of a password by its owner."""

from domain.account_requests import PasswordChange
from domain.accounts import Identity
from domain.errors.accounts import (
    SecondFactorNeeded,
    WrongPassword,
)
from runtime.logs import log_security_event
from services.accounts.credentials import CredentialVerifiers
from services.accounts.password_policy import check_password
from services.accounts.reauthentication import Reauthenticator
from services.accounts.security_emails import SecurityEmails
from services.accounts.sessions import Sessions
from services.context import ServiceContext


class PasswordChanges:
    """Changes of passwords by users who know the current one."""

    def __init__(
        self,
        ctx: ServiceContext,
        credentials: CredentialVerifiers,
        reauthenticator: Reauthenticator,
        sessions: Sessions,
        security_emails: SecurityEmails,
    ) -> None:
        self._storage = ctx.storage
        self._clock = ctx.clock
        self._passwords = credentials.passwords
        self._two_factor_codes = credentials.two_factor_codes
        self._reauthenticator = reauthenticator
        self._sessions = sessions
        self._security_emails = security_emails

    async def change(self, change: PasswordChange, identity: Identity, address: str) -> None:
        """Change the password, and revoke all other sessions and the calendar link. `address` is the client's.

        Raises:
            InvalidInput: the new password is easily guessed.
            WrongPassword: the current password is wrong.
            SecondFactorNeeded, WrongCode, RateLimited: as for `Reauthenticator.verify`.
        """
        user = identity.user
        await check_password(change.new_password, user, "newPassword")
        proof = await self._reauthenticator.verify(user, change.current_password, change.code, address)
        new = await self._passwords.hash(change.new_password)
        if not await self._two_factor_codes.is_still_valid(user, proof.factor):
            raise SecondFactorNeeded  # the second factor was turned on meanwhile
        if not await self._storage.set_password(user.id, new, expected_hash=proof.account.password_hash):
            raise WrongPassword  # the password was changed meanwhile
        await self._storage.delete_calendar(user.id)
        log_security_event("password_changed", user=user.id)
        self._security_emails.password_changed(user, self._clock.now())
        await self._sessions.revoke_all(user.id, except_session=identity.session_id)
