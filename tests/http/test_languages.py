"""Language of an account: set at registration or later, cleared by empty text, and shown only to its user."""

import json
from itertools import count

from tests.support.served import PASSWORD, Person

NUMBERS = count(1)


async def register(school, **fields):
    """Register a user and return the answer."""
    email = f"user{next(NUMBERS)}@example.org"
    return await school.request(
        "POST", "/api/auth/register", {"firstName": "Dora", "email": email, "password": PASSWORD, **fields}
    )


async def test_register_with_language_stores_it(school):
    for sent, stored in (({"language": "de"}, "de"), ({"language": ""}, None), ({"language": None}, None), ({}, None)):
        answer = await register(school, **sent)
        assert (answer.status, answer.body["user"]["language"]) == (201, stored)
        user = Person(school, answer.body)
        assert (await user.get("/api/auth/me")).data["language"] == stored


async def test_language_is_changed_and_cleared(school):
    ada = await school.person("Ada")
    for sent, stored in (("de", "de"), (None, "de"), ("en", "en"), ("", None)):
        changed = (await ada.put("/api/auth/me", {"language": sent})).data
        assert (changed["language"], changed["name"]) == (stored, ada.name)
        assert (await ada.get("/api/auth/me")).data == changed


async def test_login_returns_language(school):
    user = Person(school, (await register(school, language="de")).body)
    login = {"email": user.user["email"], "password": PASSWORD}
    assert (await school.request("POST", "/api/auth/login", login)).body["user"]["language"] == "de"


async def test_unknown_language_is_rejected_with_known_ones(school):
    ada = await school.person("Ada")
    for language in ("fr", "DE", "de-DE"):
        answer = await ada.put("/api/auth/me", {"language": language})
        [error] = answer.body["errors"]
        assert (answer.status, error["code"], error["params"]) == (422, "not_an_option", {"options": ["de", "en"]})
    assert (await ada.get("/api/auth/me")).data["language"] is None


async def test_language_is_shown_to_no_other_user(school):
    ada, ben, head, second = [await school.person(name) for name in ("Ada", "Ben", "Head", "Second")]
    for admin in (head, second):
        await school.storage.set_access(admin.id, role="admin")
    room = await ada.opens()
    await ben.joins(room)
    watching = await ben.chat(room)
    await ada.chat(room)

    await ada.put("/api/auth/me", {"language": "de", "firstName": "Augusta"})
    await watching.hears("user-updated")

    answers = [
        await ben.get(f"/api/study-rooms/{room}"),
        await ben.get(f"/api/study-rooms/{room}/presence"),
        await head.get("/api/users"),
        await head.get(f"/api/users/{ada.id}"),
        await head.put(f"/api/users/{ada.id}", {"disabled": False}),
        await head.post(f"/api/users/{ada.id}/approve"),
        await head.post(f"/api/users/{ada.id}/promotion"),
        await head.get("/api/promotions"),
        await second.put(f"/api/users/{ada.id}/promotion"),
    ]
    assert [answer.status for answer in answers if answer.status >= 400] == []
    seen = json.dumps([[answer.body for answer in answers], watching.heard])
    assert ada.id in seen
    assert "language" not in seen
