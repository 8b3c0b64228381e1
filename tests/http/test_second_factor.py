"""Signing in with a code from an app beside the password, from its beginning to its end, and as an attacker would."""

import asyncio
import logging
import math
import re
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from tests.model.world import SetClock
from tests.support.mail_server import mail_server, school_with
from tests.support.served import PASSWORD, Person, served

PATH = "/api/auth/second-factor"
STEP = 30


def set_clock(school, clock=None):
    """Return the clock that codes go by from here on."""
    clock = school.services.two_factor._codes._clock = clock or SetClock()
    return clock


@pytest.fixture
def clock(school):
    return set_clock(school)


@pytest.fixture
async def ada(school, clock):
    return await school.person()


class App:
    """An authenticator app, whose clock is the test's."""

    def __init__(self, secret, clock):
        self.secret = secret
        self._totp, self._clock = pyotp.TOTP(secret), clock

    def code(self, steps=0):
        return self._totp.at(datetime.fromisoformat(self._clock.now()), counter_offset=steps)

    def wrong(self):
        good = {self.code(steps) for steps in range(-3, 4)}
        return next(code for code in map("{:06}".format, range(10)) if code not in good)


async def begins(person, clock):
    begun = (await person.post(PATH, {"currentPassword": PASSWORD})).data
    return App(begun["secret"], clock)


async def has_one(person, clock):
    """Turn it on for somebody; return their app, a step later, and their recovery codes."""
    app = await begins(person, clock)
    codes = (await person.put(PATH, {"code": app.code()})).data["recoveryCodes"]
    clock.seconds += STEP
    return app, codes


async def signs_in(school, person, password=PASSWORD, **code):
    body = {"email": person.user["email"], "password": password, **code}
    answer = await school.request("POST", "/api/auth/login", body)
    return answer.status, answer.body.get("code")


async def state(person):
    return (await person.get(PATH)).data


async def test_who_has_none_notices_nothing(school, ada):
    assert await signs_in(school, ada) == (200, None)
    assert await signs_in(school, ada, code="000000") == (200, None)
    assert await state(ada) == {"active": False, "recoveryCodesLeft": 0}


async def test_an_app_is_given_what_it_needs_and_nothing_is_asked_for_before_it_has_proven_that(school, ada, clock):
    answer = await ada.post(PATH, {"currentPassword": PASSWORD})

    assert answer.status == 201
    uri = urlsplit(answer.data["uri"])
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Studyhall:ada.okafor%40example.org")
    assert parse_qs(uri.query) == {"secret": [answer.data["secret"]], "issuer": ["Studyhall"]}
    assert len(answer.data["secret"]) == 32, "160 bits, as RFC 4226 recommends"
    assert await signs_in(school, ada) == (200, None)
    assert (await state(ada))["active"] is False


async def test_turned_on_every_sign_in_takes_a_code_and_the_other_sign_ins_have_ended(school, ada, clock):
    phone = Person(school, (await school.request("POST", "/api/auth/login", credentials(ada))).body)
    app = await begins(ada, clock)
    assert (await ada.put(PATH, {"code": app.wrong()})).body["code"] == "wrong_code"
    assert await signs_in(school, ada) == (200, None)

    codes = (await ada.put(PATH, {"code": app.code()})).data["recoveryCodes"]

    assert (await phone.get("/api/auth/me")).status == 401
    assert await state(ada) == {"active": True, "recoveryCodesLeft": 10}
    assert len(set(codes)) == 10
    assert await signs_in(school, ada) == (401, "second_factor_needed")
    assert await signs_in(school, ada, code=app.wrong()) == (403, "wrong_code")
    clock.seconds += STEP
    assert await signs_in(school, ada, code=app.code()) == (200, None)


def credentials(person):
    return {"email": person.user["email"], "password": PASSWORD}


async def test_nothing_is_said_of_it_to_who_does_not_know_the_password(school, ada, clock):
    app, [first, *_] = await has_one(ada, clock)
    for code in (None, app.wrong(), app.code(), first):
        assert await signs_in(school, ada, "a guess at it", code=code) == (401, "wrong_credentials")
    assert await signs_in(school, ada, code=app.code()) == (200, None), "no code is used up by a wrong password"


async def test_a_code_is_good_once_and_so_are_all_before_it(school, ada, clock):
    app, _ = await has_one(ada, clock)
    clock.seconds += 2 * STEP

    assert await signs_in(school, ada, code=app.code()) == (200, None)

    assert await signs_in(school, ada, code=app.code()) == (403, "wrong_code")
    assert await signs_in(school, ada, code=app.code(-1)) == (403, "wrong_code")
    assert await signs_in(school, ada, code=app.code(+1)) == (200, None)


@pytest.mark.parametrize(("steps", "status"), [(-2, 403), (-1, 200), (0, 200), (1, 200), (2, 403)])
async def test_the_devices_clock_may_be_half_a_minute_off(school, ada, clock, steps, status):
    app, _ = await has_one(ada, clock)
    clock.seconds += 3 * STEP
    assert (await signs_in(school, ada, code=app.code(steps)))[0] == status


async def test_a_code_may_be_written_as_apps_show_it(school, ada, clock):
    app, _ = await has_one(ada, clock)
    code = app.code()
    assert await signs_in(school, ada, code=f" {code[:3]} {code[3:]} ") == (200, None)


async def test_a_recovery_code_does_in_place_of_one_once_however_it_is_written(school, ada, clock):
    _, [first, second, *_] = await has_one(ada, clock)

    assert await signs_in(school, ada, code=first) == (200, None)
    assert await signs_in(school, ada, code=first) == (403, "wrong_code")
    assert await signs_in(school, ada, code=second.replace("-", " ").upper()) == (200, None)

    assert await state(ada) == {"active": True, "recoveryCodesLeft": 8}


@pytest.mark.parametrize("storage", ["memory", "sqlite", "postgres"])
@pytest.mark.parametrize("kind", ["app", "recovery"])
async def test_of_twenty_who_bring_one_code_at_once_one_is_let_in(storage, kind, tmp_path, request):
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path / 'hall.db'}"}.get(storage)
    async with served(url or request.getfixturevalue("postgres_url")) as school:
        clock = set_clock(school)
        ada = await school.person()
        app, [first, *_] = await has_one(ada, clock)
        code = app.code() if kind == "app" else first

        answers = await asyncio.gather(*(signs_in(school, ada, code=code) for _ in range(20)))

        assert sorted(answers) == [(200, None)] + [(403, "wrong_code")] * 19


async def test_six_digits_are_not_guessed(clock):
    async with served(
        environ={"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_SIGN_INS": "100/minute"}
    ) as school:
        set_clock(school, clock)
        ada = await school.person()
        app, _ = await has_one(ada, clock)  # one of the ten

        answers = [await signs_in(school, ada, code=app.wrong()) for _ in range(10)]

        assert answers == [(403, "wrong_code")] * 9 + [(429, "rate_limited")]
        assert await signs_in(school, ada, code=app.code()) == (429, "rate_limited"), "nor a right one, for now"
        assert await signs_in(school, ada) == (401, "second_factor_needed")


async def test_somebody_elses_code_is_none(school, ada, clock):
    bob = await school.person("Bob")
    app, [first, *_] = await has_one(ada, clock)
    await has_one(bob, clock)
    for code in (app.code(), first):
        assert await signs_in(school, bob, code=code) == (403, "wrong_code")


async def test_a_screen_left_unlocked_neither_turns_it_on_nor_off(school, ada, clock):
    assert (await ada.post(PATH, {"currentPassword": "a guess at it"})).body["code"] == "wrong_password"
    assert (await ada.put(PATH, {"code": "000000"})).body["code"] == "no_second_factor"
    assert (await ada.delete(PATH, {"currentPassword": PASSWORD, "code": "000000"})).body["code"] == "no_second_factor"
    app, _ = await has_one(ada, clock)
    for body, code in (
        ({"currentPassword": "a guess at it", "code": app.code()}, "wrong_password"),
        ({"currentPassword": PASSWORD, "code": app.wrong()}, "wrong_code"),
    ):
        assert (await ada.delete(PATH, body)).body["code"] == code
    assert (await ada.post(PATH, {"currentPassword": PASSWORD})).body["code"] == "second_factor_active"
    assert (await ada.put(PATH, {"code": app.code()})).body["code"] == "second_factor_active"
    assert (await state(ada))["active"] is True


async def test_turned_off_the_password_does_and_the_old_codes_are_nothing(school, ada, clock):
    app, [first, *_] = await has_one(ada, clock)

    assert (await ada.delete(PATH, {"currentPassword": PASSWORD, "code": app.code()})).data is None

    assert await signs_in(school, ada) == (200, None)
    assert await state(ada) == {"active": False, "recoveryCodesLeft": 0}
    newer, _ = await has_one(ada, clock)
    assert await signs_in(school, ada, code=first) == (403, "wrong_code")
    assert await signs_in(school, ada, code=newer.code()) == (200, None)


async def test_a_secret_that_was_begun_anew_is_the_one_that_counts(school, ada, clock):
    first, second = await begins(ada, clock), await begins(ada, clock)
    assert (await ada.put(PATH, {"code": first.code()})).body["code"] == "wrong_code"
    assert (await ada.put(PATH, {"code": second.code()})).status == 200


async def test_a_new_password_changes_nothing_about_it(school, ada, clock):
    app, [first, *_] = await has_one(ada, clock)
    body = {"currentPassword": PASSWORD, "newPassword": "another password", "code": first}
    assert (await ada.put("/api/auth/password", body)).status == 200
    assert await signs_in(school, ada, "another password") == (401, "second_factor_needed")
    assert await signs_in(school, ada, "another password", code=app.code()) == (200, None)


async def test_secrets_and_recovery_codes_are_long_and_never_the_same(school, clock):
    secrets, codes = [], []
    for number in range(5):
        person = await school.person(f"Person{number}")
        secrets += [(await person.post(PATH, {"currentPassword": PASSWORD})).data["secret"] for _ in range(20)]
        codes += (await has_one(person, clock))[1]
    assert (len(set(secrets)), len(set(codes))) == (100, 50)
    characters = {character for code in codes for character in code} - {"-"}
    assert {len(code.replace("-", "")) for code in codes} == {24}
    assert 24 * math.log2(len(characters)) > 112, "bits of each"


async def test_a_sign_in_without_a_code_does_not_outlive_its_being_turned_on(school, ada, clock, monkeypatch):
    app = await begins(ada, clock)
    codes = school.services.two_factor._codes
    ask = codes.verify

    async def and_then_it_is_turned_on(*arguments):
        proven = await ask(*arguments)
        assert (await ada.put(PATH, {"code": app.code()})).status == 200
        return proven

    monkeypatch.setattr(codes, "verify", and_then_it_is_turned_on)
    assert await signs_in(school, ada) == (401, "wrong_credentials")
    monkeypatch.undo()
    assert len((await ada.get("/api/auth/sessions")).data) == 1


async def test_a_password_that_was_set_with_a_link_changes_nothing_about_it(school, ada, clock):
    app, _ = await has_one(ada, clock)
    token = (await school.services.password_resets.links.create(ada.id)).rpartition("#")[2]
    body = {"token": token, "newPassword": "another password"}
    assert (await school.request("POST", "/api/auth/reset-password", body)).status == 200
    assert await signs_in(school, ada, "another password") == (401, "second_factor_needed")
    assert await signs_in(school, ada, "another password", code=app.code()) == (200, None)


async def test_what_happens_to_it_is_in_the_log_and_no_secret_and_no_code_is(school, ada, clock, caplog):
    caplog.set_level(logging.DEBUG)
    app, codes = await has_one(ada, clock)
    wrong, right = app.wrong(), app.code()
    await signs_in(school, ada)
    await signs_in(school, ada, code=wrong)
    await signs_in(school, ada, code=codes[0])
    await ada.put(PATH, {"code": f"{codes[1]}\0"})
    await ada.delete(PATH, {"currentPassword": PASSWORD, "code": right})

    said = [made.getMessage() for made in caplog.records if made.name == "studyhall.security"]
    names = ["second_factor_on", "second_factor_required", "wrong_code", "recovery_code_used", "second_factor_off"]
    assert [name for name in said if name in names] == names
    everything = "".join(f"{made.getMessage()} {getattr(made, 'fields', '')}" for made in caplog.records)
    for secret in (app.secret, wrong, right, *codes, *(code.replace("-", "") for code in codes)):
        assert not re.search(rf"\b{secret}\b", everything)


async def test_what_is_kept_tells_no_recovery_code_and_ends_with_the_account(school, ada, clock):
    _, codes = await has_one(ada, clock)
    storage = school.storage
    kept = str(await storage.second_factor(ada.id))
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]
    exported = await ada.get("/api/auth/me/export")
    assert exported.body["secondFactor"] == {"active": True, "recoveryCodesLeft": 10}
    assert (await storage.second_factor(ada.id)).secret not in str(exported.body)
    assert (await ada.delete("/api/auth/me", {"currentPassword": PASSWORD, "code": codes[0]})).status == 200
    assert await storage.second_factor(ada.id) is None


async def test_its_owner_is_told_by_mail_of_both():
    async with mail_server() as mail, school_with(mail) as school:
        clock = set_clock(school)
        ada = await school.person()
        app, _ = await has_one(ada, clock)
        letter = (await mail.arrived()).get_content()
        assert "takes a code from an app beside the password" in letter
        await ada.delete(PATH, {"currentPassword": PASSWORD, "code": app.code()})
        await school.services.mail_queue.close()  # which waits for no hour to be over
        assert "takes no code beside the password any more" in (await mail.arrived()).get_content()
