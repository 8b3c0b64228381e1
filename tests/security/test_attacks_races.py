"""Attacks by concurrent requests. Each test ends in a state that is possible with one request after the other."""

import asyncio
from collections import Counter

import pytest

from tests.support.scene import school_on
from tests.support.served import PASSWORD

ROUNDS = 10


@pytest.fixture(params=["memory", "sqlite"])
async def school(request, tmp_path):
    async with school_on(request.param, tmp_path) as running:
        yield running


def _statuses(answers):
    return Counter(answer.status for answer in answers)


async def test_of_two_who_are_given_a_room_at_once_one_gets_it(school):
    ada, ben, cleo, dora = [await school.person(name) for name in ("Ada", "Ben", "Cleo", "Dora")]
    for _ in range(ROUNDS):
        room = await ada.opens()
        heirs = [ben, cleo, dora]
        for heir in heirs:
            await heir.joins(room)

        answers = await asyncio.gather(
            *(ada.put(f"/api/study-rooms/{room}", {"ownerId": heir.id}) for heir in (*heirs, ben))
        )

        assert set(_statuses(answers)) <= {200, 403}
        given = {heir.id for heir, answer in zip((*heirs, ben), answers, strict=True) if answer.status == 200}
        assert len(given) == 1, "who has handed a room over has nothing more to hand over"
        roles = {m["id"]: m["role"] for m in (await ada.get(f"/api/study-rooms/{room}")).data["members"]}
        assert roles == {**dict.fromkeys(roles, "member"), ada.id: "moderator", given.pop(): "owner"}


async def test_who_hands_a_room_over_cannot_take_it_back_with_what_is_on_its_way(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    for _ in range(ROUNDS):
        room = await ada.opens()
        await ben.joins(room)

        await asyncio.gather(
            ada.put(f"/api/study-rooms/{room}", {"ownerId": ben.id}),
            ada.put(f"/api/study-rooms/{room}", {"ownerId": ada.id}),
            ben.put(f"/api/study-rooms/{room}", {"ownerId": ben.id}),
        )

        roles = {m["id"]: m["role"] for m in (await ada.get(f"/api/study-rooms/{room}")).data["members"]}
        assert roles == {ada.id: "moderator", ben.id: "owner"}


async def test_nothing_outlives_a_room_that_is_deleted_while_people_use_it(school):
    ada = await school.person("Ada")
    others = [await school.person("Ben", f"Number{number}") for number in range(5)]
    for _ in range(ROUNDS):
        room = await ada.opens()
        path = f"/api/study-rooms/{room}"
        for other in others[:3]:
            await other.joins(room)
        inside = await others[0].chat(room)

        said = [other.post(f"{path}/messages", {"content": "hello"}) for other in others]
        joined = [other.post(f"{path}/join") for other in others]
        entered = [inside.call("send-message", {"roomId": room, "content": "hi"}), inside.call("join-room", room)]
        *answers, first, second = await asyncio.gather(*said, ada.delete(path), *joined, *entered)

        assert set(_statuses(answers)) <= {200, 201, 403, 404}
        assert all(ack["ok"] or ack["error"]["code"] in {"room_not_found", "not_a_member"} for ack in (first, second))
        await inside.hears("room-deleted")
        deleted = [event for event, *_ in inside.heard].index("room-deleted")
        assert "message" not in [event for event, *_ in inside.heard[deleted:]]
        for person in (ada, *others):
            assert (await person.get(f"{path}/messages")).status == 404
            assert room not in str((await person.get("/api/study-rooms")).body)
            assert room not in str((await person.get("/api/dashboard")).body)
        await inside.close()


async def test_no_room_is_left_without_an_owner_by_somebody_who_deletes_their_account(school):
    ben, admin = await school.person("Ben"), await school.person("Grace")
    await school.storage.set_access(admin.id, role="admin")
    for number in range(ROUNDS):
        eve = await school.person("Eve", f"Number{number}")
        mine, ours, his = await eve.opens("Mine"), await eve.opens("Ours"), await ben.opens("His")
        for person, room in ((ben, ours), (eve, his)):
            await person.joins(room)

        deleted, *answers = await asyncio.gather(
            eve.delete("/api/auth/me", {"currentPassword": PASSWORD}),
            *(eve.post("/api/study-rooms", {"name": "New"}) for _ in range(5)),
            ben.post(f"/api/study-rooms/{mine}/join"),
            ben.put(f"/api/study-rooms/{his}", {"ownerId": eve.id}),
        )

        assert deleted.status == 200
        made = [answer.data["id"] for answer in answers[:5] if answer.status == 201]
        for room in (mine, ours, his, *made):
            found = await admin.get(f"/api/study-rooms/{room}")
            if found.status == 200:
                roles = Counter(member["role"] for member in found.data["members"])
                assert roles["owner"] == 1, "somebody can look after it"
                assert eve.id not in {member["id"] for member in found.data["members"]}


async def test_nobody_comes_in_with_an_account_that_is_being_deleted_or_disabled(school):
    storage = school.storage
    for number in range(ROUNDS):
        eve = await school.person("Eve", f"Number{number}")
        credentials = {"email": eve.user["email"], "password": PASSWORD}
        logins = [school.request("POST", "/api/auth/login", credentials) for _ in range(3)]
        renewed = school.request("POST", "/api/auth/refresh", {"refreshToken": eve.refresh_token})
        ended = eve.deletes_their_account() if number % 2 else storage.set_access(eve.id, disabled=True)

        *answers, _ = await asyncio.gather(*logins, renewed, ended)

        for answer in answers:
            assert answer.status in {200, 401, 403}
            if answer.status == 200:
                assert (await school.request("GET", "/api/auth/me", token=answer.body["token"])).status == 401
                again = {"refreshToken": answer.body["refreshToken"]}
                assert (await school.request("POST", "/api/auth/refresh", again)).status == 401


async def test_who_is_no_admin_any_more_is_none_from_the_next_request_on(school):
    grace, ada = await school.person("Grace"), await school.person("Ada")
    storage = school.storage
    keeper = await school.person("Keeper")
    for person in (grace, keeper):
        await storage.set_access(person.id, role="admin")
    room = await ada.opens(visibility="private")
    path = f"/api/study-rooms/{room}"
    chat = await grace.chat()
    assert (await grace.get(path)).status == 200
    assert (await chat.call("join-room", room))["error"]["code"] == "not_a_member"

    assert (await keeper.put(f"/api/users/{grace.id}", {"role": "student"})).status == 200

    assert (await chat.call("join-room", room))["error"]["code"] == "room_not_found"
    answers = [
        await grace.get(path),
        await grace.put(path, {"name": "Mine"}),
        await grace.delete(path),
        await grace.get(f"{path}/audit-log"),
        await grace.post(f"{path}/messages/system", {"content": "hello"}),
        await grace.post(f"{path}/join"),
    ]
    assert _statuses(answers) == {404: len(answers)}
    assert (await grace.put(f"/api/users/{keeper.id}", {"role": "student"})).status == 403
    assert (await grace.get("/api/users")).status == 403
    assert (await keeper.get(path)).status == 200


async def test_the_last_place_in_a_room_is_taken_once(school):
    ada = await school.person("Ada")
    people = [await school.person("Ben", f"Number{number}") for number in range(10)]
    room = await ada.opens(capacity=3)

    answers = await asyncio.gather(*(person.post(f"/api/study-rooms/{room}/join") for person in people * 2))

    inside = (await ada.get(f"/api/study-rooms/{room}")).data
    assert len(inside["members"]) == inside["totalMembers"] == 3
    assert set(_statuses(answers)) == {200, 409}


async def test_whoever_goes_and_comes_back_at_once_is_either_in_or_out(school):
    ada, eve = await school.person("Ada"), await school.person("Eve")
    room = await ada.opens()
    path = f"/api/study-rooms/{room}"
    for number in range(ROUNDS):
        await eve.joins(room)
        chat = await eve.chat(room)
        leaving = asyncio.gather(
            eve.post(f"{path}/leave"),
            chat.call("join-room", room),
            eve.post(f"{path}/messages", {"content": f"hello {number}"}),
            chat.call("send-message", {"roomId": room, "content": f"hi {number}"}),
        )
        await leaving

        assert (await eve.get(f"{path}/messages")).status == 403
        assert eve.id not in {person["userId"] for person in (await ada.get(f"{path}/presence")).data}
        chat.heard.clear()
        await ada.post(f"{path}/messages", {"content": f"nobody knows {number}"})
        assert (await chat.call("update-status", {"roomId": room, "status": "busy"}))["ok"] is False
        assert chat.of("message") == []
        await chat.close()
