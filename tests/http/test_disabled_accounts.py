"""Disabled accounts: access ends at once, and cannot be regained."""

import asyncio

import msgspec
import pytest

from domain.admin import UserChange
from domain.errors.accounts import NotSignedIn
from domain.errors.base import Forbidden
from storage.memory import MemoryStorage
from tests.support.served import PASSWORD, served


@pytest.fixture
async def ada(school):
    return await school.person()


async def change(school, person, **fields):
    """Change somebody as an admin does."""
    if not getattr(school, "admin", None):
        boss = await school.person("Grace")
        school.admin = await school.storage.set_access(boss.id, role="admin")
    return await school.services.user_admin.change(person.id, UserChange(**fields), school.admin)


def login(school, person, password=PASSWORD):
    return school.request("POST", "/api/auth/login", {"email": person.user["email"], "password": password})


async def test_who_is_disabled_is_signed_out_everywhere_at_once(school, ada):
    elsewhere = (await login(school, ada)).body
    chat = await ada.chat()

    assert (await change(school, ada, disabled=True)).disabled

    await chat.gone()
    for token in (ada.token, elsewhere["token"]):
        answer = await school.request("GET", "/api/auth/me", token=token)
        assert (answer.status, answer.body["code"]) == (401, "not_signed_in")
    for token in (ada.refresh_token, elsewhere["refreshToken"]):
        answer = await school.request("POST", "/api/auth/refresh", {"refreshToken": token})
        assert (answer.status, answer.body["code"]) == (401, "invalid_refresh_token")


async def test_only_who_knows_the_password_hears_that_an_account_is_disabled(school, ada):
    await change(school, ada, disabled=True)

    wrong, right = await login(school, ada, "guess"), await login(school, ada)

    assert (wrong.status, wrong.body["code"]) == (401, "wrong_credentials")
    assert (right.status, right.body["code"]) == (403, "account_disabled")


async def test_a_wrong_password_takes_as_many_hashes_for_a_disabled_account(school, ada, monkeypatch):
    passwords = school.services.passwords
    await login(school, ada, "guess")
    hashes = []
    in_turn = passwords._run_in_pool

    async def counted(work):
        hashes.append(work)
        return await in_turn(work)

    monkeypatch.setattr(passwords, "_run_in_pool", counted)
    await login(school, ada, "guess")
    enabled = len(hashes)
    await change(school, ada, disabled=True)
    hashes.clear()

    await login(school, ada, "guess")

    assert len(hashes) == enabled == 1


async def test_who_is_enabled_again_signs_in_anew(school, ada):
    await change(school, ada, disabled=True)
    await change(school, ada, disabled=False)

    assert (await login(school, ada)).status == 200
    assert (await ada.get("/api/auth/me")).status == 401, "what was ended stays so"


async def test_a_sign_in_that_was_overlooked_is_worth_nothing(school, ada):
    await school.storage.set_access(ada.id, disabled=True)
    for sign_in in list(school.storage._tables.sign_ins.values()):
        school.storage._tables.sign_ins[sign_in.id] = msgspec.structs.replace(sign_in, revoked=False)

    assert (await ada.get("/api/auth/me")).status == 401
    refreshed = await school.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})
    assert refreshed.body["code"] == "invalid_refresh_token"
    with pytest.raises(NotSignedIn):
        await school.services.access.require_user(ada.id)


@pytest.mark.parametrize("what", ["disabled", "password"])
async def test_a_sign_in_that_comes_between_is_ended_too(school, ada, monkeypatch, what):
    verified, go = asyncio.Event(), asyncio.Event()
    record_login = MemoryStorage.record_login

    async def slow(self, user_id, at):
        verified.set()
        await go.wait()
        await record_login(self, user_id, at)

    monkeypatch.setattr(MemoryStorage, "record_login", slow)
    signing_in = asyncio.create_task(login(school, ada))
    await verified.wait()  # the password was right, and the account enabled
    monkeypatch.setattr(MemoryStorage, "record_login", record_login)
    if what == "disabled":
        await change(school, ada, disabled=True)
    else:
        body = {"currentPassword": PASSWORD, "newPassword": "another password"}
        assert (await ada.put("/api/auth/password", body)).status == 200
    go.set()

    assert (await signing_in).body["code"] == "wrong_credentials"
    kept = [sign_in for sign_in in school.storage._tables.sign_ins.values() if sign_in.user_id == ada.id]
    assert [sign_in.revoked for sign_in in kept] == [what == "disabled", True]


async def test_many_who_sign_in_while_a_hash_is_renewed_all_come_in(ada, school, monkeypatch):
    passwords = school.services.passwords
    outdated = await school.storage.account(ada.id)
    monkeypatch.setattr(passwords, "needs_rehash", lambda kept: kept == outdated.password_hash)

    answers = await asyncio.gather(*(login(school, ada) for _ in range(8)))

    assert [answer.status for answer in answers] == [200] * 8
    assert (await school.storage.account(ada.id)).password_hash != outdated.password_hash


async def test_an_admin_alone_changes_who_somebody_is(school, ada):
    user = await school.services.access.require_user(ada.id)

    with pytest.raises(Forbidden):
        await school.services.user_admin.change(ada.id, UserChange(disabled=True), user)


async def test_a_disabled_account_is_so_after_a_restart(tmp_path):
    url = f"sqlite:///{tmp_path / 'hall.db'}"
    async with served(url) as school:
        ada = await school.person()
        await change(school, ada, disabled=True)

    async with served(url) as school:
        assert (await login(school, ada)).body["code"] == "account_disabled"
