"""One-time link that makes its user the first admin while the server has none.

The token is random and exists only in this process: it is neither stored nor logged, and expires with the process.
"""

import hmac

from domain.accounts import User
from domain.errors.accounts import InvalidAdminLink
from runtime.logs import log_security_event
from services.accounts.profiles import Profiles
from services.accounts.secret_links import secret_link
from services.accounts.tokens import OneTimeToken
from services.context import ServiceContext

PAGE = "first-admin"
"""View of the page that takes the token."""


class FirstAdminLink:
    """Offers the admin role of a server without admins."""

    def __init__(self, ctx: ServiceContext, profiles: Profiles) -> None:
        self._storage = ctx.storage
        self._profiles = profiles
        self._token_hash = ""

    async def offer_link(self, address: str) -> str | None:
        """Return a new link, which replaces an earlier one; None if there is an admin.

        Args:
            address: public address of the server, without a trailing slash.
        """
        return None if await self._storage.has_admin() else self.new_link(address)

    def new_link(self, address: str) -> str:
        """Return a new link, which replaces an earlier one. It is valid until there is an admin."""
        token = OneTimeToken.new()
        self._token_hash = token.hash
        return secret_link(address, PAGE, token)

    def check_token(self, token: str) -> None:
        """Raise `InvalidAdminLink` unless this is the token of the link."""
        if not self._token_hash or not hmac.compare_digest(OneTimeToken(token).hash, self._token_hash):
            raise InvalidAdminLink

    async def claim(self, token: str, user: User) -> User:
        """Promote a signed-in user to the first admin.

        Raises:
            InvalidAdminLink: the token is wrong, or there is an admin already.
            UserNotFound: the account was deleted.
        """
        self.check_token(token)
        admin = await self._storage.make_first_admin(user.id)
        self.revoke_link(admin)
        self._profiles.account_changed(admin)
        return admin

    def revoke_link(self, admin: User) -> None:
        """Invalidate the link, because there is an admin now."""
        self._token_hash = ""
        log_security_event("user_access_changed", user=admin.id, target=admin.id, role="admin")
