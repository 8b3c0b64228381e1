"""Re-authentication: verify the password, and the second factor, before a sensitive operation."""

from typing import NamedTuple

from domain.accounts import Account, User
from domain.errors.accounts import NotSignedIn, WrongPassword
from runtime.logs import log_security_event
from services.accounts.credentials import CredentialVerifiers
from services.context import ServiceContext


class VerifiedAccount(NamedTuple):
    """An account after verification of its password; `factor` is the argument for `TwoFactorCodes.is_still_valid`."""

    account: Account
    factor: str | None


class Reauthenticator:
    """Verifies passwords and codes of signed-in users."""

    def __init__(
        self,
        ctx: ServiceContext,
        credentials: CredentialVerifiers,
    ) -> None:
        self._storage = ctx.storage
        self._passwords = credentials.passwords
        self._two_factor_codes = credentials.two_factor_codes
        self._attempts = credentials.attempts

    async def verify(self, user: User, password: str, code: str | None, address: str) -> VerifiedAccount:
        """Verify a user's password, and the code if they have a second factor; return the account.

        Args:
            user: signed-in user.
            password: current password.
            code: code of the app, or a recovery code; it is used up.
            address: address of the client: attempts count as attempts to log in.

        Raises:
            WrongPassword: the password is wrong.
            SecondFactorNeeded, WrongCode: the password is right, the code is missing or wrong.
            NotSignedIn: the account was deleted.
            RateLimited: too many attempts.
        """
        await self._attempts.count(user.email_key, address)
        account = await self._storage.account(user.id)
        if account is None:
            raise NotSignedIn
        if not await self._passwords.verify(account.password_hash, password):
            log_security_event("sign_in_failed", user=user.id, code=WrongPassword.code)
            raise WrongPassword
        self._attempts.record_success(user.email_key, address)
        return VerifiedAccount(account, await self._two_factor_codes.verify(user, code))
