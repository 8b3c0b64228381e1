"""Removal and ban of a member: no event is received afterwards, and the places of the room stay exact."""

import asyncio

import pytest

from tests.support.served import served
from tests.support.staffed_room import code, staffed


@pytest.mark.parametrize("reason", ["removed", "banned"])
async def test_who_is_put_out_is_told_and_hears_nothing_more_on_any_device(school, reason):
    room, path, ada, mo, ben = await staffed(school)
    watching = await ada.chat(room)
    phone, laptop = await ben.chat(room), await ben.chat(room)
    assert [one["id"] for one in (await ben.get("/api/dashboard")).data["activeRooms"]] == [room], "which is remembered"

    if reason == "removed":
        answer = await mo.delete(f"{path}/members/{ben.id}")
    else:
        answer = await mo.put(f"{path}/bans/{ben.id}", {"reason": "spam"})

    assert answer.status == 200
    for device in (phone, laptop):
        assert await device.hears("removed-from-room") == {"roomId": room, "reason": reason}
    left = await watching.hears("user-left")
    assert (left["userId"], left["activeMembers"]) == (ben.id, 1)
    assert await watching.hears("member-left") == {"roomId": room, "userId": ben.id, "totalMembers": 2}
    assert (await watching.hears("message"))["content"] == "“Mo Okafor” removed “Ben Okafor”"
    await ada.post(f"{path}/messages", {"content": "just us now"})
    await watching.hears("message", lambda said: said["seq"] == 3)
    assert phone.of("message") == laptop.of("message") == []
    for event, argument in {
        "send-message": {"roomId": room, "content": "let me in"},
        "update-status": {"roomId": room, "status": "busy"},
        "mark-read": {"roomId": room, "seq": 1},
        "join-room": room,
    }.items():
        assert (await phone.call(event, argument))["error"]["code"] == "not_a_member"
    assert (await ben.get("/api/dashboard")).data["activeRooms"] == []
    assert (await ben.get("/api/study-rooms")).data["userRooms"] == []
    assert code(await ben.post(f"{path}/join")) == {"removed": "ok", "banned": "banned"}[reason]


async def test_nothing_said_after_the_answer_reaches_who_was_removed(school):
    room, path, ada, mo, ben = await staffed(school)
    talking, listening = await ada.chat(room), await ben.chat(room)
    over = asyncio.Event()
    said = []

    async def talk():
        while not over.is_set():
            answer = await talking.call("send-message", {"roomId": room, "content": "on and on"})
            said.append(answer["message"]["seq"])

    async def answers_back():
        while not over.is_set():
            answer = await listening.call("send-message", {"roomId": room, "content": "me too"})
            if answer["ok"]:
                said.append(answer["message"]["seq"])

    tasks = [asyncio.create_task(talk()) for _ in range(5)] + [asyncio.create_task(answers_back())]
    while len(said) < 20:
        await asyncio.sleep(0)
    assert (await mo.delete(f"{path}/members/{ben.id}")).status == 200
    answered = max(said)
    while len(said) < 60:
        await asyncio.sleep(0)
    over.set()
    await asyncio.gather(*tasks)
    await listening.hears("removed-from-room")
    names = [name for name, *_ in listening.heard]
    assert "message" not in names[names.index("removed-from-room") :], "nothing comes behind it"
    assert max(message["seq"] for message in listening.of("message")) <= answered + 6, "but for what was on its way"
    history = (await ada.get(f"{path}/messages?limit=100")).data["messages"]
    [removal] = [message["seq"] for message in history if message["isSystem"] and "removed" in message["content"]]
    assert [m for m in history if m["seq"] > removal and m["sender"] and m["sender"]["id"] == ben.id] == []


async def test_nobody_joins_a_room_that_was_closed_while_they_did(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    access = school.services.access
    looks = access.require_visible

    async def visible(room_id, user):
        seen = await looks(room_id, user)
        await school.storage.change_room(room_id, {"visibility": "private"})
        return seen

    access.require_visible = visible
    assert code(await ben.post(f"/api/study-rooms/{room}/join")) == "room_not_found"
    assert (await ada.get(f"/api/study-rooms/{room}")).data["totalMembers"] == 1


async def test_who_is_removed_from_a_private_room_finds_none(school):
    room, path, ada, mo, ben = await staffed(school)
    await ada.put(path, {"visibility": "private"})
    inside = await ben.chat(room)
    await mo.delete(f"{path}/members/{ben.id}")
    assert (await ben.get(path)).status == 404
    answer = await inside.call("send-message", {"roomId": room, "content": "hello?"})
    assert answer["error"]["code"] == "room_not_found"
    assert code(await ben.post(f"{path}/join")) == "room_not_found"


async def test_bans_are_listed_with_their_reasons_and_lifted(school):
    room, path, ada, mo, ben = await staffed(school)
    stranger = await school.person("Stranger")

    ban = (await mo.put(f"{path}/bans/{ben.id}", {"reason": " spam "})).data
    await ada.put(f"{path}/bans/{stranger.id}", {})

    assert ban == {
        "user": {"id": ben.id, "name": ben.name, "avatar": None},
        "bannedBy": {"id": mo.id, "name": mo.name, "avatar": None},
        "reason": "spam",
        "createdAt": ban["createdAt"],
    }
    listed = (await mo.get(f"{path}/bans")).data
    assert [one["user"]["id"] for one in listed] == [stranger.id, ben.id]
    assert listed[1] == ban
    assert code(await stranger.post(f"{path}/join")) == "banned"
    for person in (ben, stranger):
        assert (await mo.delete(f"{path}/bans/{person.id}")).data is None
        assert (await person.post(f"{path}/join")).status == 200
    assert (await mo.get(f"{path}/bans")).data == []
    assert room


async def test_who_is_banned_from_a_private_room_finds_none(school):
    room, path, ada, _, ben = await staffed(school)
    await ada.put(path, {"visibility": "private"})
    await ada.put(f"{path}/bans/{ben.id}", {})
    assert code(await ben.post(f"{path}/join")) == "room_not_found"
    assert code(await ben.get(f"{path}/basic-info")) == "room_not_found"
    assert room


async def test_a_place_is_kept_while_a_dropped_connection_may_come_back():
    async with served(environ={"STUDYHALL_PRESENCE_GRACE": "0.2"}) as school:
        ada, ben, cleo = [await school.person(name) for name in ("Ada", "Ben", "Cleo")]
        room = await ada.opens(capacity=2)
        await ben.joins(room)
        watching, dropping = await ada.chat(room), await ben.chat(room)
        await dropping.drop()
        full = await cleo.post(f"/api/study-rooms/{room}/join")
        assert code(full) == "room_full", "inside the grace"
        await watching.hears("user-left")
        assert code(await cleo.post(f"/api/study-rooms/{room}/join")) == "room_full", "and after it: a member is one"
        assert (await (await ben.chat()).call("join-room", room))["ok"]


async def test_fifty_who_join_are_invited_and_banned_at_once_leave_the_numbers_true(school):
    ada = await school.person()
    room = await ada.opens(capacity=12)
    path = f"/api/study-rooms/{room}"
    invite = (await ada.post(f"{path}/invites", {"uses": 9})).data
    crowd = [await school.person(f"P{number}") for number in range(50)]
    watching = await ada.chat(room)

    async def comes(number, person):
        if number % 3 == 0:
            return await person.post(f"/api/invites/{invite['code']}")
        if number % 3 == 1:
            return await person.post(f"{path}/join")
        await person.post(f"{path}/join")
        return await ada.put(f"{path}/bans/{person.id}", {})

    answers = await asyncio.gather(*(comes(number, person) for number, person in enumerate(crowd)))

    assert {answer.status for answer in answers} <= {200, 404, 409}
    details = (await ada.get(path)).data
    members = {member["id"] for member in details["members"]}
    banned = {ban["user"]["id"] for ban in (await ada.get(f"{path}/bans")).data}
    assert details["totalMembers"] == len(members) <= 12
    assert banned == {person.id for number, person in enumerate(crowd) if number % 3 == 2}
    assert not members & banned
    await asyncio.gather(*(person.post(f"{path}/join") for person in crowd))
    assert (await ada.get(path)).data["totalMembers"] == 12, "and no place is lost"
    heard = {}
    await watching.call("nonsense")  # whatever was said before is heard before its ack
    for event, said, *_ in watching.heard:
        if event == "member-updated":
            heard[said["member"]["id"]] = said
        elif event == "member-left":
            heard.pop(said["userId"], None)
    assert set(heard) | {ada.id} == {member["id"] for member in (await ada.get(path)).data["members"]}
