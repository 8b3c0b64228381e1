"""People: signing up and in, one's own profile and password."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import msgspec

from domain.account_requests import AccountDeletion, Credentials, PasswordChange, Registration
from domain.accounts import Account, Device, Identity, User, UserRole
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
from runtime.addresses import source
from runtime.logs import security
from runtime.rate_limits import Limiter
from services.accounts.email_verification import VerificationMail
from services.accounts.first_admin import FirstAdmin
from services.accounts.invites import AccountInvites
from services.accounts.login_attempts import PasswordTries
from services.accounts.password_policy import refuse_guessable
from services.accounts.passwords import Passwords
from services.accounts.profiles import Profiles
from services.accounts.reauthentication import Proofs
from services.accounts.registration_rules import RegistrationRules
from services.accounts.reserved_names import refuse_claims
from services.accounts.security_emails import Notices
from services.accounts.sessions import SignedIn, SignIns
from services.accounts.two_factor_codes import Codes
from services.presence.dashboard import MOST_ROOMS, Dashboards
from services.presence.presence import Presence
from services.rooms import lookalikes
from services.rooms.rooms import Rooms
from storage.base import Storage
from text import normalise

Adds = Callable[[User, str], Awaitable[object]]
"""Stores a new user with the hash of the password."""


class Accounts:
    """The people who have an account."""

    def __init__(
        self,
        storage: Storage,
        rooms: Rooms,
        presence: Presence,
        dashboards: Dashboards,
        profiles: Profiles,
        sign_ins: SignIns,
        passwords: Passwords,
        proofs: Proofs,
        codes: Codes,
        tries: PasswordTries,
        notices: Notices,
        rules: RegistrationRules,
        first_admin: FirstAdmin,
        invites: AccountInvites,
        verification: VerificationMail,
        limiter: Limiter,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._storage = storage
        self._rooms = rooms
        self._presence = presence
        self._dashboards = dashboards
        self._profiles = profiles
        self._sign_ins = sign_ins
        self._passwords = passwords
        self._proofs = proofs
        self._codes = codes
        self._tries = tries
        self._notices = notices
        self._rules = rules
        self._first_admin = first_admin
        self._invites = invites
        self._verification = verification
        self._limiter = limiter
        self._clock = clock
        self._new_id = new_id

    async def register(self, new: Registration, device: Device) -> SignedIn:
        """Make an account for a client and sign it in on a device.

        The token of the link for the first admin counts more than the rules.

        Raises:
            InvalidAdminLink: `new.admin_token` is not the one of that link, or there is an admin.
            InviteNotFound: the invitation `new.invite` does not work; `Invalid` if it is for another address.
            RegistrationClosed, InvitationNeeded: the server's rules; a domain that they do not allow is `Invalid`.
            Invalid: the password is easily guessed, or the name claims a role.
            EmailTaken: there is one with this email.
            RateLimited: too many from this address.
        """
        if new.admin_token is None:
            add, waits = await self._way_in(new, device), self._rules.shown.approval and new.invite is None
            signed_in = await self._create(new, device, "student", add, waits=waits)
        else:
            self._first_admin.check(new.admin_token)
            signed_in = await self._create(new, device, "admin", self._storage.add_first_admin)
            self._first_admin.taken(signed_in.user)
        await self._verification.registered(signed_in.user)
        return signed_in

    async def _way_in(self, new: Registration, device: Device) -> Adds:
        if new.invite is None:
            self._rules.check(new.email)
            return self._storage.add_user
        code_hash = await self._invites.admit(new.invite, new.email, device.address)
        return partial(self._storage.add_invited_user, code_hash=code_hash)

    async def create(self, new: Registration, device: Device, *, role: UserRole = "student") -> SignedIn:
        """Make an account whatever the rules for new accounts are, and sign it in on a device.

        Args:
            new: the account.
            device: signed in.
            role: of the account.

        Raises:
            Invalid, EmailTaken, RateLimited: as for `register`.
        """
        return await self._create(new, device, role, self._storage.add_user)

    async def _create(
        self, new: Registration, device: Device, role: UserRole, add: Adds, *, waits: bool = False
    ) -> SignedIn:
        now = self._clock.now()
        user = User(
            id=self._new_id(),
            first_name=new.first_name,
            last_name=new.last_name or "",
            email=new.email,
            role=role,
            pending=waits,
            created_at=now,
            last_login=now,
        )
        if role != "admin":
            refuse_claims(user.first_name, user.last_name, ("firstName", "lastName"))
        await refuse_guessable(new.password, user, "password")
        await self._limiter.hit_each(by_address="sign_ups", address=device.address)
        await add(user, await self._passwords.hash(new.password))
        self._tries.was_right(user.email_key, device.address)
        security("signed_up", user=user.id)
        return await self._sign_ins.begin(user, device)

    async def login(self, credentials: Credentials, device: Device) -> SignedIn:
        """Sign in on a device. An unknown email and a wrong password take as long and say the same.

        Raises:
            WrongCredentials: either.
            AccountDisabled: the password is right, but the account is disabled.
            SecondFactorNeeded, WrongCode: the password is right, but they sign in with a code, too.
            RateLimited: too many tries, see `PasswordTries.count`.
        """
        email_key = normalise.email_key(credentials.email)
        await self._tries.count(email_key, device.address)
        account = await self._storage.account_by_email(credentials.email)
        known = account.password_hash if account else None
        if not await self._passwords.verify(known, credentials.password) or account is None:
            security("sign_in_failed", user=account.user.id if account else None)
            raise WrongCredentials
        self._tries.was_right(email_key, device.address)
        user = account.user
        if user.disabled:
            security("sign_in_failed", user=user.id, code=AccountDisabled.code)
            raise AccountDisabled
        proven = await self._codes.ask(user, credentials.code)
        if self._passwords.is_outdated(account.password_hash):
            new = await self._passwords.hash(credentials.password)
            await self._storage.set_password(user.id, new, instead_of=account.password_hash)
        await self._storage.record_login(user.id, self._clock.now())
        is_elsewhere = await self._is_elsewhere(user, device)
        try:
            signed_in = await self._sign_ins.begin(user, device)
        except UserNotFound:  # deleted since the password was looked at
            raise WrongCredentials from None
        # What ended all sign-ins until this one was kept did not end it; what does so from here on will.
        now = await self._storage.account(user.id)
        is_still = (
            now is not None
            and not now.user.disabled
            and await self._is_still(account, now, credentials.password)
            and await self._codes.stands(user, proven)
        )
        if now is None or not is_still:
            await self._sign_ins.take_back(signed_in)
            security("sign_in_failed", user=user.id)
            raise WrongCredentials
        security("signed_in", user=user.id)
        if is_elsewhere:
            self._notices.signed_in(user, self._clock.now(), device)
        return msgspec.structs.replace(signed_in, user=now.user)

    async def _is_elsewhere(self, user: User, device: Device) -> bool:
        """Say whether somebody is signed in already, but nowhere with such a program or from such an address."""
        known = await self._sign_ins.of(user.id)
        place = source(device.address)
        return bool(known) and not any(one.client == device.client or source(one.address) == place for one in known)

    async def _is_still(self, before: Account, now: Account, password: str) -> bool:
        """Say whether the password that was right is so now; a hash that is the same need not be looked at again."""
        return now.password_hash == before.password_hash or await self._passwords.verify(now.password_hash, password)

    async def user(self, user_id: UserId) -> User:
        """Return somebody who has signed in.

        Raises:
            NotSignedIn: they deleted their account, or it is disabled.
        """
        user = await self._storage.user(user_id)
        if user is None or user.disabled:
            raise NotSignedIn
        return user

    async def change_password(self, change: PasswordChange, identity: Identity, address: str) -> None:
        """Change the password; every other sign-in of the user ends. `address` is the client's.

        Raises:
            Invalid: the new password is easily guessed.
            WrongPassword: the current one is another.
            SecondFactorNeeded, WrongCode, RateLimited: as for `Proofs.of`.
        """
        user = identity.user
        await refuse_guessable(change.new_password, user, "newPassword")
        proof = await self._proofs.of(user, change.current_password, change.code, address)
        new = await self._passwords.hash(change.new_password)
        if not await self._codes.stands(user, proof.factor):
            raise SecondFactorNeeded  # it was turned on meanwhile
        if not await self._storage.set_password(user.id, new, instead_of=proof.account.password_hash):
            raise WrongPassword  # it was changed meanwhile
        security("password_changed", user=user.id)
        self._notices.password_changed(user, self._clock.now())
        await self._sign_ins.end_all(user.id, keep=identity.sign_in_id)

    async def delete(self, deletion: AccountDeletion, user: User, address: str) -> None:
        """Delete the account: rooms are handed over, what was written stays without a name.

        Whatever ends it in the middle, every room has an owner and the account is there, to be deleted again. An admin
        steps down first: of several who go at once, one stays.

        Raises:
            WrongPassword: the password is another.
            LastAdmin: nobody else could look after accounts.
            SecondFactorNeeded, WrongCode, RateLimited: as for `Proofs.of`; `address` is the client's.
        """
        proof = await self._proofs.of(user, deletion.current_password, deletion.code, address)
        if proof.account.user.is_admin:
            with suppress(Forbidden):  # they are none any more, or disabled, which the deletion refuses
                await self._step_down(user)
        while True:
            await self._rooms.give_up_all(user)
            rooms = [membership.room.id for membership in await self._storage.rooms_of(user.id, MOST_ROOMS)]
            with suppress(OwnerCannotLeave):  # of a room that they opened, or were given, since
                await self._anonymise(user.id)
                for room_id in rooms:
                    await self._rooms.tell_left(room_id, user.id)
                security("account_deleted", user=user.id)
                return

    async def _step_down(self, admin: User) -> None:
        """End the role, and the places in private rooms that came with it: whatever follows may fail."""
        rooms = [membership.room.id for membership in await self._storage.rooms_of(admin.id, MOST_ROOMS)]
        user = await self._storage.set_standing(admin.id, role="student", by=admin.id)
        security("standing_changed", user=admin.id, target=admin.id, role="student")
        if user is not None:
            self._profiles.standing_changed(user)
        for room_id in {*rooms, *self._presence.rooms_of(admin.id)}:
            await self._rooms.put_out_if_no_member(room_id, admin.id)

    async def _anonymise(self, user_id: UserId) -> None:
        try:
            await self._storage.delete_user(user_id)
        except StorageUnavailable:  # it may be done all the same: who is still signed in comes back
            self._sign_ins.put_out(user_id)
            raise
        self._sign_ins.put_out(user_id)
        self._presence.remove_everywhere(user_id)
        self._profiles.deleted(user_id)
        await self._dashboards.forget_all()
        lookalikes.forget()

    async def is_empty(self) -> bool:
        """Say whether nobody has an account yet."""
        return await self._storage.is_empty()
