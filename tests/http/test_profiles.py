"""Another name or picture: who hears of it, and that nobody is shown two names of one user."""

import asyncio

import pytest

from services.rooms import lookalikes
from tests.support.served import served


@pytest.fixture
async def room(school):
    """Ada in a room of Ben's, on two devices, with Cleo, who is in none of their rooms."""
    ada, ben, cleo = [await school.person(name) for name in ("Ada", "Ben", "Cleo")]
    room = await ben.opens()
    await ada.joins(room)
    return ada, ben, cleo, room


async def test_rename_reaches_every_room_and_own_devices_once(school, room):
    ada, ben, cleo, room = room
    second, empty = await ben.opens("Algebra"), await ada.opens("Nobody here")
    await ada.joins(second)
    other = await cleo.opens("Elsewhere")
    inside, outside, stranger = await ben.chat(room, second), await ben.chat(), await cleo.chat(other)
    phone, laptop, bens = await ada.personal(), await ada.personal(), await ben.personal()

    changed = (await ada.put("/api/auth/me", {"firstName": "Adaeze", "avatar": "/a.png"})).data
    assert changed["name"] == "Adaeze Okafor"

    user = {"id": ada.id, "name": "Adaeze Okafor", "avatar": "/a.png"}
    for heard in (inside, phone, laptop):
        looks = {} if heard is not inside else {"looks": list(lookalikes.confusable_keys(user["name"]))}
        assert await heard.hears("user-updated") == {"user": user} | looks
    await ada.put("/api/auth/me", {"bio": "Numbers"})
    await ada.put("/api/auth/me", {"firstName": "Adaeze"})
    for chat in (inside, outside, stranger, phone, laptop, bens):
        await chat.settles()
    assert len(inside.of("user-updated")) == 1
    assert [chat.of("user-updated") for chat in (outside, stranger, bens)] == [[], [], []]
    assert phone.of("user-updated")[0] == {"user": user}
    assert empty


async def test_new_name_stands_everywhere_at_once(school, room):
    ada, ben, _, room = room
    watching, own = await ben.chat(room), await ada.chat(room)
    await own.call("send-message", {"roomId": room, "content": "hello"})
    assert (await ben.get("/api/dashboard")).data["recentMessages"][0]["sender"]["name"] == "Ada Okafor"
    assert (await ben.get(f"/api/study-rooms/{room}")).data

    await ada.put("/api/auth/me", {"lastName": "Byron"})
    await watching.hears("user-updated")

    seen = [
        (await ben.get("/api/dashboard")).data["recentMessages"][0]["sender"],
        (await ben.get(f"/api/study-rooms/{room}/messages")).data["messages"][0]["sender"],
        next(one for one in (await ben.get(f"/api/study-rooms/{room}")).data["members"] if one["id"] == ada.id),
        next(one for one in (await ben.get(f"/api/study-rooms/{room}/presence")).data if one["userId"] == ada.id),
        next(one for one in (await watching.call("join-room", room))["users"] if one["id"] == ada.id),
        (await own.call("send-message", {"roomId": room, "content": "again"}))["message"]["sender"],
    ]
    assert {one["name"] for one in seen} == {"Ada Byron"}


async def test_no_old_name_is_heard_after_new_one(school, room):
    ada, ben, _, room = room
    watching, own = await ben.chat(room), await ada.chat(room)
    for number in range(20):
        await asyncio.gather(
            *(own.call("send-message", {"roomId": room, "content": f"{number}.{part}"}) for part in range(3)),
            ada.put("/api/auth/me", {"firstName": f"Ada {number}"}),
            ada.post(f"/api/study-rooms/{room}/messages", {"content": "over HTTP"}),
        )
    await watching.hears("user-updated", lambda said: said["user"]["name"] == "Ada 19 Okafor")
    await watching.settles()
    name = "Ada Okafor"
    for event, said, *_ in watching.heard:
        if event == "user-updated":
            name = said["user"]["name"]
        elif event == "message":
            assert said["sender"]["name"] == name


async def test_concurrent_renames_end_with_the_stored_name(school, room):
    ada, ben, _, room = room
    watching = await ben.chat(room)
    await ada.chat(room)
    for number in range(10):
        await asyncio.gather(
            ada.put("/api/auth/me", {"firstName": f"Ada {number}"}),
            ada.put("/api/auth/me", {"lastName": f"Okafor {number}"}),
            ada.put("/api/auth/me", {"avatar": f"/{number}.png"}),
        )
        now = (await ada.get("/api/auth/me")).data
        await watching.settles()
        assert watching.of("user-updated")[-1]["user"] == {name: now[name] for name in ("id", "name", "avatar")}
        assert (await watching.call("join-room", room))["users"][-1]["name"] == now["name"]


async def test_deleted_user_is_named_so_where_they_had_left(school, room):
    ada, ben, cleo, room = room
    left = await cleo.opens("Left long ago")
    await ada.joins(left)
    await ada.post(f"/api/study-rooms/{left}/messages", {"content": "bye"})
    await ada.post(f"/api/study-rooms/{left}/leave")
    watching, elsewhere = await ben.chat(room), await cleo.chat(left)

    await ada.deletes_their_account()

    for chat in (watching, elsewhere):
        said = await chat.hears("user-updated")
        assert said["user"] == {"id": ada.id, "name": "Deleted user", "avatar": None}


async def test_lost_admin_role_is_told_to_own_devices():
    async with served() as school:
        ada, ben = await school.person("Ada"), await school.person("Ben")
        storage = school.storage
        for person in (ada, ben):
            await storage.set_access(person.id, role="admin")
        await school.services.ctx.cache.invalidate_cache_pattern("")
        tablet = await ben.personal()
        assert (await ada.put(f"/api/users/{ben.id}", {"role": "student"})).data["role"] == "student"
        assert (await tablet.hears("user-updated"))["user"]["id"] == ben.id


async def test_names_change_so_often_and_no_more():
    settings = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_PROFILES": "2/hour"}
    async with served(environ=settings) as school:
        ada = await school.person()
        assert [(await ada.put("/api/auth/me", {"firstName": name})).status for name in "AABBC"] == [200] * 4 + [429]
        assert (await ada.put("/api/auth/me", {"bio": "still mine to change", "firstName": "B"})).status == 200
