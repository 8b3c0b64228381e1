"""Ending a sign-in by its refresh token, or by the hash of it, for a client that signed out without a connection."""

import hashlib
import logging

import pytest

from tests.support.served import Person


def hashed(token):
    sign_in, _, secret = token.partition(".")
    return f"{sign_in}.{hashlib.sha256(secret.encode()).hexdigest()}"


@pytest.fixture
async def ada(school):
    return await school.person()


async def signs_out(school, token):
    answer = await school.request("POST", "/api/auth/sign-out", {"token": token})
    return answer.status, answer.body.get("code")


async def renews(school, token):
    answer = await school.request("POST", "/api/auth/refresh", {"refreshToken": token})
    return Person(school, answer.body) if answer.status == 200 else answer.status


async def is_in(person):
    return (await person.get("/api/auth/me")).status == 200


@pytest.mark.parametrize("form", [str, hashed])
async def test_the_newest_token_or_its_hash_ends_the_sign_in_and_its_sockets(school, ada, form):
    room = await ada.opens()
    chat = await ada.chat(room)
    assert await signs_out(school, form(ada.refresh_token)) == (200, None)

    assert not await is_in(ada)
    assert await renews(school, ada.refresh_token) == 401
    await chat.gone()
    assert await signs_out(school, form(ada.refresh_token)) == (200, None), "an answer may be lost"


@pytest.mark.parametrize("form", [str, hashed])
async def test_the_token_before_the_newest_ends_it_too(school, ada, form):
    renewed = await renews(school, ada.refresh_token)  # the answer of which the client may not have got
    assert await signs_out(school, form(ada.refresh_token)) == (200, None)
    assert not await is_in(renewed)


async def test_what_is_no_token_of_a_sign_in_ends_nothing(school, ada):
    ben = await school.person("Ben")
    mine, _, secret = ada.refresh_token.partition(".")
    his = ben.session_id
    older = ada.refresh_token
    ada = await renews(school, (await renews(school, older)).refresh_token)
    for token in (
        f"{his}.{secret}",
        f"{mine}.{'x' * 43}",
        f"{mine}.",
        f"{mine}.{'0' * 64}",
        f"{mine}.\u00fc",
        older,
        hashed(older),
        hashed(hashed(ada.refresh_token)),
        ada.token[-150:],
        "nothing",
    ):
        assert await signs_out(school, token) == (401, "invalid_refresh_token"), token
    assert await is_in(ada)
    assert await is_in(ben)


async def test_the_hash_is_good_for_nothing_else(school, ada):
    spare = Person(
        school,
        (
            await school.request(
                "POST", "/api/auth/login", {"email": ada.user["email"], "password": "correct horse battery"}
            )
        ).body,
    )
    proof = hashed(spare.refresh_token)
    assert (await school.request("GET", "/api/auth/me", token=proof)).status == 401
    assert await renews(school, proof) == 401
    assert await is_in(ada)


async def test_the_log_has_whose_sign_in_ended_and_no_token(school, ada, caplog):
    caplog.set_level(logging.INFO)
    await signs_out(school, hashed(ada.refresh_token))
    [ended] = [record for record in caplog.records if record.getMessage() == "session_ended"]
    assert ended.fields["user"] == ada.id
    said = caplog.text + str([getattr(record, "fields", {}) for record in caplog.records])
    assert ada.refresh_token.partition(".")[2] not in said
    assert hashed(ada.refresh_token).partition(".")[2] not in said
