"""Registration of accounts by the rules of the server, an invitation or the link for the first admin."""

from functools import partial

from domain.account_requests import Registration
from domain.accounts import ClientInfo
from services.accounts.accounts import Accounts, AddUser
from services.accounts.email_verification import EmailVerifier
from services.accounts.first_admin import FirstAdminLink
from services.accounts.invites import AccountInvites
from services.accounts.sessions import TokenResponse
from services.context import ServiceContext


class Registrations:
    """Registration of accounts."""

    def __init__(
        self,
        ctx: ServiceContext,
        accounts: Accounts,
        invites: AccountInvites,
        first_admin: FirstAdminLink,
        verification: EmailVerifier,
    ) -> None:
        self._storage = ctx.storage
        self._accounts = accounts
        self._invites = invites
        self._first_admin = first_admin
        self._verification = verification
        self._rules = invites.rules

    async def register(self, new: Registration, client_info: ClientInfo) -> TokenResponse:
        """Create an account and a session for the client.

        The token of the link for the first admin overrides the rules for new accounts.

        Raises:
            InvalidAdminLink: `new.admin_token` does not match that link, or there is an admin already.
            InviteNotFound: the invitation `new.invite` is not usable; `InvalidInput` if it is for another address.
            RegistrationClosed, InvitationNeeded: the server's rules; a domain that they do not allow is `InvalidInput`.
            InvalidInput: the password is easily guessed, or the name claims a role.
            EmailTaken: an account with this email exists.
            RateLimited: too many registrations from this address.
        """
        if new.admin_token is None:
            add, waits = (
                await self._registration_method(new, client_info),
                self._rules.public_rules.approval and new.invite is None,
            )
            signed_in = await self._accounts.create(new, client_info, add=add, pending=waits)
        else:
            self._first_admin.check_token(new.admin_token)
            signed_in = await self._accounts.create(new, client_info, role="admin", add=self._storage.add_first_admin)
            self._first_admin.revoke_link(signed_in.user)
        await self._verification.send_to_new_account(signed_in.user)
        return signed_in

    async def _registration_method(self, new: Registration, device: ClientInfo) -> AddUser:
        if new.invite is None:
            self._rules.check(new.email)
            return self._storage.add_user
        code_hash = await self._invites.validate(new.invite, new.email, device.address)
        return partial(self._storage.add_invited_user, code_hash=code_hash)
