"""Sessions: create, renew, list and revoke logins, and authenticate access tokens."""

import hmac
from collections.abc import Sequence
from typing import Literal

from domain.accounts import ClientInfo, Identity, Session, SessionInfo, SessionRenewal, User
from domain.base import Record, SessionId, Timestamp, UserId
from domain.clock import format_timestamp, seconds_between
from domain.errors.accounts import InvalidRefreshToken, NotSignedIn, SessionNotFound
from runtime.logs import log_security_event
from services.accounts.tokens import Claims, RefreshToken, TokenInvalid, Tokens
from services.context import ServiceContext
from storage.base.changes import Change, Outcome, RoleChanged, SessionRevoked, SessionsRevoked, UserDeleted

MAX_LISTED = 100
"""Maximum of sessions in a list, the newest; the others can be revoked all at once."""
RETRY_WINDOW = 30.0
"""Seconds after an exchange during which the same refresh token may be exchanged again: the response was lost."""
PURGE_BATCH_SIZE = 1000
"""Sessions that one transaction deletes: small, so that other writes do not wait long."""


_REVOCATIONS = SessionRevoked, SessionsRevoked, RoleChanged, UserDeleted


class TokenResponse(Record, kw_only=True, frozen=True):
    """Response to a login: the whole body, for compatibility with older clients.

    `token` is valid until `token_expires`.
    """

    success: Literal[True] = True
    token: str
    token_expires: Timestamp
    refresh_token: str
    user: User


class Sessions:
    """Logins of all users.

    Args:
        lifetime: seconds until a session expires unless it is renewed.
        max_lifetime: seconds until a session expires in any case.
    """

    def __init__(self, ctx: ServiceContext, tokens: Tokens) -> None:
        self._storage = ctx.storage
        self._lookups = ctx.lookups
        self._publisher = ctx.publisher
        self._tokens = tokens
        self._limiter = ctx.limiter
        self._clock = ctx.clock
        self._new_id = ctx.new_id
        self._lifetime = ctx.config.auth.refresh_lifetime
        self._max_lifetime = ctx.config.auth.session_lifetime
        self._revocation_count = 0
        ctx.storage.change_feed.subscribe(self._count_revocations)

    async def create(self, user: User, client_info: ClientInfo) -> TokenResponse:
        """Create a session of the user.

        Raises:
            UserNotFound: the account was deleted.
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
        """Revoke a session that was just created and not yet returned to a client."""
        if token := RefreshToken.parse(tokens.refresh_token):
            await self.revoke(token.session_id)

    async def refresh(self, refresh_token: str, client_info: ClientInfo) -> TokenResponse:
        """Exchange a refresh token for a new pair (rotation).

        The same token within `RETRY_WINDOW` is a retry, unless its successor was used. A retry is idempotent: it
        returns the same successor, so that a lost, late or repeated response leaves the client with a valid token. Any
        other reuse revokes the session.

        Raises:
            InvalidRefreshToken: the token is unknown, used or expired.
            RateLimited: too many renewals of this user; the token stays valid.
        """
        token = RefreshToken.parse(refresh_token)
        sign_in = await self._lookups.session(token.session_id) if token else None
        now = self._clock.now()
        if token is None or sign_in is None or sign_in.expires_at <= now:
            raise InvalidRefreshToken
        if sign_in.revoked:
            # The request that revoked it may have failed before it disconnected the sockets.
            self._publisher.disconnect_session(sign_in.id)
            raise InvalidRefreshToken
        user = await self._lookups.user(sign_in.user_id)
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
            self._publisher.disconnect_session(sign_in.id)
            raise InvalidRefreshToken
        return self._token_response(user, new, renewal)

    async def authenticate(self, token: object) -> Identity:
        """Return the user and session of an access token.

        Raises:
            TokenInvalid: the token is not valid or expired.
            NotSignedIn: the session was revoked, or the account deleted or disabled.
        """
        return await self._load_identity(self._tokens.decode(token))

    async def find_user(self, token: str | None) -> User | None:
        """Return the user of an access token, on routes where it is optional.

        None if the token is missing or invalid, or if the user waits for approval.
        """
        try:
            user = (await self.authenticate(token)).user if token else None
        except (NotSignedIn, TokenInvalid):
            return None
        return user if user and not user.pending else None

    async def revalidate(self, identity: Identity) -> Identity:
        """Authenticate an earlier identity again, and return it as it is now.

        Raises:
            NotSignedIn: the session was revoked meanwhile, or the account deleted or disabled.
        """
        return await self._load_identity(Claims(identity.user.id, identity.session_id, identity.token_expires))

    async def _load_identity(self, claims: Claims) -> Identity:
        while True:
            endings = self._revocation_count
            sign_in = await self._lookups.session(claims.session_id)
            user = await self._lookups.user(claims.user_id)
            if endings == self._revocation_count:  # else a revocation came between: what was read may be stale
                break
        if sign_in is None or sign_in.revoked or user is None or user.disabled or sign_in.user_id != user.id:
            raise NotSignedIn
        return Identity(user=user, session_id=sign_in.id, token_expires=claims.expires, revocation_count=endings)

    async def list_own(self, identity: Identity) -> list[SessionInfo]:
        """Return the sessions of this user, newest first."""
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
        """Return the valid sessions of a user, newest first, up to `MAX_LISTED`."""
        return await self._storage.sessions_of(user_id, self._clock.now(), MAX_LISTED)

    async def revoke_own(self, session_id: SessionId, user_id: UserId) -> None:
        """Revoke one of the user's sessions and close its sockets.

        Raises:
            SessionNotFound: it is unknown, expired, revoked or another user's.
        """
        sign_in = await self._lookups.session(session_id)
        if sign_in is None or sign_in.user_id != user_id or sign_in.revoked or sign_in.expires_at <= self._clock.now():
            raise SessionNotFound
        await self.revoke(session_id)

    async def revoke_by_token(self, token: str) -> None:
        """Revoke the session of a refresh token and close its sockets. Idempotent: a revoked session stays revoked.

        Args:
            token: the newest refresh token or the one before it; or the session's id and the hash of the secret, which
                is accepted only here.

        Raises:
            InvalidRefreshToken: no session has such a token.
        """
        left = RefreshToken.parse(token)
        sign_in = await self._lookups.session(left.session_id) if left else None
        if left is None or sign_in is None:
            raise InvalidRefreshToken
        known = [found.encode() for found in (sign_in.refresh_hash, sign_in.previous_hash) if found]
        given = [hashed.encode() for hashed in (left.hash, left.secret)]
        if not any(hmac.compare_digest(one, other) for one in known for other in given):
            raise InvalidRefreshToken
        if not sign_in.revoked:
            await self.revoke(sign_in.id, sign_in.user_id)

    async def revoke(self, session_id: SessionId, user_id: UserId | None = None) -> None:
        """Revoke an existing session and close its sockets. The log has `user_id`, or the caller."""
        try:
            await self._storage.revoke_session(session_id)
            log_security_event("session_ended", **({"user": user_id} if user_id else {}))
        finally:  # if the storage did not answer, the outcome is unknown
            self._publisher.disconnect_session(session_id)

    async def revoke_replaced(self, token: str) -> None:
        """Revoke the session of a token that a client sent with a new login. An invalid token is ignored."""
        try:
            claims = self._tokens.decode(token)
            await self.revoke_own(claims.session_id, claims.user_id)
        except (TokenInvalid, SessionNotFound):
            return

    async def revoke_all(self, user_id: UserId, *, except_session: SessionId | None = None) -> None:
        """Revoke every session of the user except `except_session`, and close their sockets."""
        try:
            await self._storage.revoke_sessions(user_id, keep=except_session)
            log_security_event("sessions_ended", user=user_id)
        finally:  # as above; also, sockets of a session revoked concurrently may still be open
            self.disconnect_user(user_id, except_session=except_session)

    def disconnect_user(self, user_id: UserId, *, except_session: SessionId | None = None) -> None:
        """Close the sockets of a user after the storage has revoked all sessions except `except_session`."""
        self._publisher.disconnect_user(user_id, except_session=except_session)

    async def purge(self) -> None:
        """Delete sessions without a valid token."""
        before = self._clock.later(-self._tokens.lifetime)  # an access token may outlive its session
        while await self._storage.purge_sessions(before, PURGE_BATCH_SIZE) == PURGE_BATCH_SIZE:
            pass

    def _count_revocations(self, changes: Sequence[Change], _outcome: Outcome) -> None:
        """Count revocations: authentications in progress are repeated, before sockets are closed."""
        if any(isinstance(change, _REVOCATIONS) for change in changes):
            self._revocation_count += 1

    def _token_response(self, user: User, refresh_token: RefreshToken, until: SessionRenewal) -> TokenResponse:
        rest = seconds_between(self._clock.now(), until.expires_at)
        token = self._tokens.issue(user.id, refresh_token.session_id, rest)
        return TokenResponse(
            token=token.text, token_expires=format_timestamp(token.expires), refresh_token=str(refresh_token), user=user
        )

    def _expiry(self, created_at: Timestamp) -> Timestamp:
        rest = self._max_lifetime - seconds_between(created_at, self._clock.now())
        return self._clock.later(min(self._lifetime, rest))
