"""Routes of admins."""

import asyncio
import re

import pytest

from runtime.cache import Cache
from services.admin import dashboard
from storage.memory import MemoryStorage
from tests.support.served import PASSWORD


@pytest.fixture
async def grace(school):
    """An admin."""
    grace = await school.person("Grace", "Hopper")
    await school.storage.set_access(grace.id, role="admin")
    return grace


async def test_an_admin_sees_how_much_there_is_of_everything(school, grace):
    ada = await school.person()
    room = await ada.opens()
    await ada.opens()
    for number in range(3):
        await ada.post(f"/api/study-rooms/{room}/messages", {"content": f"{number}"})
    await ada.chat(room)
    await grace.chat()

    dashboard = (await grace.get("/api/dashboard/admin")).data

    days = dashboard.pop("signUps")
    assert dashboard == {"users": 2, "rooms": 2, "messages": 3, "sockets": 2, "onlineNow": 1, "openReports": 0}
    assert len(days) == 30
    assert [day["date"] for day in days] == sorted({day["date"] for day in days})
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day["date"]) for day in days)
    today = (await ada.get("/api/auth/me")).data["createdAt"][:10]
    assert [day["count"] for day in days if day["date"] == today] == [2]
    assert sum(day["count"] for day in days) == 2


async def test_a_day_is_the_last_of_thirty_days(school, grace, monkeypatch):
    days = (await grace.get("/api/dashboard/admin")).data["signUps"]
    clock = school.services.admin_dashboards._clock
    later = clock.later
    monkeypatch.setattr(clock, "later", lambda seconds: later(seconds + 29 * 24 * 3600))

    moved = (await grace.get("/api/dashboard/admin")).data["signUps"]

    assert moved[0]["date"] == days[-1]["date"]
    assert moved[0]["count"] == 1


async def test_what_is_counted_in_storage_is_counted_once_in_five_seconds(school, grace, monkeypatch):
    counted = []
    totals = MemoryStorage.counts

    async def count(self, since):
        counted.append(since)
        return await totals(self, since)

    monkeypatch.setattr(MemoryStorage, "counts", count)
    await asyncio.gather(*(grace.get("/api/dashboard/admin") for _ in range(10)))
    await school.person()
    assert (await grace.get("/api/dashboard/admin")).data["users"] == 1
    assert len(counted) == 1

    monkeypatch.setattr(school.services.admin_dashboards, "_cache", Cache())
    assert (await grace.get("/api/dashboard/admin")).data["users"] == 2
    assert dashboard.TTL == 5


async def test_people_are_listed_and_found(school, grace):
    ada, ben = await school.person("Ada"), await school.person("Ben")

    everybody = (await grace.get("/api/users")).data
    assert [user["id"] for user in everybody["users"]] == [ben.id, ada.id, grace.id]
    assert everybody["nextCursor"] is None
    first = (await grace.get("/api/users?limit=2")).data
    rest = (await grace.get(f"/api/users?limit=2&cursor={first['nextCursor']}")).data
    assert [user["id"] for user in first["users"] + rest["users"]] == [ben.id, ada.id, grace.id]
    assert rest["nextCursor"] is None
    for search in ("GRACE", "hopper", "grace.hopper@"):
        found = (await grace.get(f"/api/users?search={search}")).data["users"]
        assert [user["id"] for user in found] == [grace.id]
    one = (await grace.get(f"/api/users/{ada.id}")).data
    own = (await ada.get("/api/auth/me")).data
    settings = {name: own.pop(name) for name in ("language", "timeZone", "dayStartsAt", "dailyGoal", "weekStartsOn")}
    assert settings["language"] is None
    assert one == own, "all except settings of the user"


async def test_an_admin_disables_and_enables(school, grace):
    ada = await school.person()
    chat = await ada.chat()

    disabled = await grace.put(f"/api/users/{ada.id}", {"disabled": True})

    assert disabled.data["disabled"]
    await chat.gone()
    assert (await ada.get("/api/auth/me")).status == 401
    credentials = {"email": ada.user["email"], "password": PASSWORD}
    assert (await school.request("POST", "/api/auth/login", credentials)).body["code"] == "account_disabled"
    assert not (await grace.put(f"/api/users/{ada.id}", {"disabled": False})).data["disabled"]
    assert (await school.request("POST", "/api/auth/login", credentials)).status == 200


async def test_nobody_becomes_an_admin_over_the_network(school, grace):
    ada = await school.person()

    for body in ({"role": "admin"}, {"role": "admin", "disabled": True}):
        answer = await grace.put(f"/api/users/{ada.id}", body)
        assert (answer.status, answer.body["code"]) == (403, "cannot_make_admin")

    kept = (await grace.get(f"/api/users/{ada.id}")).data
    assert (kept["role"], kept["disabled"]) == ("student", False)


async def test_the_role_is_gone_at_once_but_never_from_the_last_admin(school, grace):
    ada = await school.person()
    await school.storage.set_access(ada.id, role="admin")
    assert (await ada.get("/api/users")).status == 200

    assert (await grace.put(f"/api/users/{ada.id}", {"role": "student"})).data["role"] == "student"

    assert (await ada.get("/api/users")).status == 403
    for body in ({"role": "student"}, {"disabled": True}):
        answer = await grace.put(f"/api/users/{grace.id}", body)
        assert (answer.status, answer.body["code"]) == (409, "last_admin")
    assert (await grace.get("/api/auth/me")).data["role"] == "admin", "and is still signed in"


async def test_two_admins_who_disable_each_other_at_once_leave_one(school, grace):
    ada = await school.person()
    await school.storage.set_access(ada.id, role="admin")

    answers = await asyncio.gather(
        grace.put(f"/api/users/{ada.id}", {"disabled": True}), ada.put(f"/api/users/{grace.id}", {"disabled": True})
    )

    assert sum(answer.status == 200 for answer in answers) == 1
    left = [person for person in (ada, grace) if (await person.get("/api/users")).status == 200]
    assert len(left) == 1
