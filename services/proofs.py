"""That it is really them: people say their password once more before what is grave."""

from auth import Passwords
from errors import NotSignedIn, WrongPassword
from models import Account, User
from services.limits import Limiter
from storage.base import Storage


class Proofs:
    """Looks at passwords of people who are signed in."""

    def __init__(self, storage: Storage, passwords: Passwords, limiter: Limiter) -> None:
        self._storage = storage
        self._passwords = passwords
        self._limiter = limiter

    async def of(self, user: User, password: str) -> Account:
        """Return the account of somebody whose password this is.

        Raises:
            WrongPassword: it is another.
            NotSignedIn: they are gone.
            RateLimited: too many tries.
        """
        await self._limiter.hit("sign_ins", user.id, user.email_key)
        account = await self._storage.account(user.id)
        if account is None:
            raise NotSignedIn
        if not await self._passwords.verify(account.password_hash, password):
            raise WrongPassword
        return account
