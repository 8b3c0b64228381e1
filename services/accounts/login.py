"""Login with a password and, for an account with a second factor, a code."""

import msgspec

from domain.account_requests import Credentials
from domain.accounts import Account, ClientInfo, User
from domain.errors.accounts import (
    AccountDisabled,
    UserNotFound,
    WrongCredentials,
)
from runtime.addresses import client_network
from runtime.logs import log_security_event
from services.accounts.credentials import CredentialVerifiers
from services.accounts.security_emails import SecurityEmails
from services.accounts.sessions import Sessions, TokenResponse
from services.context import ServiceContext
from text import normalise


class Logins:
    """Logins of accounts."""

    def __init__(
        self,
        ctx: ServiceContext,
        credentials: CredentialVerifiers,
        sessions: Sessions,
        security_emails: SecurityEmails,
    ) -> None:
        self._storage = ctx.storage
        self._clock = ctx.clock
        self._passwords = credentials.passwords
        self._attempts = credentials.attempts
        self._two_factor_codes = credentials.two_factor_codes
        self._sessions = sessions
        self._security_emails = security_emails

    async def login(self, credentials: Credentials, client_info: ClientInfo) -> TokenResponse:
        """Create a session for a client. An unknown email and a wrong password have the same timing and the same error.

        Raises:
            WrongCredentials: unknown email or wrong password.
            AccountDisabled: the password is right, but the account is disabled.
            SecondFactorNeeded, WrongCode: the password is right, but the account requires a code, too.
            RateLimited: too many attempts, see `PasswordAttempts.count`.
        """
        email_key = normalise.email_key(credentials.email)
        await self._attempts.count(email_key, client_info.address)
        account = await self._storage.account_by_email(credentials.email)
        known = account.password_hash if account else None
        if not await self._passwords.verify(known, credentials.password) or account is None:
            log_security_event("sign_in_failed", user=account.user.id if account else None)
            raise WrongCredentials
        self._attempts.record_success(email_key, client_info.address)
        user = account.user
        if user.disabled:
            log_security_event("sign_in_failed", user=user.id, code=AccountDisabled.code)
            raise AccountDisabled
        proven = await self._two_factor_codes.verify(user, credentials.code)
        if self._passwords.needs_rehash(account.password_hash):
            new = await self._passwords.hash(credentials.password)
            await self._storage.set_password(user.id, new, expected_hash=account.password_hash)
        await self._storage.record_login(user.id, self._clock.now())
        is_elsewhere = await self._is_new_location(user, client_info)
        try:
            signed_in = await self._sessions.create(user, client_info)
        except UserNotFound:  # deleted since the password was verified
            raise WrongCredentials from None
        # A revocation of all sessions that ran before this session was stored did not include it, so check again.
        # Any later revocation includes it.
        now = await self._storage.account(user.id)
        is_still = (
            now is not None
            and not now.user.disabled
            and await self._is_password_current(account, now, credentials.password)
            and await self._two_factor_codes.is_still_valid(user, proven)
        )
        if now is None or not is_still:
            await self._sessions.rollback(signed_in)
            log_security_event("sign_in_failed", user=user.id)
            raise WrongCredentials
        log_security_event("signed_in", user=user.id)
        if is_elsewhere:
            self._security_emails.signed_in(user, self._clock.now(), client_info)
        return msgspec.structs.replace(signed_in, user=now.user)

    async def _is_new_location(self, user: User, device: ClientInfo) -> bool:
        """Return True if the user has sessions, but none with this program or from this network."""
        known = await self._sessions.list_for_user(user.id)
        place = client_network(device.address)
        return bool(known) and not any(
            one.client == device.client or client_network(one.address) == place for one in known
        )

    async def _is_password_current(self, before: Account, now: Account, password: str) -> bool:
        """Return True if the verified password is still the current one; an unchanged hash is not verified again."""
        return now.password_hash == before.password_hash or await self._passwords.verify(now.password_hash, password)
