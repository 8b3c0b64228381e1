"""Re-authentication: verify the password, and the second factor, before a sensitive operation."""

from typing import NamedTuple

from domain.accounts import Account, User
from domain.errors.accounts import NotSignedIn, WrongPassword
from runtime.logs import log_security_event
from services.accounts.login_attempts import PasswordAttempts
from services.accounts.passwords import Passwords
from services.accounts.two_factor_codes import TwoFactorCodes
from storage.base import Storage


class VerifiedAccount(NamedTuple):
    """An account after verification of its password; `factor` is the argument for `TwoFactorCodes.is_still_valid`."""

    account: Account
    factor: str | None


class Reauthenticator:
    """Verifies passwords and codes of signed-in users."""

    def __init__(
        self,
        storage: Storage,
        passwords: Passwords,
        two_factor_codes: TwoFactorCodes,
        password_attempts: PasswordAttempts,
    ) -> None:
        self._storage = storage
        self._passwords = passwords
        self._two_factor_codes = two_factor_codes
        self._password_attempts = password_attempts

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
        await self._password_attempts.count(user.email_key, address)
        account = await self._storage.account(user.id)
        if account is None:
            raise NotSignedIn
        if not await self._passwords.verify(account.password_hash, password):
            log_security_event("sign_in_failed", user=user.id, code=WrongPassword.code)
            raise WrongPassword
        self._password_attempts.record_success(user.email_key, address)
        return VerifiedAccount(account, await self._two_factor_codes.verify(user, code))
