"""One-time link that makes its user the first admin, while there is none.

The token is random, in this process only, and void when the process ends: nothing of it is stored or logged.
"""

import hmac

from domain.accounts import User
from domain.errors.accounts import InvalidAdminLink
from runtime.logs import log_security_event
from services.accounts.profiles import Profiles
from services.accounts.secret_links import secret_link
from services.accounts.tokens import OneTimeToken
from storage.base import Storage

PAGE = "first-admin"
"""View of the page that takes the token."""


class FirstAdminLink:
    """Offers the role of admin of a server that has no admin."""

    def __init__(self, storage: Storage, profiles: Profiles) -> None:
        self._storage = storage
        self._profiles = profiles
        self._token_hash = ""

    async def offer_link(self, address: str) -> str | None:
        """Return a new link, in place of an earlier one; None if there is an admin.

        Args:
            address: at which browsers find the server, without a slash at the end.
        """
        return None if await self._storage.has_admin() else self.new_link(address)

    def new_link(self, address: str) -> str:
        """Return a new link, in place of an earlier one. It is good while there is no other admin."""
        token = OneTimeToken.new()
        self._token_hash = token.hash
        return secret_link(address, PAGE, token)

    def check_token(self, token: str) -> None:
        """Raise `InvalidAdminLink` unless this is the token of the link."""
        if not self._token_hash or not hmac.compare_digest(OneTimeToken(token).hash, self._token_hash):
            raise InvalidAdminLink

    async def claim(self, token: str, user: User) -> User:
        """Make a user who is signed in the first admin.

        Raises:
            InvalidAdminLink: the token is another, or there is an admin.
            UserNotFound: the account is gone.
        """
        self.check_token(token)
        admin = await self._storage.make_first_admin(user.id)
        self.revoke_link(admin)
        self._profiles.account_changed(admin)
        return admin

    def revoke_link(self, admin: User) -> None:
        """Make the link void: there is an admin now."""
        self._token_hash = ""
        log_security_event("standing_changed", user=admin.id, target=admin.id, role="admin")
