"""Tokens and passwords by themselves."""

import asyncio
import base64
import hmac
import json
import time
from datetime import datetime, timedelta

import jwt
import pytest

from domain import ids
from services.accounts.passwords import Passwords
from services.accounts.tokens import RefreshToken, TokenInvalid, Tokens, TokenSubjectInvalid

SECRET = "x" * 32
USER, SIGN_IN = ids.new_id(), ids.new_id()
DAY = 24 * 3600  # what is made when tests are collected is looked at much later


def _claims(**changes):
    now = int(time.time())
    claims = {"sub": USER, "sid": SIGN_IN, "iat": now, "exp": now + DAY, "jti": "1"} | changes
    return {name: value for name, value in claims.items() if value is not None}


def test_a_token_says_who_and_by_which_sign_in():
    tokens = Tokens(SECRET, 60)

    issued = tokens.issue(USER, SIGN_IN)
    assert tokens.decode(issued.text) == (USER, SIGN_IN, issued.expires)
    assert time.time() + 58 < issued.expires <= time.time() + 60
    assert tokens.issue(USER, SIGN_IN) != tokens.issue(USER, SIGN_IN)


def test_a_token_that_was_good_is_none_any_more_when_its_time_is_over(monkeypatch):
    tokens = Tokens(SECRET, 60)
    token, expires = tokens.issue(USER, SIGN_IN)
    assert tokens.decode(token) == tokens.decode(token) == (USER, SIGN_IN, expires)

    monkeypatch.setattr("services.accounts.tokens.time", lambda: time.time() + 61)
    with monkeypatch.context() as later:
        later.setattr("jwt.api_jwt.datetime", _Later)
        with pytest.raises(TokenInvalid):
            tokens.decode(token)


class _Later(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(seconds=61)


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _unsigned(algorithm="none", signature=""):
    return f"{_part({'alg': algorithm, 'typ': 'JWT'})}.{_part(_claims())}.{signature}"


def _resigned(**header):
    """A token of ours whose header says something else, with the signature that we gave it."""
    _, claims, signature = jwt.encode(_claims(), SECRET, "HS256").split(".")
    return f"{_part({'alg': 'HS256', 'typ': 'JWT'} | header)}.{claims}.{signature}"


def _with_no_key():
    unsigned = _unsigned("HS256").removesuffix(".")
    signature = hmac.digest(b"", unsigned.encode(), "sha256")
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _with_their_key():
    """A token whose header brings the key that it is signed with."""
    key = {"kty": "oct", "k": base64.urlsafe_b64encode(b"y" * 32).rstrip(b"=").decode()}
    return jwt.encode(_claims(), "y" * 32, "HS256", headers={"jwk": key, "kid": "../../dev/null"})


def test_a_token_from_before_the_clock_was_set_back_is_good():
    claims = _claims(iat=int(time.time()) + 3600, exp=int(time.time()) + 7200)
    assert Tokens(SECRET, 3600).decode(jwt.encode(claims, SECRET, "HS256")) == (USER, SIGN_IN, claims["exp"])


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(jwt.encode(_claims(), "y" * 32, "HS256"), id="another key"),
        pytest.param(jwt.encode(_claims(), SECRET + SECRET, "HS512"), id="another algorithm"),
        pytest.param(_unsigned(), id="no signature"),
        pytest.param(_unsigned("NONE"), id="no signature, in capitals"),
        pytest.param(_unsigned("nOnE", "AAAA"), id="no signature, in other letters"),
        pytest.param(_unsigned("HS256"), id="an empty signature"),
        pytest.param(_resigned(alg="none"), id="our signature, and none wanted"),
        pytest.param(_resigned(alg="HS512"), id="our signature, as another algorithm's"),
        pytest.param(_resigned(alg=["HS256"]), id="a list of algorithms"),
        pytest.param(_resigned(crit=["exp"]), id="another header"),
        pytest.param(_with_their_key(), id="a key of their own"),
        pytest.param(_with_no_key(), id="an empty key"),
        pytest.param(jwt.encode(_claims(nbf=int(time.time()) + DAY // 2), SECRET, "HS256"), id="not good yet"),
        pytest.param(jwt.encode(_claims(exp="never"), SECRET, "HS256"), id="an end that is no time"),
        pytest.param(jwt.encode(_claims(exp=int(time.time()) - 5), SECRET, "HS256"), id="expired"),
        pytest.param(jwt.encode(_claims(exp=None), SECRET, "HS256"), id="without an end"),
        pytest.param(jwt.encode(_claims(iat=None), SECRET, "HS256"), id="without a beginning"),
        pytest.param(jwt.encode(_claims(jti=None), SECRET, "HS256"), id="without an id"),
        pytest.param("", id="empty"),
        pytest.param("a.b.c", id="not base64"),
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param("x" * 100_000, id="long"),
        pytest.param(None, id="null"),
        pytest.param({"token": "x"}, id="an object"),
        pytest.param(b"x", id="bytes"),
    ],
)
def test_what_is_no_token_of_ours_is_refused(token):
    with pytest.raises(TokenInvalid):
        Tokens(SECRET, 60).decode(token)


@pytest.mark.parametrize("changes", [{"sub": None}, {"sid": None}, {"sid": 5}])
def test_a_token_of_ours_that_names_nobody_is_told_apart(changes):
    with pytest.raises(TokenSubjectInvalid):
        Tokens(SECRET, 60).decode(jwt.encode(_claims(**changes), SECRET, "HS256"))


def test_a_refresh_token_is_read_back_and_kept_as_a_hash():
    token = RefreshToken.new(SIGN_IN)

    assert RefreshToken.parse(str(token)) == token
    assert RefreshToken.parse(f"{SIGN_IN.upper()}.{token.secret}") == token
    assert token.secret not in token.hash
    assert RefreshToken.new(SIGN_IN).hash != token.hash
    assert RefreshToken.parse("nonsense") is RefreshToken.parse(f"{SIGN_IN}.") is None


def test_refresh_token_successor_is_known_with_the_secret_only():
    token = RefreshToken.new(SIGN_IN)
    successor = Tokens(SECRET, 60).next_refresh_token(token)

    assert successor == Tokens(SECRET, 3600).next_refresh_token(token)
    assert (successor.session_id, len(successor.secret)) == (token.session_id, len(token.secret))
    others = Tokens(SECRET + "!", 60).next_refresh_token(token), Tokens(SECRET, 60).next_refresh_token(successor)
    assert len({token.secret, successor.secret, *(other.secret for other in others)}) == 4


async def test_a_password_is_right_or_wrong_and_nobody_has_none():
    passwords = Passwords(cheap=True)
    kept = await passwords.hash("a long password")

    assert await passwords.verify(kept, "a long password")
    assert not await passwords.verify(kept, "another one")
    assert not await passwords.verify(None, "a long password")
    assert not await passwords.verify("", "a long password"), "the hash of a deleted account"
    passwords.close()


async def test_a_hash_made_with_other_costs_is_outdated():
    cheap, costly = Passwords(cheap=True), Passwords()

    assert costly.needs_rehash(await cheap.hash("a long password"))
    assert not cheap.needs_rehash(await cheap.hash("a long password"))
    cheap.close()
    costly.close()


async def test_hashing_does_not_hold_the_loop():
    passwords = Passwords()
    hashing = asyncio.create_task(passwords.hash("a long password"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 10
    passwords.close()
