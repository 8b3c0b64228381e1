"""Passwords over HTTP: taken as they are, long or old, and known to nobody at first."""

import pytest

from services.accounts.passwords import Passwords
from tests.support import factories

LONG = "A password, with  BLANKS and \u00fcml\u00e4uts, 7% and so on: ".ljust(127, "x") + "!"


async def _sign_in(school, email, password):
    return (await school.request("POST", "/api/auth/login", {"email": email, "password": password})).status


async def _registered(school, password):
    names = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org"}
    assert (await school.request("POST", "/api/auth/register", {**names, "password": password})).status == 201
    return names["email"]


async def test_of_the_longest_password_every_character_counts(school):
    email = await _registered(school, LONG)

    assert len(LONG) == 128
    others = [LONG[:64], LONG[:72], LONG[:127], LONG[:-1] + "?", LONG.lower(), LONG.upper(), LONG.replace("  ", " ")]
    assert [await _sign_in(school, email, other) for other in others] == [401] * len(others)
    assert await _sign_in(school, email, f"{LONG[:-1]} ") == 401
    assert await _sign_in(school, email, LONG) == 200


@pytest.mark.parametrize(
    "password",
    [
        "aaaaabbbbbzzq",
        "40815162342108",
        "   blanks around   ",
        "\u05e1\u05d9\u05e1\u05de\u05d4 \u05d0\u05e8\u05d5\u05db\u05d4",
        "\U0001f40e\U0001f50b\U0001f4ce" * 4,
        "\"'--;<>&%_\\ $(x)",
    ],
)
async def test_a_password_may_be_made_of_anything(school, password):
    email = await _registered(school, password)
    assert await _sign_in(school, email, password) == 200
    assert await _sign_in(school, email, password.strip() + ".") == 401


async def test_a_password_is_good_however_old_it_is(school):
    ada = factories.new_user("Ada", created_at="1999-01-01T00:00:00.000Z", last_login="1999-01-01T00:00:00.000Z")
    await school.storage.add_user(ada, await Passwords(cheap=True).hash("from last century"))
    assert await _sign_in(school, ada.email, "from last century") == 200


@pytest.mark.parametrize("name", ["admin", "root", "sa", "test", "guest", "user", "studyhall", "administrator"])
async def test_nobody_has_an_account_at_first(school, name):
    assert await school.services.accounts.is_empty()
    for password in (name, "password", "admin", "changeme", ""):
        assert await _sign_in(school, f"{name}@localhost", password or "x") == 401
