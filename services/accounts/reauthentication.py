"""Re-authentication: verify the password, and the second factor, before a sensitive operation."""

from typing import NamedTuple

from domain.accounts import Account, User
from domain.errors.accounts import NotSignedIn, WrongPassword
from runtime.logs import security
from services.accounts.login_attempts import PasswordTries
from services.accounts.passwords import Passwords
from services.accounts.two_factor_codes import Codes
from storage.base import Storage


class Proof(NamedTuple):
    """An account whose password was verified, and `factor` for `Codes.stands`."""

    account: Account
    factor: str | None


class Proofs:
    """Verifies passwords and codes of users who are signed in."""

    def __init__(self, storage: Storage, passwords: Passwords, codes: Codes, tries: PasswordTries) -> None:
        self._storage = storage
        self._passwords = passwords
        self._codes = codes
        self._tries = tries

    async def of(self, user: User, password: str, code: str | None, address: str) -> Proof:
        """Return the account of a user whose password this is, and whose code, if they sign in with codes.

        Args:
            code: from the app, or a recovery code; it is used up.
            address: of the client: attempts count as those to sign in.

        Raises:
            WrongPassword: it is another.
            SecondFactorNeeded, WrongCode: the password is right, the code is missing or wrong.
            NotSignedIn: they are gone.
            RateLimited: too many tries.
        """
        await self._tries.count(user.email_key, address)
        account = await self._storage.account(user.id)
        if account is None:
            raise NotSignedIn
        if not await self._passwords.verify(account.password_hash, password):
            security("sign_in_failed", user=user.id, code=WrongPassword.code)
            raise WrongPassword
        self._tries.was_right(user.email_key, address)
        return Proof(account, await self._codes.ask(user, code))
