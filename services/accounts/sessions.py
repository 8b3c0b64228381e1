"""Sign-ins: beginning, renewing, listing and ending them, and who it is that shows a token."""

import hmac
from typing import Literal

from domain.accounts import Device, Identity, Renewal, Session, SignIn, User
from domain.base import Record, SignInId, Timestamp, UserId
from domain.clock import Clock, seconds_between, stamp
from domain.errors.accounts import InvalidRefreshToken, NotSignedIn, SessionNotFound
from domain.ids import NewId
from publisher.broadcast import Broadcast
from runtime.logs import security
from runtime.rate_limits import Limiter
from services.accounts.tokens import Claims, RefreshToken, TokenInvalid, Tokens
from storage.base import Storage

MOST_LISTED = 100
"""Sign-ins that somebody is shown, the newest; they can end all the others at once."""
RETRY_WITHIN = 30.0
"""Seconds after a trade in which the same refresh token is traded again: its answer was lost."""
PURGED_AT_ONCE = 1000
"""Sign-ins that one transaction deletes: nobody who writes is to wait long for it."""


class SignedIn(Record, kw_only=True, frozen=True):
    """What somebody gets who signed in: the answer as a whole, as older clients expect it.

    `token` is good until `token_expires`.
    """

    success: Literal[True] = True
    token: str
    token_expires: Timestamp
    refresh_token: str
    user: User


class SignIns:
    """The sign-ins of everybody.

    Args:
        lifetime: seconds that a sign-in lasts without being renewed.
        longest: seconds that it lasts however often it is renewed.
    """

    def __init__(
        self,
        storage: Storage,
        broadcast: Broadcast,
        tokens: Tokens,
        limiter: Limiter,
        clock: Clock,
        new_id: NewId,
        *,
        lifetime: float,
        longest: float,
    ) -> None:
        self._storage = storage
        self._broadcast = broadcast
        self._tokens = tokens
        self._limiter = limiter
        self._clock = clock
        self._new_id = new_id
        self._lifetime = lifetime
        self._longest = longest
        self._endings = 0

    async def begin(self, user: User, device: Device) -> SignedIn:
        """Sign somebody in.

        Raises:
            UserNotFound: they have deleted their account.
        """
        refresh_token = RefreshToken.new(self._new_id())
        now = self._clock.now()
        sign_in = SignIn(
            id=refresh_token.sign_in_id,
            user_id=user.id,
            created_at=now,
            refresh_hash=refresh_token.hash,
            expires_at=self._expiry(now),
            last_used=now,
            client=device.client,
            address=device.address,
        )
        await self._storage.add_sign_in(sign_in)
        return self._signed_in(user, refresh_token, sign_in)

    async def take_back(self, signed_in: SignedIn) -> None:
        """End a sign-in that has just begun, and that nobody was told of."""
        if token := RefreshToken.read(signed_in.refresh_token):
            await self.log_out(token.sign_in_id)

    async def refresh(self, refresh_token: str, device: Device) -> SignedIn:
        """Trade a refresh token for a new pair.

        The same token within `RETRY_WITHIN` is a retry, unless its successor was used: it gets the same successor,
        so that answers that were lost, late or twice leave the client with a token that works. Any other reuse ends
        the sign-in.

        Raises:
            InvalidRefreshToken: it is unknown, used up, or its time is over.
            RateLimited: too many renewals of this user; the token stays as it was.
        """
        token = RefreshToken.read(refresh_token)
        sign_in = await self._storage.sign_in(token.sign_in_id) if token else None
        now = self._clock.now()
        if token is None or sign_in is None or sign_in.expires_at <= now:
            raise InvalidRefreshToken
        if sign_in.revoked:
            self._broadcast.close_sign_in(sign_in.id)  # whoever ended it may not have heard from the storage
            raise InvalidRefreshToken
        user = await self._storage.user(sign_in.user_id)
        expires_at = self._expiry(sign_in.created_at)
        if user is None or user.disabled or expires_at <= now:
            raise InvalidRefreshToken
        await self._limiter.hit("renewals", user.id)
        new = self._tokens.successor(token)
        renewal = Renewal(
            refresh_hash=new.hash,
            expires_at=expires_at,
            last_used=now,
            client=device.client,
            address=device.address,
        )
        retry_since = self._clock.later(-RETRY_WITHIN)
        if not await self._storage.rotate_sign_in(sign_in.id, token.hash, renewal, retry_since=retry_since):
            security("refresh_token_reused", user=user.id)
            self._endings += 1
            self._broadcast.close_sign_in(sign_in.id)
            raise InvalidRefreshToken
        return self._signed_in(user, new, renewal)

    async def authenticate(self, token: object) -> Identity:
        """Return whose access token this is.

        Raises:
            TokenInvalid: it is not one of ours, or its time is over.
            NotSignedIn: the sign-in was ended, or the account deleted or disabled.
        """
        return await self._identity(self._tokens.read(token))

    async def user_of(self, token: str | None) -> User | None:
        """Return the user of an access token, on routes that need none.

        None if there is no token, if it is not accepted, or if the user waits for approval.
        """
        try:
            user = (await self.authenticate(token)).user if token else None
        except (NotSignedIn, TokenInvalid):
            return None
        return user if user and not user.pending else None

    async def confirm(self, identity: Identity) -> Identity:
        """Look again at a user who was authenticated a while ago, and return them as they are now.

        Raises:
            NotSignedIn: the sign-in was ended meanwhile, or the account deleted or disabled.
        """
        return await self._identity(Claims(identity.user.id, identity.sign_in_id, identity.token_expires))

    async def _identity(self, claims: Claims) -> Identity:
        while True:
            endings = self._endings
            sign_in = await self._storage.sign_in(claims.sign_in_id)
            user = await self._storage.user(claims.user_id)
            if endings == self._endings:  # else a sign-in was ended meanwhile: what was read may be old
                break
        if sign_in is None or sign_in.revoked or user is None or user.disabled or sign_in.user_id != user.id:
            raise NotSignedIn
        return Identity(user=user, sign_in_id=sign_in.id, token_expires=claims.expires, endings=endings)

    async def sessions(self, identity: Identity) -> list[Session]:
        """Return the sign-ins of the one who asks, newest first."""
        return [
            Session(
                id=sign_in.id,
                client=sign_in.client,
                address=sign_in.address,
                created_at=sign_in.created_at,
                last_used=sign_in.last_used,
                expires_at=sign_in.expires_at,
                current=sign_in.id == identity.sign_in_id,
            )
            for sign_in in await self.of(identity.user.id)
        ]

    async def of(self, user_id: UserId) -> list[SignIn]:
        """Return the sign-ins of somebody that are good still, newest first, up to `MOST_LISTED`."""
        return await self._storage.sign_ins_of(user_id, self._clock.now(), MOST_LISTED)

    async def end(self, sign_in_id: SignInId, user_id: UserId) -> None:
        """End one of the user's sign-ins and close its sockets.

        Raises:
            SessionNotFound: it is somebody else's, or over, or there is none.
        """
        sign_in = await self._storage.sign_in(sign_in_id)
        if sign_in is None or sign_in.user_id != user_id or sign_in.revoked or sign_in.expires_at <= self._clock.now():
            raise SessionNotFound
        await self.log_out(sign_in_id)

    async def end_left(self, token: str) -> None:
        """End the sign-in of a refresh token and close its sockets; nothing happens if it has ended.

        Args:
            token: the newest one or the one before it, or its id and the hash of its secret, which only ends.

        Raises:
            InvalidRefreshToken: no sign-in has such a token.
        """
        left = RefreshToken.read(token)
        sign_in = await self._storage.sign_in(left.sign_in_id) if left else None
        if left is None or sign_in is None:
            raise InvalidRefreshToken
        known = [found.encode() for found in (sign_in.refresh_hash, sign_in.previous_hash) if found]
        given = [hashed.encode() for hashed in (left.hash, left.secret)]
        if not any(hmac.compare_digest(one, other) for one in known for other in given):
            raise InvalidRefreshToken
        if not sign_in.revoked:
            await self.log_out(sign_in.id, sign_in.user_id)

    async def log_out(self, sign_in_id: SignInId, user_id: UserId | None = None) -> None:
        """End a sign-in that there is, and close its sockets. The log has `user_id`, or the caller."""
        try:
            await self._storage.revoke_sign_in(sign_in_id)
            security("sign_in_ended", **({"user": user_id} if user_id else {}))
        finally:  # where the storage does not answer it may be ended all the same
            self._endings += 1
            self._broadcast.close_sign_in(sign_in_id)

    async def end_former(self, token: str) -> None:
        """End the sign-in of a token that somebody brought who has signed in anew; one that is no good ends nothing."""
        try:
            claims = self._tokens.read(token)
            await self.end(claims.sign_in_id, claims.user_id)
        except (TokenInvalid, SessionNotFound):
            return

    async def end_all(self, user_id: UserId, *, keep: SignInId | None = None) -> None:
        """End every sign-in of the user but `keep`, and close their sockets."""
        try:
            await self._storage.revoke_sign_ins(user_id, keep=keep)
            security("sign_ins_ended", user=user_id)
        finally:  # as above; and one that somebody else has just ended may not be closed yet
            self.put_out(user_id, keep=keep)

    def put_out(self, user_id: UserId, *, keep: SignInId | None = None) -> None:
        """Close the sockets of somebody all of whose sign-ins but `keep` the storage has ended.

        Whoever is just being authenticated is looked at again.
        """
        self._endings += 1
        self._broadcast.close_sign_ins(user_id, keep=keep)

    async def purge(self) -> None:
        """Forget sign-ins of which no token is good any more."""
        before = self._clock.later(-self._tokens.lifetime)  # an access token outlives its sign-in's time
        while await self._storage.purge_sign_ins(before, PURGED_AT_ONCE) == PURGED_AT_ONCE:
            pass

    def _signed_in(self, user: User, refresh_token: RefreshToken, until: Renewal) -> SignedIn:
        rest = seconds_between(self._clock.now(), until.expires_at)
        token = self._tokens.issue(user.id, refresh_token.sign_in_id, rest)
        return SignedIn(
            token=token.text, token_expires=stamp(token.expires), refresh_token=str(refresh_token), user=user
        )

    def _expiry(self, created_at: Timestamp) -> Timestamp:
        rest = self._longest - seconds_between(created_at, self._clock.now())
        return self._clock.later(min(self._lifetime, rest))
