"""Access tokens, refresh tokens and one-time tokens. Independent of HTTP and storage."""

import base64
import hashlib
import hmac
import secrets
from math import inf
from time import time
from typing import NamedTuple

import jwt

from domain import ids
from domain.base import SessionId, UserId
from domain.ids import new_link_secret
from runtime.bounded_dict import BoundedDict
from text import identifiers

ALGORITHM = "HS256"
MIN_QUEUE, MAX_QUEUE = 50, 200  # bounds of the queue of password hashes, whatever the measured speed
MAX_CACHED_TOKENS = 10_000
"""Maximum of cached tokens: their signatures are not verified again."""


class TokenInvalid(Exception):
    """The token is not valid or expired."""


class TokenSubjectInvalid(TokenInvalid):
    """The token is signed and not expired, but has no valid subject or session."""


class Claims(NamedTuple):
    """Claims of an access token. It is valid until `expires`, in Unix time in seconds."""

    user_id: UserId
    session_id: SessionId
    expires: float


class IssuedToken(NamedTuple):
    """A new access token, valid until `expires`, in Unix time in seconds."""

    text: str
    expires: float


class Tokens:
    """Access tokens: JWTs with user and session.

    Args:
        secret: key for signing; at least 32 bytes, the size of the hash (RFC 7518, 3.2).
        lifetime: lifetime of a token in seconds.
    """

    def __init__(self, secret: str, lifetime: float) -> None:
        self._secret = secret
        self.lifetime = lifetime
        self._verified: BoundedDict[str, Claims] = BoundedDict(MAX_CACHED_TOKENS)  # verifying a signature takes 60 µs

    def issue(self, user_id: UserId, session_id: SessionId, max_lifetime: float = inf) -> IssuedToken:
        """Return a new token that expires after `lifetime` seconds, or after `max_lifetime` if that is less."""
        now = int(time())
        expires = now + int(min(self.lifetime, max_lifetime))
        claims = {"sub": user_id, "sid": session_id, "iat": now, "exp": expires, "jti": ids.new_id()}
        return IssuedToken(jwt.encode(claims, self._secret, ALGORITHM), expires)

    def decode(self, token: object) -> Claims:
        """Return the claims of the token.

        Raises:
            TokenInvalid: it is not text, not signed by this server, or expired.
            TokenSubjectInvalid: the signature is right, but claims are missing.
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
                    "verify_iat": False,  # a token from the future is valid: this server's clock was set back
                },
            )
        except (jwt.PyJWTError, ValueError) as error:  # a lone surrogate raises UnicodeEncodeError, a ValueError
            raise TokenInvalid from error
        user_id, sign_in_id = claims.get("sub"), claims.get("sid")
        if not isinstance(user_id, str) or not isinstance(sign_in_id, str):
            raise TokenSubjectInvalid
        found = self._verified[token] = Claims(user_id, sign_in_id, float(claims["exp"]))
        return found

    def next_refresh_token(self, token: "RefreshToken") -> "RefreshToken":
        """Return the successor of a refresh token, derived by HMAC with the server's secret.

        It is always the same one, so that retries are idempotent.
        """
        known = hmac.digest(self._secret.encode(), b"refresh token after\n" + str(token).encode(), "sha256")
        return RefreshToken(token.session_id, base64.urlsafe_b64encode(known).rstrip(b"=").decode())


def secret_hash(secret: str) -> str:
    """Return the hash of a random secret, as stored. With 118 bits or more, a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class OneTimeToken(NamedTuple):
    """Token of a link that works once: 256 random bits. Only the hash is stored."""

    secret: str

    @classmethod
    def new(cls) -> "OneTimeToken":
        """Return a new token."""
        return cls(new_link_secret(32))

    @property
    def hash(self) -> str:
        """Hash of the secret, as stored."""
        return secret_hash(self.secret)

    def __str__(self) -> str:
        return self.secret


class RefreshToken(NamedTuple):
    """A refresh token: the id of its session and a secret. Only the hash is stored."""

    session_id: SessionId
    secret: str

    @classmethod
    def new(cls, session_id: SessionId) -> "RefreshToken":
        """Return a new token for the session."""
        return cls(session_id, secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken | None":
        """Parse a token; None if `text` is not one."""
        sign_in_id, _, secret = text.partition(".")
        found = identifiers.normalise_uuid(sign_in_id)
        return cls(found, secret) if found and secret else None

    @property
    def hash(self) -> str:
        """Hash of the secret, as stored."""
        return secret_hash(self.secret)

    def __str__(self) -> str:
        return f"{self.session_id}.{self.secret}"
