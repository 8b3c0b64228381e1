"""Saying the password again, as its owner and as the holder of a stolen token."""

import logging

import pytest

from tests.http.test_second_factor import App, begins, credentials, has_one, set_clock, signs_in, state
from tests.security.test_abuse import CLASS, WRONG, ask, outside, sign_in, sign_up
from tests.support.served import PASSWORD, Person, served

NEW = "another password"


@pytest.fixture
def clock(school):
    return set_clock(school)


@pytest.fixture
async def ada(school):
    return await school.person()


ACTS = {
    "password": ("PUT", "/api/auth/password", {"newPassword": NEW}),
    "deletion": ("DELETE", "/api/auth/me", {}),
    "second factor": ("DELETE", "/api/auth/second-factor", {}),
}


async def acts(person, what, password=PASSWORD, **code):
    method, path, body = ACTS[what]
    send = {"PUT": person.put, "DELETE": person.delete}[method]
    answer = await send(path, {"currentPassword": password, **body, **code})
    return answer.status, answer.body.get("code")


@pytest.mark.parametrize("what", ["password", "deletion"])
async def test_with_a_second_factor_the_password_alone_is_refused(school, ada, clock, what):
    app, _ = await has_one(ada, clock)

    assert await acts(ada, what) == (401, "second_factor_needed")
    assert await acts(ada, what, code=app.wrong()) == (403, "wrong_code")
    assert await acts(ada, what, WRONG, code=app.code()) == (403, "wrong_password")
    assert (await ada.get("/api/auth/me")).status == 200
    assert await signs_in(school, ada, code=app.code()) == (200, None), "a wrong password used no code up"
    clock.seconds += 30

    assert await acts(ada, what, code=app.code()) == (200, None)


@pytest.mark.parametrize("what", ACTS)
async def test_a_recovery_code_does_in_place_of_a_code(school, ada, clock, what):
    _, [first, *_] = await has_one(ada, clock)
    assert await acts(ada, what, code=first) == (200, None)


async def test_a_code_that_was_used_to_sign_in_changes_no_password(school, ada, clock):
    app, [first, second, *_] = await has_one(ada, clock)
    for code in (app.code(), first):
        assert await signs_in(school, ada, code=code) == (200, None)
        assert await acts(ada, "password", code=code) == (403, "wrong_code")
    assert await acts(ada, "password", code=second) == (200, None)
    assert (await state(ada))["recoveryCodesLeft"] == 8


@pytest.mark.parametrize("what", ["password", "deletion"])
async def test_without_a_second_factor_nothing_more_is_asked(school, ada, what):
    assert await acts(ada, what) == (200, None)


async def test_a_second_factor_that_is_turned_on_meanwhile_is_asked_for(school, ada, clock, monkeypatch):
    phone = Person(school, (await school.request("POST", "/api/auth/login", credentials(ada))).body)
    app = await begins(ada, clock)
    passwords = school.services.passwords
    hashing = passwords.hash

    async def turned_on_meanwhile(password):
        assert (await phone.put("/api/auth/second-factor", {"code": app.code()})).status == 200
        return await hashing(password)

    monkeypatch.setattr(passwords, "hash", turned_on_meanwhile)
    assert (await acts(ada, "password"))[0] == 401
    monkeypatch.undo()
    assert (await phone.get("/api/auth/me")).status == 200
    clock.seconds += 30
    assert await signs_in(school, ada, code=app.code()) == (200, None), "the password is the old one"


# Guessing with a stolen token


@pytest.fixture
async def guarded():
    environ = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_SERVER_TRUSTED_PROXIES": "127.0.0.1"}
    async with served(environ=environ) as running:
        yield running


def changes(school, token, address, password=WRONG):
    headers = {"X-Forwarded-For": address}
    body = {"currentPassword": password, "newPassword": NEW}
    return school.request("PUT", "/api/auth/password", body, token=token, headers=headers)


async def test_guesses_with_a_token_and_at_sign_in_are_one_count(guarded):
    token = (await sign_up(guarded, 1, CLASS)).body["token"]
    thief = outside(1)
    tried = [(await changes(guarded, token, thief)).status for _ in range(6)]
    tried += [(await sign_in(guarded, "p1@example.org", WRONG, thief)).status for _ in range(4)]
    assert tried == [403] * 6 + [401] * 4

    refused = await changes(guarded, token, thief)

    assert (refused.status, refused.body["code"]) == (429, "rate_limited")
    assert 0 < refused.body["retryAfter"] <= 60
    assert (await sign_in(guarded, "p1@example.org", WRONG, thief)).status == 429


@pytest.mark.parametrize("what", ["change", "delete", "begin", "end"])
async def test_guesses_with_a_token_from_everywhere_are_stopped_by_the_account_but_not_at_home(guarded, what):
    token = (await sign_up(guarded, 1, CLASS)).body["token"]
    method, path, more = {
        "change": ("PUT", "/api/auth/password", {"newPassword": NEW}),
        "delete": ("DELETE", "/api/auth/me", {}),
        "begin": ("POST", "/api/auth/second-factor", {}),
        "end": ("DELETE", "/api/auth/second-factor", {"code": "000000"}),
    }[what]

    async def guesses(number):
        headers = {"X-Forwarded-For": outside(number)}
        body = {"currentPassword": WRONG, **more}
        return (await guarded.request(method, path, body, token=token, headers=headers)).status

    assert [await guesses(number) for number in range(31)] == [403] * 30 + [429]
    assert (await sign_in(guarded, "p1@example.org", PASSWORD, outside(99))).status == 429, (
        "guessed out of anywhere else"
    )
    assert (await sign_in(guarded, "p1@example.org", PASSWORD, CLASS)).status == 200
    assert (await changes(guarded, token, CLASS, PASSWORD)).status == 200


async def test_guesses_with_a_token_are_logged_as_those_at_sign_in(guarded, caplog):
    caplog.set_level(logging.INFO)
    token = (await sign_up(guarded, 1, CLASS)).body["token"]
    caplog.clear()

    await changes(guarded, token, outside(1))
    await changes(guarded, token, outside(1))

    failed = [record.fields for record in caplog.records if record.getMessage() == "sign_in_failed"]
    assert [(fields["code"], fields["address"]) for fields in failed] == [("wrong_password", outside(1))] * 2
    assert all(fields["user"] for fields in failed)


async def test_codes_that_are_guessed_with_a_token_count_as_those_at_sign_in(guarded):
    signed_up = (await sign_up(guarded, 1, CLASS)).body
    token, clock = signed_up["token"], set_clock(guarded)
    begun = await ask(guarded, "/api/auth/second-factor", {"currentPassword": PASSWORD}, CLASS, token)
    app = App(begun.data["secret"], clock)
    confirmed = await guarded.request("PUT", "/api/auth/second-factor", {"code": app.code()}, token=token)
    assert confirmed.status == 200

    async def guesses():
        body = {"currentPassword": PASSWORD, "code": app.wrong()}
        headers = {"X-Forwarded-For": outside(1)}
        return (await guarded.request("DELETE", "/api/auth/me", body, token=token, headers=headers)).status

    assert [await guesses() for _ in range(10)] == [403] * 9 + [429]
    body = {"email": "p1@example.org", "password": PASSWORD, "code": app.code()}
    assert (await ask(guarded, "/api/auth/login", body, CLASS)).status == 429
