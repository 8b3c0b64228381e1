"""Sign-ins: beginning, renewing, listing and ending them, and who it is that shows a token."""

import hmac
from typing import Literal

from domain.accounts import ClientInfo, Identity, Session, SessionInfo, SessionRenewal, User
from domain.base import Record, SessionId, Timestamp, UserId
from domain.clock import Clock, format_timestamp, seconds_between
from domain.errors.accounts import InvalidRefreshToken, NotSignedIn, SessionNotFound
from domain.ids import NewId
from publisher.broadcast import EventPublisher
from runtime.logs import log_security_event
from runtime.rate_limits import RateLimiter
from services.accounts.tokens import Claims, RefreshToken, TokenInvalid, Tokens
from storage.base import Storage

MAX_LISTED = 100
"""Sign-ins that somebody is shown, the newest; they can end all the others at once."""
RETRY_WINDOW = 30.0
"""Seconds after a trade in which the same refresh token is traded again: its answer was lost."""
PURGE_BATCH_SIZE = 1000
"""Sign-ins that one transaction deletes: nobody who writes is to wait long for it."""


class TokenResponse(Record, kw_only=True, frozen=True):
    """What somebody gets who signed in: the answer as a whole, as older clients expect it.

    `token` is good until `token_expires`.
    """

    success: Literal[True] = True
    token: str
    token_expires: Timestamp
    refresh_token: str
    user: User


class Sessions:
    """The sign-ins of everybody.

    Args:
        lifetime: seconds that a sign-in lasts without being renewed.
        max_lifetime: seconds that it lasts however often it is renewed.
    """

    def __init__(
        self,
        storage: Storage,
        broadcast: EventPublisher,
        tokens: Tokens,
        limiter: RateLimiter,
        clock: Clock,
        new_id: NewId,
        *,
        lifetime: float,
        max_lifetime: float,
    ) -> None:
        self._storage = storage
        self._broadcast = broadcast
        self._tokens = tokens
        self._limiter = limiter
        self._clock = clock
        self._new_id = new_id
        self._lifetime = lifetime
        self._max_lifetime = max_lifetime
        self._revocation_count = 0

    async def create(self, user: User, client_info: ClientInfo) -> TokenResponse:
        """Sign somebody in.

        Raises:
            UserNotFound: they have deleted their account.
        """
        refresh_token = RefreshToken.new(self._new_id())
        now = self._clock.now()
        sign_in = Session(
            id=refresh_token.session_id,
            user_id=user.id,
            created_at=now,
            refresh_hash=refresh_token.hash,
            expires_at=self._expiry(now),
            last_used=now,
            client=client_info.client,
            address=client_info.address,
        )
        await self._storage.add_session(sign_in)
        return self._token_response(user, refresh_token, sign_in)

    async def rollback(self, tokens: TokenResponse) -> None:
        """End a sign-in that has just begun, and that nobody was told of."""
        if token := RefreshToken.parse(tokens.refresh_token):
            await self.revoke(token.session_id)

    async def refresh(self, refresh_token: str, client_info: ClientInfo) -> TokenResponse:
        """Trade a refresh token for a new pair.

        The same token within `RETRY_WINDOW` is a retry, unless its successor was used: it gets the same successor,
        so that answers that were lost, late or twice leave the client with a token that works. Any other reuse ends
        the sign-in.

        Raises:
            InvalidRefreshToken: it is unknown, used up, or its time is over.
            RateLimited: too many renewals of this user; the token stays as it was.
        """
        token = RefreshToken.parse(refresh_token)
        sign_in = await self._storage.session(token.session_id) if token else None
        now = self._clock.now()
        if token is None or sign_in is None or sign_in.expires_at <= now:
            raise InvalidRefreshToken
        if sign_in.revoked:
            self._broadcast.disconnect_session(sign_in.id)  # whoever ended it may not have heard from the storage
            raise InvalidRefreshToken
        user = await self._storage.user(sign_in.user_id)
        expires_at = self._expiry(sign_in.created_at)
        if user is None or user.disabled or expires_at <= now:
            raise InvalidRefreshToken
        await self._limiter.hit("renewals", user.id)
        new = self._tokens.next_refresh_token(token)
        renewal = SessionRenewal(
            refresh_hash=new.hash,
            expires_at=expires_at,
            last_used=now,
            client=client_info.client,
            address=client_info.address,
        )
        retry_since = self._clock.later(-RETRY_WINDOW)
        if not await self._storage.rotate_session(sign_in.id, token.hash, renewal, retry_since=retry_since):
            log_security_event("refresh_token_reused", user=user.id)
            self._revocation_count += 1
            self._broadcast.disconnect_session(sign_in.id)
            raise InvalidRefreshToken
        return self._token_response(user, new, renewal)

    async def authenticate(self, token: object) -> Identity:
        """Return whose access token this is.

        Raises:
            TokenInvalid: it is not one of ours, or its time is over.
            NotSignedIn: the sign-in was ended, or the account deleted or disabled.
        """
        return await self._load_identity(self._tokens.decode(token))

    async def find_user(self, token: str | None) -> User | None:
        """Return the user of an access token, on routes that need none.

        None if there is no token, if it is not accepted, or if the user waits for approval.
        """
        try:
            user = (await self.authenticate(token)).user if token else None
        except (NotSignedIn, TokenInvalid):
            return None
        return user if user and not user.pending else None

    async def revalidate(self, identity: Identity) -> Identity:
        """Look again at a user who was authenticated a while ago, and return them as they are now.

        Raises:
            NotSignedIn: the sign-in was ended meanwhile, or the account deleted or disabled.
        """
        return await self._load_identity(Claims(identity.user.id, identity.session_id, identity.token_expires))

    async def _load_identity(self, claims: Claims) -> Identity:
        while True:
            endings = self._revocation_count
            sign_in = await self._storage.session(claims.session_id)
            user = await self._storage.user(claims.user_id)
            if endings == self._revocation_count:  # else a sign-in was ended meanwhile: what was read may be old
                break
        if sign_in is None or sign_in.revoked or user is None or user.disabled or sign_in.user_id != user.id:
            raise NotSignedIn
        return Identity(user=user, session_id=sign_in.id, token_expires=claims.expires, revocation_count=endings)

    async def list_own(self, identity: Identity) -> list[SessionInfo]:
        """Return the sign-ins of the one who asks, newest first."""
        return [
            SessionInfo(
                id=sign_in.id,
                client=sign_in.client,
                address=sign_in.address,
                created_at=sign_in.created_at,
                last_used=sign_in.last_used,
                expires_at=sign_in.expires_at,
                current=sign_in.id == identity.session_id,
            )
            for sign_in in await self.list_for_user(identity.user.id)
        ]

    async def list_for_user(self, user_id: UserId) -> list[Session]:
        """Return the sign-ins of somebody that are good still, newest first, up to `MAX_LISTED`."""
        return await self._storage.sessions_of(user_id, self._clock.now(), MAX_LISTED)

    async def revoke_own(self, session_id: SessionId, user_id: UserId) -> None:
        """End one of the user's sign-ins and close its sockets.

        Raises:
            SessionNotFound: it is somebody else's, or over, or there is none.
        """
        sign_in = await self._storage.session(session_id)
        if sign_in is None or sign_in.user_id != user_id or sign_in.revoked or sign_in.expires_at <= self._clock.now():
            raise SessionNotFound
        await self.revoke(session_id)

    async def revoke_by_token(self, token: str) -> None:
        """End the sign-in of a refresh token and close its sockets; nothing happens if it has ended.

        Args:
            token: the newest one or the one before it, or its id and the hash of its secret, which only ends.

        Raises:
            InvalidRefreshToken: no sign-in has such a token.
        """
        left = RefreshToken.parse(token)
        sign_in = await self._storage.session(left.session_id) if left else None
        if left is None or sign_in is None:
            raise InvalidRefreshToken
        known = [found.encode() for found in (sign_in.refresh_hash, sign_in.previous_hash) if found]
        given = [hashed.encode() for hashed in (left.hash, left.secret)]
        if not any(hmac.compare_digest(one, other) for one in known for other in given):
            raise InvalidRefreshToken
        if not sign_in.revoked:
            await self.revoke(sign_in.id, sign_in.user_id)

    async def revoke(self, session_id: SessionId, user_id: UserId | None = None) -> None:
        """End a sign-in that there is, and close its sockets. The log has `user_id`, or the caller."""
        try:
            await self._storage.revoke_session(session_id)
            log_security_event("sign_in_ended", **({"user": user_id} if user_id else {}))
        finally:  # where the storage does not answer it may be ended all the same
            self._revocation_count += 1
            self._broadcast.disconnect_session(session_id)

    async def revoke_replaced(self, token: str) -> None:
        """End the sign-in of a token that somebody brought who has signed in anew; one that is no good ends nothing."""
        try:
            claims = self._tokens.decode(token)
            await self.revoke_own(claims.session_id, claims.user_id)
        except (TokenInvalid, SessionNotFound):
            return

    async def revoke_all(self, user_id: UserId, *, except_session: SessionId | None = None) -> None:
        """End every sign-in of the user but `except_session`, and close their sockets."""
        try:
            await self._storage.revoke_sessions(user_id, keep=except_session)
            log_security_event("sign_ins_ended", user=user_id)
        finally:  # as above; and one that somebody else has just ended may not be closed yet
            self.disconnect_user(user_id, except_session=except_session)

    def disconnect_user(self, user_id: UserId, *, except_session: SessionId | None = None) -> None:
        """Close the sockets of somebody all of whose sign-ins but `except_session` the storage has ended.

        Whoever is just being authenticated is looked at again.
        """
        self._revocation_count += 1
        self._broadcast.disconnect_user(user_id, except_session=except_session)

    async def purge(self) -> None:
        """Forget sign-ins of which no token is good any more."""
        before = self._clock.later(-self._tokens.lifetime)  # an access token outlives its sign-in's time
        while await self._storage.purge_sessions(before, PURGE_BATCH_SIZE) == PURGE_BATCH_SIZE:
            pass

    def _token_response(self, user: User, refresh_token: RefreshToken, until: SessionRenewal) -> TokenResponse:
        rest = seconds_between(self._clock.now(), until.expires_at)
        token = self._tokens.issue(user.id, refresh_token.session_id, rest)
        return TokenResponse(
            token=token.text, token_expires=format_timestamp(token.expires), refresh_token=str(refresh_token), user=user
        )

    def _expiry(self, created_at: Timestamp) -> Timestamp:
        rest = self._max_lifetime - seconds_between(created_at, self._clock.now())
        return self._clock.later(min(self._lifetime, rest))
