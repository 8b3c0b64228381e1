"""Rules of a user's days: set at registration or later, rejected by name, and shown to no other user."""

import json
from itertools import count

import pytest

from tests.support.served import PASSWORD, Person

NUMBERS = count(1)
DAYS = {"timeZone": "America/New_York", "dayStartsAt": 0, "dailyGoal": 90, "weekStartsOn": "sunday"}


async def register(school, **fields):
    """Register a user and return the answer."""
    email = f"user{next(NUMBERS)}@example.org"
    return await school.request(
        "POST", "/api/auth/register", {"firstName": "Dora", "email": email, "password": PASSWORD, **fields}
    )


async def test_register_stores_zone_and_week(school):
    answer = await register(school, timeZone="Asia/Calcutta", weekStartsOn="sunday")
    assert answer.status == 201
    user = (await Person(school, answer.body).get("/api/auth/me")).data
    assert [user[name] for name in DAYS] == ["Asia/Calcutta", 4, 60, "sunday"]


async def test_days_are_changed_field_by_field(school):
    ada = await school.person("Ada")
    expected = {"timeZone": None, "dayStartsAt": 4, "dailyGoal": 60, "weekStartsOn": "monday"}
    for name, value in DAYS.items():
        expected[name] = value
        changed = (await ada.put("/api/auth/me", {name: value})).data
        assert {field: changed[field] for field in DAYS} == expected
        assert (await ada.get("/api/auth/me")).data == changed


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("timeZone", "Europe/Atlantis", "unknown_time_zone"),
        ("timeZone", "", "unknown_time_zone"),
        ("timeZone", "+01:00", "unknown_time_zone"),
        ("dayStartsAt", 7, "out_of_range"),
        ("dailyGoal", 0, "out_of_range"),
        ("weekStartsOn", "friday", "not_an_option"),
    ],
)
async def test_invalid_value_names_its_field(school, name, value, code):
    ada = await school.person("Ada")
    answer = await ada.put("/api/auth/me", {name: value, "dailyGoal": value if name == "dailyGoal" else 90})
    [error] = answer.body["errors"]
    assert (answer.status, error["field"], error["code"]) == (422, name, code)
    assert (await ada.get("/api/auth/me")).data["dailyGoal"] == 60


async def test_register_with_unknown_zone_is_rejected(school):
    answer = await register(school, timeZone="Mars/Olympus")
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "timeZone")


async def test_days_are_shown_to_no_other_user(school):
    ada, ben, head = [await school.person(name) for name in ("Ada", "Ben", "Head")]
    await school.storage.set_access(head.id, role="admin")
    room = await ada.opens()
    await ben.joins(room)
    watching = await ben.chat(room)
    await ada.put("/api/auth/me", {**DAYS, "firstName": "Augusta"})
    await watching.hears("user-updated")
    opened = await ben.get(f"/api/study-rooms/{room}")
    assert opened.data.pop("timeZone") != DAYS["timeZone"], "it is the room's"
    answers = [
        opened,
        await head.get("/api/users"),
        await head.get(f"/api/users/{ada.id}"),
    ]
    seen = json.dumps([[answer.body for answer in answers], watching.heard])
    assert ada.id in seen
    assert [name for name in (*DAYS, "America/New_York") if name in seen] == []
