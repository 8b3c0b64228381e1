"""Access tokens, refresh tokens and one-time tokens. Independent of HTTP and storage."""

import base64
import hashlib
import hmac
import secrets
from collections import OrderedDict
from math import inf
from time import time
from typing import NamedTuple

import jwt

from domain import ids
from domain.base import SessionId, UserId
from text import identifiers

ALGORITHM = "HS256"
MIN_QUEUE, MAX_QUEUE = 50, 200  # passwords that may wait however slow, and however fast, hashing is
MAX_CACHED_TOKENS = 10_000
"""Tokens whose signature need not be looked at again."""


class TokenInvalid(Exception):
    """The token is not one of ours, or its time is over."""


class TokenSubjectInvalid(TokenInvalid):
    """The token is signed by us and in time, but does not say whose it is."""


class Claims(NamedTuple):
    """What an access token says. It is good until `expires`, in seconds since the epoch."""

    user_id: UserId
    session_id: SessionId
    expires: float


class IssuedToken(NamedTuple):
    """A new access token, good until `expires`, in seconds since the epoch."""

    text: str
    expires: float


class Tokens:
    """Access tokens: JWTs that say who and by which sign-in.

    Args:
        secret: signs them; at least 32 bytes, the size of the hash (RFC 7518, 3.2).
        lifetime: seconds that a token is good for.
    """

    def __init__(self, secret: str, lifetime: float) -> None:
        self._secret = secret
        self.lifetime = lifetime
        self._verified: OrderedDict[str, Claims] = OrderedDict()  # looking at a signature again takes 60 µs

    def issue(self, user_id: UserId, session_id: SessionId, max_lifetime: float = inf) -> IssuedToken:
        """Return a new token, good for `lifetime` seconds, and for no more than `max_lifetime`."""
        now = int(time())
        expires = now + int(min(self.lifetime, max_lifetime))
        claims = {"sub": user_id, "sid": session_id, "iat": now, "exp": expires, "jti": ids.new_id()}
        return IssuedToken(jwt.encode(claims, self._secret, ALGORITHM), expires)

    def decode(self, token: object) -> Claims:
        """Return what the token says.

        Raises:
            TokenInvalid: it is no text, not signed by us, or its time is over.
            TokenNamesNobody: it is ours, but says nothing that we understand.
        """
        if not isinstance(token, str):
            raise TokenInvalid
        known = self._verified.get(token)
        if known is not None and time() < known.expires:
            return known
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                options={
                    "require": ["exp", "iat", "jti"],
                    "enforce_minimum_key_length": True,
                    "verify_iat": False,  # one from the future is ours all the same: our clock was set back
                },
            )
        except (jwt.PyJWTError, ValueError) as error:  # a lone surrogate raises UnicodeEncodeError, a ValueError
            raise TokenInvalid from error
        user_id, sign_in_id = claims.get("sub"), claims.get("sid")
        if not isinstance(user_id, str) or not isinstance(sign_in_id, str):
            raise TokenSubjectInvalid
        found = self._verified[token] = Claims(user_id, sign_in_id, float(claims["exp"]))
        if len(self._verified) > MAX_CACHED_TOKENS:
            self._verified.popitem(last=False)
        return found

    def next_refresh_token(self, token: "RefreshToken") -> "RefreshToken":
        """Return the refresh token that `token` is traded for: always the same one, unknown without the secret."""
        known = hmac.digest(self._secret.encode(), b"refresh token after\n" + str(token).encode(), "sha256")
        return RefreshToken(token.session_id, base64.urlsafe_b64encode(known).rstrip(b"=").decode())


def secret_hash(secret: str) -> str:
    """Return the hash of a random secret, as stored: of 118 bits or more a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class OneTimeToken(NamedTuple):
    """Token of a link that works once: 256 random bits, of which only the hash is stored."""

    secret: str

    @classmethod
    def new(cls) -> "OneTimeToken":
        """Return a new one."""
        return cls(secrets.token_urlsafe(32))

    @property
    def hash(self) -> str:
        """The hash of the secret, as stored."""
        return secret_hash(self.secret)

    def __str__(self) -> str:
        return self.secret


class RefreshToken(NamedTuple):
    """A refresh token: which sign-in it renews, and a secret of which only the hash is kept."""

    session_id: SessionId
    secret: str

    @classmethod
    def new(cls, session_id: SessionId) -> "RefreshToken":
        """Return a new one for the sign-in."""
        return cls(session_id, secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken | None":
        """Return the token that `text` writes, None where it writes none."""
        sign_in_id, _, secret = text.partition(".")
        found = identifiers.normalise_uuid(sign_in_id)
        return cls(found, secret) if found and secret else None

    @property
    def hash(self) -> str:
        """The hash of the secret, as stored."""
        return secret_hash(self.secret)

    def __str__(self) -> str:
        return f"{self.session_id}.{self.secret}"
