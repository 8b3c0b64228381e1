"""People: signing up and in, renewing and ending a sign-in, one's own profile."""

from typing import Literal

import msgspec

from auth import Passwords, RefreshToken, Tokens
from bodies import Credentials, PasswordChange, ProfileChange, Registration
from broadcast import Broadcast
from clock import Clock
from errors import AccountDisabled, InvalidRefreshToken, NotSignedIn, WrongCredentials, WrongPassword
from ids import NewId
from models import Account, Identity, Record, SignIn, SignInId, Timestamp, User, UserId
from services.dashboards import Dashboards
from services.limits import Limiter
from services.presence import Presence
from services.rooms import Rooms
from storage.base import Storage

PURGED_AT_ONCE = 1000
"""Sign-ins that one transaction deletes: nobody who writes is to wait long for it."""


class SignedIn(Record, kw_only=True, frozen=True):
    """What somebody gets who signed in: the answer as a whole, as older clients expect it."""

    success: Literal[True] = True
    token: str
    refresh_token: str
    user: User


class Accounts:
    """The people who have an account.

    Args:
        refresh_lifetime: seconds that a sign-in lasts without being renewed.
    """

    def __init__(
        self,
        storage: Storage,
        rooms: Rooms,
        presence: Presence,
        dashboards: Dashboards,
        broadcast: Broadcast,
        passwords: Passwords,
        tokens: Tokens,
        limiter: Limiter,
        clock: Clock,
        new_id: NewId,
        *,
        refresh_lifetime: float,
    ) -> None:
        self._storage = storage
        self._rooms = rooms
        self._presence = presence
        self._dashboards = dashboards
        self._broadcast = broadcast
        self._passwords = passwords
        self._tokens = tokens
        self._limiter = limiter
        self._clock = clock
        self._new_id = new_id
        self._refresh_lifetime = refresh_lifetime
        self._closed = 0

    async def register(self, new: Registration, address: str) -> SignedIn:
        """Make an account and sign it in. `address` is where the request came from.

        Raises:
            EmailTaken: there is one with this email.
            RateLimited: too many from this address.
        """
        await self._limiter.hit("sign_ups", address)
        now = self._clock.now()
        user = User(
            id=self._new_id(),
            first_name=new.first_name,
            last_name=new.last_name,
            email=new.email,
            created_at=now,
            last_login=now,
        )
        await self._storage.add_user(user, await self._passwords.hash(new.password))
        return await self._sign_in(user)

    async def login(self, credentials: Credentials, address: str) -> SignedIn:
        """Sign in. An unknown email and a wrong password take as long and say the same.

        Raises:
            WrongCredentials: either.
            AccountDisabled: the password is right, but the account is disabled.
            RateLimited: too many tries for this email from this address.
        """
        await self._limiter.hit("sign_ins", address, credentials.email)
        account = await self._storage.account_by_email(credentials.email)
        known = account.password_hash if account else None
        if not await self._passwords.verify(known, credentials.password) or account is None:
            raise WrongCredentials
        user = account.user
        if user.disabled:
            raise AccountDisabled
        if self._passwords.is_outdated(account.password_hash):
            new = await self._passwords.hash(credentials.password)
            await self._storage.set_password(user.id, new, instead_of=account.password_hash)
        await self._storage.record_login(user.id, self._clock.now())
        signed_in = await self._sign_in(user)
        # What ended all sign-ins until this one was kept did not end it; what does so from here on will.
        now = await self._storage.account(user.id)
        if now is None or now.user.disabled or not await self._is_still(account, now, credentials.password):
            await self._storage.revoke_sign_in(self._tokens.read(signed_in.token).sign_in_id)
            raise WrongCredentials
        return msgspec.structs.replace(signed_in, user=now.user)

    async def _is_still(self, before: Account, now: Account, password: str) -> bool:
        """Say whether the password that was right is so now; a hash that is the same need not be looked at again."""
        return now.password_hash == before.password_hash or await self._passwords.verify(now.password_hash, password)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Renew a sign-in. A refresh token works once; used again, it ends the sign-in.

        Raises:
            InvalidRefreshToken: it is unknown, used up, or its time is over.
        """
        token = RefreshToken.read(refresh_token)
        sign_in = await self._storage.sign_in(token.sign_in_id) if token else None
        if token is None or sign_in is None or sign_in.revoked or sign_in.expires_at <= self._clock.now():
            raise InvalidRefreshToken
        user = await self._storage.user(sign_in.user_id)
        if user is None or user.disabled:
            raise InvalidRefreshToken
        new = RefreshToken.new(sign_in.id)
        if not await self._storage.rotate_sign_in(sign_in.id, token.hash, new.hash, self._expiry()):
            self._close([sign_in.id])
            raise InvalidRefreshToken
        return SignedIn(token=self._tokens.issue(user.id, sign_in.id), refresh_token=str(new), user=user)

    async def authenticate(self, token: object) -> Identity:
        """Return whose access token this is.

        Raises:
            TokenInvalid: it is not one of ours, or its time is over.
            NotSignedIn: the sign-in was ended, or the account deleted or disabled.
        """
        claims = self._tokens.read(token)
        while True:
            closed = self._closed
            sign_in = await self._storage.sign_in(claims.sign_in_id)
            user = await self._storage.user(claims.user_id)
            if closed == self._closed:  # else a sign-in was ended meanwhile: what was read may be old
                break
        if sign_in is None or sign_in.revoked or user is None or user.disabled or sign_in.user_id != user.id:
            raise NotSignedIn
        return Identity(user=user, sign_in_id=sign_in.id)

    async def user(self, user_id: UserId) -> User:
        """Return somebody who has signed in.

        Raises:
            NotSignedIn: they deleted their account, or it is disabled.
        """
        user = await self._storage.user(user_id)
        if user is None or user.disabled:
            raise NotSignedIn
        return user

    async def logout(self, identity: Identity) -> None:
        """End this sign-in and close its sockets."""
        await self._storage.revoke_sign_in(identity.sign_in_id)
        self._close([identity.sign_in_id])

    async def change_profile(self, change: ProfileChange, user: User) -> User:
        """Change what was given of the user's profile, and return it."""
        fields = change.given()
        for name in ("avatar", "bio"):
            if name in fields:
                fields[name] = fields[name] or None
        changed = await self._storage.change_user(user.id, fields)
        if changed is None:
            raise NotSignedIn
        self._presence.profile_changed(changed)
        await self._dashboards.forget(user.id)
        return changed

    async def change_password(self, change: PasswordChange, identity: Identity) -> None:
        """Change the password; every other sign-in of the user ends.

        Raises:
            WrongPassword: the current one is another.
            RateLimited: too many tries.
        """
        user = identity.user
        await self._limiter.hit("sign_ins", user.id, user.email)
        account = await self._storage.account(user.id)
        if account is None:
            raise NotSignedIn
        if not await self._passwords.verify(account.password_hash, change.current_password):
            raise WrongPassword
        new = await self._passwords.hash(change.new_password)
        if not await self._storage.set_password(user.id, new, instead_of=account.password_hash):
            raise WrongPassword  # it was changed meanwhile
        self._close(await self._storage.revoke_sign_ins(user.id, keep=identity.sign_in_id))

    def put_out(self, user_id: UserId) -> None:
        """Close every socket of somebody whose sign-ins were ended.

        Whoever is just being authenticated is looked at again.
        """
        self._closed += 1
        self._broadcast.close_user(user_id)

    async def delete(self, user: User) -> None:
        """Delete the account: rooms are handed over, what was written stays without a name."""
        await self._rooms.give_up_all(user)
        self._close(await self._storage.revoke_sign_ins(user.id))
        await self._storage.delete_user(user.id)
        self._presence.remove_everywhere(user.id)

    async def purge_sign_ins(self) -> None:
        """Forget sign-ins of which no token is good any more."""
        before = self._clock.later(-self._tokens.lifetime)  # an access token outlives its sign-in's time
        while await self._storage.purge_sign_ins(before, PURGED_AT_ONCE) == PURGED_AT_ONCE:
            pass

    async def is_empty(self) -> bool:
        """Say whether nobody has an account yet."""
        return await self._storage.is_empty()

    async def _sign_in(self, user: User) -> SignedIn:
        refresh_token = RefreshToken.new(self._new_id())
        sign_in = SignIn(
            id=refresh_token.sign_in_id,
            user_id=user.id,
            refresh_hash=refresh_token.hash,
            created_at=self._clock.now(),
            expires_at=self._expiry(),
        )
        await self._storage.add_sign_in(sign_in)
        token = self._tokens.issue(user.id, sign_in.id)
        return SignedIn(token=token, refresh_token=str(refresh_token), user=user)

    def _expiry(self) -> Timestamp:
        return self._clock.later(self._refresh_lifetime)

    def _close(self, sign_ins: list[SignInId]) -> None:
        """Close the sockets of sign-ins that were ended. Whoever is just being authenticated is looked at again."""
        self._closed += 1
        for sign_in_id in sign_ins:
            self._broadcast.close_sign_in(sign_in_id)
