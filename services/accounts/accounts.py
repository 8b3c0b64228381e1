"""Accounts: creation and lookup."""

from collections.abc import Awaitable, Callable

from domain.account_requests import Registration
from domain.accounts import ClientInfo, User, UserRole
from domain.languages import find_language
from runtime.logs import log_security_event
from services.accounts.credentials import CredentialVerifiers
from services.accounts.password_policy import check_password
from services.accounts.reserved_names import reject_reserved_names
from services.accounts.sessions import Sessions, TokenResponse
from services.context import ServiceContext

AddUser = Callable[[User, str], Awaitable[object]]
"""Stores a new user with the hash of the password."""


class Accounts:
    """The accounts of the server."""

    def __init__(self, ctx: ServiceContext, credentials: CredentialVerifiers, sessions: Sessions) -> None:
        self._storage = ctx.storage
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id
        self._passwords = credentials.passwords
        self._attempts = credentials.attempts
        self._sessions = sessions

    async def create(
        self,
        new: Registration,
        device: ClientInfo,
        *,
        role: UserRole = "student",
        pending: bool = False,
        add: AddUser | None = None,
    ) -> TokenResponse:
        """Create an account and a session for the client, regardless of the rules for new accounts.

        Args:
            new: data of the account.
            device: client that signs in.
            role: role of the account.
            pending: an admin has to approve the account.
            add: stores the account; `Storage.add_user` by default.

        Raises:
            InvalidInput: the password is easily guessed, or the name claims a role.
            EmailTaken: an account with this email exists.
            RateLimited: too many registrations from this address.
            and the errors of `add`.
        """
        now = self._clock.now()
        user = User(
            id=self._new_id(),
            first_name=new.first_name,
            last_name=new.last_name or "",
            email=new.email,
            role=role,
            pending=pending,
            language=find_language(new.language),
            time_zone=new.time_zone,
            week_starts_on=new.week_starts_on or "monday",
            created_at=now,
            last_login=now,
        )
        if role != "admin":
            reject_reserved_names(user.first_name, user.last_name, ("firstName", "lastName"))
        await check_password(new.password, user, "password")
        await self._limiter.hit_each(by_address="sign_ups", address=device.address)
        add = add or self._storage.add_user
        await add(user, await self._passwords.hash(new.password))
        self._attempts.record_success(user.email_key, device.address)
        log_security_event("signed_up", user=user.id)
        return await self._sessions.create(user, device)

    async def is_empty(self) -> bool:
        """Return True if there are no accounts."""
        return await self._storage.is_empty()
