"""User accounts: registration, login, changes of the password, deletion."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import msgspec

from domain.account_requests import AccountDeletion, Credentials, PasswordChange, Registration
from domain.accounts import Account, ClientInfo, Identity, User, UserRole
from domain.base import UserId
from domain.clock import Clock
from domain.errors.accounts import (
    AccountDisabled,
    NotSignedIn,
    SecondFactorNeeded,
    UserNotFound,
    WrongCredentials,
    WrongPassword,
)
from domain.errors.base import Forbidden
from domain.errors.rooms import OwnerCannotLeave
from domain.errors.storage import StorageUnavailable
from domain.ids import NewId
from runtime.addresses import client_network
from runtime.logs import log_security_event
from runtime.rate_limits import RateLimiter
from services.accounts.email_verification import EmailVerifier
from services.accounts.first_admin import FirstAdminLink
from services.accounts.invites import AccountInvites
from services.accounts.login_attempts import PasswordAttempts
from services.accounts.password_policy import check_password
from services.accounts.passwords import Passwords
from services.accounts.profiles import Profiles
from services.accounts.reauthentication import Reauthenticator
from services.accounts.registration_rules import RegistrationRules
from services.accounts.reserved_names import reject_reserved_names
from services.accounts.security_emails import SecurityEmails
from services.accounts.sessions import Sessions, TokenResponse
from services.accounts.two_factor_codes import TwoFactorCodes
from services.presence.dashboard import MAX_LISTED_ROOMS, Dashboards
from services.presence.presence import Presence
from services.rooms import lookalikes
from services.rooms.rooms import Rooms
from storage.base import Storage
from text import normalise

AddUser = Callable[[User, str], Awaitable[object]]
"""Stores a new user with the hash of the password."""


class Accounts:
    """Operations on user accounts."""

    def __init__(
        self,
        storage: Storage,
        rooms: Rooms,
        presence: Presence,
        dashboards: Dashboards,
        profiles: Profiles,
        sessions: Sessions,
        passwords: Passwords,
        reauthenticator: Reauthenticator,
        two_factor_codes: TwoFactorCodes,
        password_attempts: PasswordAttempts,
        security_emails: SecurityEmails,
        rules: RegistrationRules,
        first_admin: FirstAdminLink,
        invites: AccountInvites,
        verification: EmailVerifier,
        limiter: RateLimiter,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._storage = storage
        self._rooms = rooms
        self._presence = presence
        self._dashboards = dashboards
        self._profiles = profiles
        self._sessions = sessions
        self._passwords = passwords
        self._reauthenticator = reauthenticator
        self._two_factor_codes = two_factor_codes
        self._password_attempts = password_attempts
        self._security_emails = security_emails
        self._rules = rules
        self._first_admin = first_admin
        self._invites = invites
        self._verification = verification
        self._limiter = limiter
        self._clock = clock
        self._new_id = new_id

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
            signed_in = await self._create(new, client_info, "student", add, pending=waits)
        else:
            self._first_admin.check_token(new.admin_token)
            signed_in = await self._create(new, client_info, "admin", self._storage.add_first_admin)
            self._first_admin.revoke_link(signed_in.user)
        await self._verification.send_to_new_account(signed_in.user)
        return signed_in

    async def _registration_method(self, new: Registration, device: ClientInfo) -> AddUser:
        if new.invite is None:
            self._rules.check(new.email)
            return self._storage.add_user
        code_hash = await self._invites.validate(new.invite, new.email, device.address)
        return partial(self._storage.add_invited_user, code_hash=code_hash)

    async def create(self, new: Registration, client_info: ClientInfo, *, role: UserRole = "student") -> TokenResponse:
        """Create an account and a session for the client, regardless of the rules for new accounts.

        Args:
            new: data of the account.
            client_info: client that signs in.
            role: role of the account.

        Raises:
            InvalidInput, EmailTaken, RateLimited: as for `register`.
        """
        return await self._create(new, client_info, role, self._storage.add_user)

    async def _create(
        self, new: Registration, device: ClientInfo, role: UserRole, add: AddUser, *, pending: bool = False
    ) -> TokenResponse:
        now = self._clock.now()
        user = User(
            id=self._new_id(),
            first_name=new.first_name,
            last_name=new.last_name or "",
            email=new.email,
            role=role,
            pending=pending,
            created_at=now,
            last_login=now,
        )
        if role != "admin":
            reject_reserved_names(user.first_name, user.last_name, ("firstName", "lastName"))
        await check_password(new.password, user, "password")
        await self._limiter.hit_each(by_address="sign_ups", address=device.address)
        await add(user, await self._passwords.hash(new.password))
        self._password_attempts.record_success(user.email_key, device.address)
        log_security_event("signed_up", user=user.id)
        return await self._sessions.create(user, device)

    async def login(self, credentials: Credentials, client_info: ClientInfo) -> TokenResponse:
        """Create a session for a client. An unknown email and a wrong password have the same timing and the same error.

        Raises:
            WrongCredentials: unknown email or wrong password.
            AccountDisabled: the password is right, but the account is disabled.
            SecondFactorNeeded, WrongCode: the password is right, but the account requires a code, too.
            RateLimited: too many attempts, see `PasswordAttempts.count`.
        """
        email_key = normalise.email_key(credentials.email)
        await self._password_attempts.count(email_key, client_info.address)
        account = await self._storage.account_by_email(credentials.email)
        known = account.password_hash if account else None
        if not await self._passwords.verify(known, credentials.password) or account is None:
            log_security_event("sign_in_failed", user=account.user.id if account else None)
            raise WrongCredentials
        self._password_attempts.record_success(email_key, client_info.address)
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

    async def require_user(self, user_id: UserId) -> User:
        """Return the user of a valid session.

        Raises:
            NotSignedIn: the account was deleted or disabled.
        """
        user = await self._storage.user(user_id)
        if user is None or user.disabled:
            raise NotSignedIn
        return user

    async def change_password(self, change: PasswordChange, identity: Identity, address: str) -> None:
        """Change the password and revoke all other sessions of the user. `address` is the client's.

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
        log_security_event("password_changed", user=user.id)
        self._security_emails.password_changed(user, self._clock.now())
        await self._sessions.revoke_all(user.id, except_session=identity.session_id)

    async def delete(self, deletion: AccountDeletion, user: User, address: str) -> None:
        """Delete the account: its rooms are transferred, its messages stay without a name.

        If the deletion is interrupted, every room has an owner and the account still exists, so that it can be deleted
        again. An admin resigns first: of several admins who delete their accounts at once, one remains.

        Raises:
            WrongPassword: the password is wrong.
            LastAdmin: the user is the only admin.
            SecondFactorNeeded, WrongCode, RateLimited: as for `Reauthenticator.verify`; `address` is the client's.
        """
        proof = await self._reauthenticator.verify(user, deletion.current_password, deletion.code, address)
        if proof.account.user.is_admin:
            with suppress(Forbidden):  # no longer an admin, or disabled, which the deletion rejects
                await self._resign_admin(user)
        while True:
            await self._rooms.release_owned_rooms(user)
            rooms = [membership.room.id for membership in await self._storage.rooms_of(user.id, MAX_LISTED_ROOMS)]
            with suppress(OwnerCannotLeave):  # of a room that they created or received meanwhile
                await self._anonymise(user.id)
                for room_id in rooms:
                    await self._rooms.announce_left(room_id, user.id)
                log_security_event("account_deleted", user=user.id)
                return

    async def _resign_admin(self, admin: User) -> None:
        """End the role and the memberships of private rooms that came with it, because the deletion may fail later."""
        rooms = [membership.room.id for membership in await self._storage.rooms_of(admin.id, MAX_LISTED_ROOMS)]
        user = await self._storage.set_access(admin.id, role="student", actor_id=admin.id)
        log_security_event("standing_changed", user=admin.id, target=admin.id, role="student")
        if user is not None:
            self._profiles.account_changed(user)
        for room_id in {*rooms, *self._presence.rooms_of(admin.id)}:
            await self._rooms.evict_if_not_member(room_id, admin.id)

    async def _anonymise(self, user_id: UserId) -> None:
        try:
            await self._storage.delete_user(user_id)
        except StorageUnavailable:  # the outcome is unknown: disconnect, valid sessions reconnect
            self._sessions.disconnect_user(user_id)
            raise
        self._sessions.disconnect_user(user_id)
        self._presence.remove_everywhere(user_id)
        self._profiles.account_deleted(user_id)
        await self._dashboards.invalidate_all()
        lookalikes.clear_cache()

    async def is_empty(self) -> bool:
        """Return True if there are no accounts."""
        return await self._storage.is_empty()
