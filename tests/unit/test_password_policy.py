"""Password policy, wherever a password is set."""

import asyncio
import threading

import pytest

from domain.errors.base import InvalidInput
from services.accounts import password_policy
from services.accounts.password_policy import check_password
from tests.support.factories import new_user
from tests.support.served import PASSWORD, served

ADA = new_user("Ada", last_name="Okafor", email="ada.okafor@example.org")
COMMON = (
    *("qwertyuiop", "1234567890", "q1w2e3r4t5", "1q2w3e4r5t", "4815162342", "0987654321"),
    *("12345qwert", "123456789a", "1234554321", "1111111111", "123456789q", "1029384756"),
    *("password123", "basketball", "123qweasdzxc", "12345678910", "manchester", "1qaz2wsx3edc"),
    *("0123456789", "q1w2e3r4t5y6", "1123581321", "1q2w3e4r5t6y", "qwerty12345", "1234512345"),
    *("1122334455", "nuttertools", "qazwsxedcrfv"),
)
"""The commonest of ten characters and more in a list of ten million, the first ones first."""


@pytest.mark.parametrize("password", [*COMMON, "Password123", "qAzWsXeDcRfV", "NuTTerToolS"])
async def test_a_common_password_is_refused_in_whatever_case(password):
    with pytest.raises(InvalidInput, match="one of the most common passwords"):
        await check_password(password, ADA, "password")


@pytest.mark.parametrize(
    "password",
    [
        *("studyhall!", "StudyHall 2026", "study-hall-1", "studyhallstudyhall", "studyhall okafor 99"),
        *("adaokafor1", "Ada Okafor", "okafor, ada", "OKAFOR-OKAFOR", "ada.okafor1995"),
        *("ada.okafor@example.org", "ADA.OKAFOR@EXAMPLE.ORG1", "\uff41\uff44\uff41 okafor!!"),
    ],
)
async def test_a_password_that_is_little_more_than_a_name_is_refused(password):
    with pytest.raises(InvalidInput, match="more than your name, your email or the word studyhall") as refused:
        await check_password(password, ADA, "newPassword")
    assert [error.field for error in refused.value.errors] == ["newPassword"]


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "ten or more", "okafor82640", "studyhall is my hall", "83017264955", "?!?!?!?!?!", "\uff76\uff9e" * 5],
)
async def test_a_password_that_has_more_to_it_is_taken(password):
    await check_password(password, ADA, "password")


@pytest.mark.parametrize("password", ["Li Wu 2026", "wu.li.1995!"])
async def test_short_names_are_looked_for_together(password):
    with pytest.raises(InvalidInput, match="more than your name"):
        await check_password(password, new_user("Li", last_name="Wu", email="l@example.org"), "password")


@pytest.mark.parametrize("password", ["ozgurgokturk1", "\u00d6ZG\u00dcR g\u00f6kt\u00fcrk"])
async def test_names_in_passwords_are_found_without_their_accents(password):
    user = new_user("\u00d6zg\u00fcr", last_name="G\u00f6kt\u00fcrk", email="o@example.org")
    with pytest.raises(InvalidInput, match="more than your name"):
        await check_password(password, user, "password")


async def test_a_short_name_is_no_reason_to_refuse_what_contains_it():
    await check_password("lilililili9", new_user("Li", last_name="X", email="l@example.org"), "password")


async def test_the_loop_goes_on_while_the_list_is_searched(monkeypatch):
    looping = threading.Event()
    monkeypatch.setattr(password_policy, "is_bad_password", lambda _: not looping.wait(5))
    checking = asyncio.create_task(check_password(PASSWORD, ADA, "password"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    looping.set()

    await checking


@pytest.mark.parametrize("password", ["1q2w3e4r5t", "Okafor 1995"])
async def test_a_guessable_password_is_refused_wherever_it_is_set(password):
    async with served() as school:
        names = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org"}
        registering = await school.request("POST", "/api/auth/register", names | {"password": password})
        ada = await school.person()
        changing = await ada.put("/api/auth/password", {"currentPassword": PASSWORD, "newPassword": password})
        token = (await school.services.password_resets.links.create(ada.id)).rpartition("#")[2]
        resetting = await school.request("POST", "/api/auth/reset-password", {"token": token, "newPassword": password})

        fields = ("password", "newPassword", "newPassword")
        for answer, field in zip((registering, changing, resetting), fields, strict=True):
            assert (answer.status, answer.body["code"]) == (422, "invalid_input")
            assert [error["field"] for error in answer.body["errors"]] == [field]
        again = {"token": token, "newPassword": "another password"}
        assert (await school.request("POST", "/api/auth/reset-password", again)).status == 200, (
            "the token is good still"
        )


async def test_a_password_that_somebody_has_already_lets_them_in(monkeypatch):
    async with served() as school:
        ada = await school.person()
        monkeypatch.setattr(password_policy, "is_bad_password", lambda _: True)

        credentials = {"email": ada.user["email"], "password": PASSWORD}
        assert (await school.request("POST", "/api/auth/login", credentials)).status == 200
