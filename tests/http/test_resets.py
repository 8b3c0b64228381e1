"""A lost password: a link, and what it does once."""

import asyncio
from urllib.parse import urlsplit

import pytest

from domain.clock import SystemClock
from domain.errors.storage import StorageUnavailable
from services.accounts.password_reset import PasswordResetLinks
from services.accounts.passwords import Passwords
from storage.memory import MemoryStorage
from tests.support.served import PASSWORD, served

NEW = "another password"


@pytest.fixture
async def ada(school):
    return await school.person()


async def token_for(school, person):
    return (await school.services.password_resets.links.create(person.id)).rpartition("#")[2]


def reset(school, token, password=NEW):
    return school.request("POST", "/api/auth/reset-password", {"token": token, "newPassword": password})


def login(school, person, password):
    return school.request("POST", "/api/auth/login", {"email": person.user["email"], "password": password})


async def test_a_link_sets_a_new_password_and_ends_every_sign_in(school, ada):
    chat = await ada.chat()
    token = await token_for(school, ada)

    assert (await reset(school, token)).data is None

    await chat.gone()
    assert (await ada.get("/api/auth/me")).status == 401
    assert (await login(school, ada, PASSWORD)).status == 401
    assert (await login(school, ada, NEW)).status == 200


async def test_a_link_works_once_and_a_new_one_makes_it_void(school, ada):
    first, second = await token_for(school, ada), await token_for(school, ada)

    assert (await reset(school, first)).body["code"] == "invalid_reset_token"
    assert (await reset(school, second)).status == 200
    again = await reset(school, second, "a third password")
    assert (again.status, again.body["code"]) == (403, "invalid_reset_token")
    assert (await login(school, ada, NEW)).status == 200


async def test_of_twenty_who_use_one_link_at_once_one_does(school, ada):
    token = await token_for(school, ada)

    answers = await asyncio.gather(*(reset(school, token, f"the password of {number}") for number in range(20)))

    [winner] = [number for number, answer in enumerate(answers) if answer.status == 200]
    assert {answer.body["code"] for answer in answers if answer.status != 200} == {"invalid_reset_token"}
    assert (await login(school, ada, f"the password of {winner}")).status == 200


async def test_a_link_is_good_for_an_hour(school, ada, monkeypatch):
    clock, late = SystemClock(), 0.0
    monkeypatch.setattr(school.services.password_resets._clock, "now", lambda: clock.later(late))
    token = await token_for(school, ada)

    late = 3601.0
    assert (await reset(school, token)).body["code"] == "invalid_reset_token"
    late = 3599.0
    assert (await reset(school, token)).status == 200


async def test_what_is_no_good_token_costs_no_hash(school, ada, monkeypatch):
    async def hashed(self, password):
        raise AssertionError("a hash was made")

    links = PasswordResetLinks(school.storage, SystemClock(), "", -1)
    over = (await links.create(ada.id)).rpartition("#")[2]
    monkeypatch.setattr(Passwords, "hash", hashed)
    for token in ("x", "x" * 100, over, over[:-1]):
        answer = await reset(school, token)
        assert (answer.status, answer.body["code"]) == (403, "invalid_reset_token")


async def test_a_disabled_account_gets_no_new_password(school, ada):
    token = await token_for(school, ada)
    await school.storage.set_access(ada.id, disabled=True)

    answer = await reset(school, token)

    assert (answer.status, answer.body["code"]) == (403, "account_disabled")
    assert (await login(school, ada, NEW)).body["code"] == "wrong_credentials"


async def test_sockets_are_closed_also_where_nobody_knows_whether_it_was_kept(school, ada, monkeypatch):
    use_reset = MemoryStorage.use_password_reset

    async def unheard_of(self, *args):
        await use_reset(self, *args)
        raise StorageUnavailable

    monkeypatch.setattr(MemoryStorage, "use_password_reset", unheard_of)
    chat = await ada.chat()

    assert (await reset(school, await token_for(school, ada))).status == 503

    await chat.gone()
    assert (await ada.get("/api/auth/me")).status == 401


async def test_the_token_is_kept_as_a_hash_and_has_256_bits(school, ada):
    token = await token_for(school, ada)

    kept = repr(vars(school.storage._tables)["resets"])

    assert len(token) == 43  # of 64 characters
    assert token not in kept
    assert await token_for(school, ada) != token


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ({"STUDYHALL_SERVER_PUBLIC_URL": "https://study.example.org"}, "https://study.example.org"),
        ({"STUDYHALL_SERVER_PORT": "8080"}, "http://localhost:8080"),
        ({"STUDYHALL_SERVER_PORT": "8080", "STUDYHALL_SERVER_HOST": "::1"}, "http://[::1]:8080"),
        ({"STUDYHALL_SERVER_PORT": "8080", "STUDYHALL_SERVER_HOST": "hall.local"}, "http://hall.local:8080"),
    ],
)
async def test_a_link_leads_to_where_browsers_find_the_server(setting, address):
    async with served(environ=setting) as school:
        ada = await school.person()

        assert (await school.services.password_resets.links.create(ada.id)).startswith(f"{address}/reset#")


async def test_the_page_is_served_under_the_link(school, ada):
    path = urlsplit(await school.services.password_resets.links.create(ada.id)).path

    async with school.http.get(school.url + path, headers={"Accept": "text/html"}) as link:
        async with school.http.get(school.url + "/", headers={"Accept": "text/html"}) as page:
            assert (link.status, await link.text()) == (page.status, await page.text())
        assert link.headers.get("Referrer-Policy", "no-referrer") == "no-referrer"
