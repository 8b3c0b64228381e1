"""Guessing, spraying and flooding, as whoever does it would; and the classroom that only looks like it."""

import asyncio
import time

import pytest

from tests.support.served import PASSWORD, served

CLASS = "198.51.100.7"
WRONG = "not the password"


@pytest.fixture
async def school():
    async with served(
        environ={"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_SERVER_TRUSTED_PROXIES": "127.0.0.1"}
    ) as running:
        yield running


def outside(number):
    """Return one of many addresses, each in a network of its own."""
    return f"2001:db8:0:{number:x}::1"


async def ask(school, path, body, address, token=None):
    return await school.request("POST", path, body, token=token, headers={"X-Forwarded-For": address})


async def sign_up(school, number, address):
    body = {"firstName": "Pupil", "lastName": f"No {number}", "email": f"p{number}@example.org", "password": PASSWORD}
    return await ask(school, "/api/auth/register", body, address)


async def sign_in(school, email, password, address):
    return await ask(school, "/api/auth/login", {"email": email, "password": password}, address)


async def test_a_class_behind_one_address_comes_in_within_a_minute(school):
    pupils = await asyncio.gather(*(sign_up(school, number, CLASS) for number in range(40)))
    assert {answer.status for answer in pupils} == {201}
    for password, status in ((WRONG, 401), (WRONG, 401), (PASSWORD, 200)):
        answers = [sign_in(school, f"p{number}@example.org", password, CLASS) for number in range(40)]
        assert {answer.status for answer in await asyncio.gather(*answers)} == {status}
    room = (await ask(school, "/api/study-rooms", {"name": "Form 9b"}, CLASS, pupils[0].body["token"])).data["id"]
    for what, body, status in (("join", None, 200), *[("messages", {"content": "hello"}, 201)] * 10):
        answers = [ask(school, f"/api/study-rooms/{room}/{what}", body, CLASS, pupil.body["token"]) for pupil in pupils]
        assert {answer.status for answer in await asyncio.gather(*answers)} == {status}


async def test_one_password_on_everybody_is_stopped_by_the_address(school):
    tried = [(await sign_in(school, f"p{number}@example.org", WRONG, CLASS)).status for number in range(210)]
    assert tried == [401] * 200 + [429] * 10
    assert (await sign_in(school, "p0@example.org", WRONG, outside(1))).status == 401


async def test_one_person_guessed_from_everywhere_is_stopped_by_the_account_but_not_at_home(school):
    await sign_up(school, 1, CLASS)
    tried = [(await sign_in(school, "p1@example.org", WRONG, outside(number))).status for number in range(40)]
    assert tried == [401] * 30 + [429] * 10
    for email in ("P1@Example.org", "p1@example.org.", "\uff501@example\u3002org"):
        assert (await sign_in(school, email, PASSWORD, outside(99))).status == 429
    assert (await sign_in(school, "p1@example.org", PASSWORD, CLASS)).status == 200
    assert (await sign_in(school, "p2@example.org", WRONG, outside(0))).status == 401


async def test_nobody_is_locked_out_for_longer_than_the_window_says(school):
    answers = [await sign_in(school, "p1@example.org", WRONG, outside(number)) for number in range(31)]
    assert 590 < answers[-1].body["retryAfter"] <= 600
    answers = [await sign_in(school, "p2@example.org", WRONG, CLASS) for _ in range(11)]
    assert 50 < answers[-1].body["retryAfter"] <= 60
    assert int(answers[-1].headers["Retry-After"]) >= answers[-1].body["retryAfter"]


async def test_an_account_that_is_none_is_limited_like_one(school):
    await sign_up(school, 1, CLASS)
    tried = [
        [(await sign_in(school, email, WRONG, outside(number))).status for number in range(32)]
        for email in ("p1@example.org", "nobody@example.org")
    ]
    assert tried[0] == tried[1]


async def test_many_people_at_one_address_do_not_get_more_than_a_class():
    few = {
        "STUDYHALL_LIMITS_ENABLED": "true",
        "STUDYHALL_LIMITS_PEOPLE_PER_ADDRESS": "2",
        "STUDYHALL_LIMITS_ROOMS": "1/hour",
        "STUDYHALL_LIMITS_JOINS": "1/hour",
        "STUDYHALL_LIMITS_MESSAGES": "1/hour",
        "STUDYHALL_SERVER_TRUSTED_PROXIES": "127.0.0.1",
    }
    async with served(environ=few) as school:
        people = [(await sign_up(school, number, outside(number))).body["token"] for number in range(4)]
        rooms = [await ask(school, "/api/study-rooms", {"name": "Maths"}, CLASS, token) for token in people]
        assert [answer.status for answer in rooms] == [201, 201, 429, 429]
        room = f"/api/study-rooms/{rooms[0].data['id']}"
        for what, body, good in (("/join", None, 200), ("/messages", {"content": "hello"}, 201)):
            if what == "/messages":
                await ask(school, room + "/join", None, outside(7), people[2])
                await ask(school, room + "/join", None, outside(8), people[3])
            answers = [await ask(school, room + what, body, CLASS, token) for token in people]
            assert [answer.status for answer in answers] == [good, good, 429, 429]
        assert (await ask(school, room + "/messages", {"content": "hello"}, outside(2), people[2])).status == 201


async def test_messages_over_sockets_count_for_the_address_too():
    few = {
        "STUDYHALL_LIMITS_ENABLED": "true",
        "STUDYHALL_LIMITS_PEOPLE_PER_ADDRESS": "2",
        "STUDYHALL_LIMITS_MESSAGES": "1/hour",
    }
    async with served(environ=few) as school:
        people = [await school.person(name) for name in ("Ada", "Bob", "Cleo")]
        room = await people[0].opens()
        said = []
        for person in people:
            await person.joins(room)
            chat = await person.chat(room)
            said.append((await chat.call("send-message", {"roomId": room, "content": "hello"}))["ok"])
        assert said == [True, True, False]


async def test_requests_of_one_user_are_limited_whatever_they_ask():
    few = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_REQUESTS": "5/hour"}
    async with served(environ=few) as school:
        ada, bob = await school.person("Ada"), await school.person("Bob")
        asked = ("/api/auth/me", "/api/dashboard", "/api/study-rooms", "/api/auth/sessions", "/api/auth/me/export")
        assert [(await ada.get(path)).status for path in asked] == [200] * 5
        answer = await ada.delete("/api/auth/sessions")
        assert (answer.status, answer.body["code"]) == (429, "rate_limited")
        assert (await ada.get("/api/auth/me")).status == 429
        assert (await bob.get("/api/auth/me")).status == 200
        assert (await school.request("GET", "/readyz")).status == 200


async def test_renewals_of_one_user_are_limited_and_spare_the_token(monkeypatch):
    few = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_RENEWALS": "3/hour"}
    async with served(environ=few) as school:
        token = (await school.person()).refresh_token
        for _ in range(3):
            answer = await school.request("POST", "/api/auth/refresh", {"refreshToken": token})
            assert answer.status == 200
            token = answer.body["refreshToken"]
        for _ in range(2):
            answer = await school.request("POST", "/api/auth/refresh", {"refreshToken": token})
            assert (answer.status, answer.body["code"]) == (429, "rate_limited")
            assert 3500 < answer.body["retryAfter"] <= 3600

        an_hour_later = time.monotonic() + 3600
        monkeypatch.setattr(school.services.sessions._limiter, "_monotonic", lambda: an_hour_later)
        assert (await school.request("POST", "/api/auth/refresh", {"refreshToken": token})).status == 200
