"""Signing up, in and out, and one's own profile, over HTTP."""

import asyncio
import re
from unittest.mock import patch

import pytest

from domain.account_requests import Credentials
from domain.accounts import ClientInfo
from domain.errors.accounts import WrongCredentials
from domain.errors.base import RateLimited
from services.accounts.tokens import MAX_QUEUE
from tests.support.served import PASSWORD, served

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NEW = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org", "password": PASSWORD}


async def test_one_address_in_every_case_is_one_account(school):
    first = await school.request("POST", "/api/auth/register", {**NEW, "email": "irem@Caf\u00e9.example"})
    assert first.status == 201
    for spelling in ("\u0130REM@CAF\u00c9.EXAMPLE", "i\u0307rem@cafe\u0301.example", "Irem@caf\u00e9.example"):
        again = await school.request("POST", "/api/auth/register", {**NEW, "email": spelling})
        assert (again.status, again.body["code"]) == (409, "email_taken")
        login = await school.request("POST", "/api/auth/login", {"email": spelling, "password": PASSWORD})
        assert login.body["user"]["email"] == "irem@caf\u00e9.example"


@pytest.mark.parametrize("last_name", [{}, {"lastName": None}, {"lastName": ""}, {"lastName": " \u200b"}])
async def test_register_takes_people_with_one_name(school, last_name):
    body = {"firstName": "Sukarno", "email": "sukarno@example.org", "password": PASSWORD}
    answer = await school.request("POST", "/api/auth/register", body | last_name)
    assert answer.status == 201
    assert (answer.body["user"]["lastName"], answer.body["user"]["name"]) == ("", "Sukarno")


async def test_last_name_can_be_cleared_and_keeps_its_rules(school):
    ada = await school.person()
    cleared = await ada.put("/api/auth/me", {"lastName": " "})
    assert (cleared.data["lastName"], cleared.data["name"]) == ("", "Ada")
    refused = await ada.put("/api/auth/me", {"firstName": "", "lastName": "a\u202eb"})
    assert [error["field"] for error in refused.body["errors"]] == ["firstName", "lastName"]
    assert (await ada.get("/api/auth/me/export")).body["profile"]["name"] == "Ada"


async def test_registering_answers_as_the_seed_did(school):
    answer = await school.request("POST", "/api/auth/register", {**NEW, "email": " Ada@Example.ORG ", "role": "admin"})

    assert answer.status == 201
    assert set(answer.body) == {"success", "token", "tokenExpires", "refreshToken", "user"}
    user = answer.body["user"]
    assert user == {
        "id": user["id"],
        "firstName": "Ada",
        "lastName": "Okafor",
        "name": "Ada Okafor",
        "email": "ada@example.org",
        "role": "student",
        "disabled": False,
        "pending": False,
        "avatar": None,
        "bio": None,
        "language": None,
        "timeZone": None,
        "dayStartsAt": 4,
        "dailyGoal": 60,
        "weekStartsOn": "monday",
        "createdAt": user["createdAt"],
        "lastLogin": user["lastLogin"],
        "verifiedAt": None,
    }
    assert STAMP.fullmatch(user["createdAt"])


async def test_an_email_has_one_account_however_it_is_spelt(school):
    await school.request("POST", "/api/auth/register", NEW)

    for email in ("ADA@example.org", "ada@example.org.", "\uff41da@example\u3002org"):
        again = await school.request("POST", "/api/auth/register", {**NEW, "email": email})
        assert (again.status, again.body["code"]) == (409, "email_taken")
        credentials = {"email": email, "password": NEW["password"]}
        assert (await school.request("POST", "/api/auth/login", credentials)).status == 200


async def test_of_twenty_who_register_one_email_at_once_one_gets_it(school):
    answers = await asyncio.gather(*(school.request("POST", "/api/auth/register", NEW) for _ in range(20)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 19


async def test_signing_in_takes_the_right_password_and_says_the_same_of_every_wrong_one(school):
    await school.request("POST", "/api/auth/register", NEW)
    right = await school.request("POST", "/api/auth/login", {"email": "ada@example.org", "password": PASSWORD})
    wrong = await school.request("POST", "/api/auth/login", {"email": "ada@example.org", "password": "wrong"})
    unknown = await school.request("POST", "/api/auth/login", {"email": "eve@example.org", "password": PASSWORD})

    assert right.status == 200
    assert right.body["user"]["lastLogin"] >= right.body["user"]["createdAt"]
    assert wrong.status == unknown.status == 401
    assert wrong.body["message"] == unknown.body["message"] == "Invalid email or password."


async def test_an_unknown_email_and_a_wrong_password_cost_the_same(school, monkeypatch):
    await school.request("POST", "/api/auth/register", NEW)
    passwords = school.services.passwords
    steps, in_turn = [], passwords._run_in_pool

    async def counted(work):
        steps.append(work.__qualname__)
        return await in_turn(work)

    monkeypatch.setattr(passwords, "_run_in_pool", counted)
    seen = []
    for email in ("ada@example.org", "eve@example.org", "ada@example.org", "eve@example.org"):
        steps.clear()
        await school.request("POST", "/api/auth/login", {"email": email, "password": "wrong"})
        seen.append(list(steps))

    assert seen[1] == seen[2] == seen[3]
    assert len(seen[1]) == 1
    assert len(seen[0]) == 2, "what unknown emails are compared with is made at the first sign-in, whoever it is"


async def test_a_thousand_wrong_passwords_at_once_are_answered_or_refused_and_the_right_one_comes_in(school):
    ada = await school.person()
    passwords, logins = school.services.passwords, school.services.logins
    waiting, add = [], passwords.load_shedder.enter
    device = ClientInfo("a browser", "192.0.2.7")

    def noted():
        add()
        waiting.append(passwords.load_shedder.waiting)

    with patch.object(type(passwords.load_shedder), "enter", lambda _: noted()):
        tries = [logins.login(Credentials(email=ada.user["email"], password="wrong"), device) for _ in range(1000)]
        answers = await asyncio.gather(*tries, return_exceptions=True)

    assert {type(answer) for answer in answers} == {WrongCredentials, RateLimited}
    assert all(answer.retry_after >= 1 for answer in answers if isinstance(answer, RateLimited))
    assert max(waiting) <= MAX_QUEUE
    assert passwords.load_shedder.waiting == 0
    credentials = Credentials(email=ada.user["email"], password=PASSWORD)
    assert (await logins.login(credentials, device)).user.id == ada.id


async def test_a_profile_is_changed_in_parts(school):
    ada = await school.person()

    changed = await ada.put(
        "/api/auth/me", {"bio": "Numbers.\nAnd more.", "avatar": "https://x.example/a.png", "email": "no"}
    )
    assert changed.data["bio"] == "Numbers.\nAnd more."
    assert changed.data["name"] == "Ada Okafor"
    assert changed.data["email"] == ada.user["email"], "the email is no part of the profile that can be changed"

    changed = await ada.put("/api/auth/me", {"lastName": "Byron", "bio": "", "avatar": None})
    assert changed.data["name"] == "Ada Byron"
    assert changed.data["bio"] is None
    assert changed.data["avatar"] == "https://x.example/a.png", "null is as absent"
    assert (await ada.get("/api/auth/me")).data == changed.data


async def renew(school, token):
    return await school.request("POST", "/api/auth/refresh", {"refreshToken": token})


async def test_refresh_retry_gets_the_same_successor(school):
    ada = await school.person()
    lost = await renew(school, ada.refresh_token)
    again = await renew(school, ada.refresh_token)
    assert [answer.status for answer in (lost, again)] == [200, 200]
    assert again.body["refreshToken"] == lost.body["refreshToken"], "the first answer may come yet"
    for answer in (lost, again):
        assert (await school.request("GET", "/api/auth/me", token=answer.body["token"])).status == 200
    [session] = (await school.request("GET", "/api/auth/sessions", token=again.body["token"])).data
    assert session["current"]
    assert (await renew(school, again.body["refreshToken"])).status == 200


async def test_refresh_reuse_after_the_successor_ends_the_sign_in(school):
    ada = await school.person()
    first = await renew(school, ada.refresh_token)
    second = await renew(school, first.body["refreshToken"])

    stolen = await renew(school, ada.refresh_token)

    assert (stolen.status, stolen.body["code"]) == (401, "invalid_refresh_token")
    assert (await renew(school, second.body["refreshToken"])).status == 401, "the whole family is revoked"
    assert (await school.request("GET", "/api/auth/me", token=second.body["token"])).status == 401


@pytest.mark.parametrize("token", ["x", "x.y", "01890a5d-ac96-774b-bcce-b302099a8057.abc", "." * 200])
async def test_a_refresh_token_that_is_none_is_refused(school, token):
    answer = await school.request("POST", "/api/auth/refresh", {"refreshToken": token})

    assert (answer.status, answer.body["code"]) == (401, "invalid_refresh_token")


async def test_signing_out_ends_this_sign_in_alone(school):
    ada = await school.person()
    elsewhere = await school.request("POST", "/api/auth/login", {"email": ada.user["email"], "password": PASSWORD})
    chat = await ada.chat()

    assert (await ada.post("/api/auth/logout")).data is None

    await chat.gone()
    assert (await ada.get("/api/auth/me")).status == 401
    assert (await school.request("GET", "/api/auth/me", token=elsewhere.body["token"])).status == 200


async def test_a_new_password_ends_every_other_sign_in(school):
    ada = await school.person()
    elsewhere = await school.request("POST", "/api/auth/login", {"email": ada.user["email"], "password": PASSWORD})

    wrong = await ada.put("/api/auth/password", {"currentPassword": "wrong", "newPassword": "another password"})
    assert (wrong.status, wrong.body["code"]) == (403, "wrong_password")

    changed = await ada.put("/api/auth/password", {"currentPassword": PASSWORD, "newPassword": "another password"})
    assert changed.status == 200
    assert (await ada.get("/api/auth/me")).status == 200
    assert (await school.request("GET", "/api/auth/me", token=elsewhere.body["token"])).status == 401
    again = {"email": ada.user["email"], "password": "another password"}
    assert (await school.request("POST", "/api/auth/login", again)).status == 200


async def test_deleting_an_account_keeps_what_was_written_without_a_name(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    alone, shared = await ada.opens("Alone"), await ada.opens("Shared")
    await ben.joins(shared)
    await ada.post(f"/api/study-rooms/{shared}/messages", {"content": "remember me"})
    chat = await ada.chat(shared)
    watching = await ben.chat(shared)

    await ada.deletes_their_account()

    await chat.gone()
    await watching.hears("user-left", lambda said: said["userId"] == ada.id)
    assert (await ada.get("/api/auth/me")).status == 401
    credentials = {"email": ada.user["email"], "password": PASSWORD}
    assert (await school.request("POST", "/api/auth/login", credentials)).status == 401
    room = (await ben.get(f"/api/study-rooms/{shared}")).data
    assert room["role"] == "owner", "the room went to who was left"
    assert [member["id"] for member in room["members"]] == [ben.id]
    assert room["totalMembers"] == 1
    [message] = (await ben.get(f"/api/study-rooms/{shared}/messages")).data["messages"]
    assert message["content"] == "remember me"
    assert message["sender"] == {"id": ada.id, "name": "Deleted user", "avatar": None}
    assert (await ben.get(f"/api/study-rooms/{alone}/basic-info")).status == 404


async def test_signing_up_is_limited_for_each_address():
    async with served(environ={"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_SIGN_UPS": "2/hour"}) as school:
        await school.person("Ada")
        await school.person("Ben")

        third = await school.request("POST", "/api/auth/register", NEW)

        assert (third.status, third.body["code"]) == (429, "rate_limited")
        assert 0 < third.body["retryAfter"] <= 3600
        assert int(third.headers["Retry-After"]) >= third.body["retryAfter"] - 1


async def test_guessing_a_password_is_limited():
    async with served(environ={"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_SIGN_INS": "3/minute"}) as school:
        ada = await school.person()
        guess = {"email": ada.user["email"], "password": "guess"}

        statuses = [(await school.request("POST", "/api/auth/login", guess)).status for _ in range(5)]

        assert statuses == [401, 401, 401, 429, 429]
