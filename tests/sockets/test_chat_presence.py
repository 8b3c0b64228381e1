"""Presence in rooms: events, and requests for the list."""

import asyncio

import pytest

from tests.support.raw_sockets import engine, until
from tests.support.served import served

GRACE = 10.0


async def drop(school, *chats):
    """Lose connections without a word, and wait until the server knows."""
    connections = engine(school).manager.connections
    left = len(connections) - len(chats)
    await asyncio.gather(*(chat.drop() for chat in chats))
    await until(lambda: len(connections) == left)


@pytest.fixture
async def pair(school):
    """Ada's room with Ada watching from inside, and Ben, a member who is not there yet."""
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    return ada, ben, room, await ada.chat(room)


async def _seen(person, room):
    users = (await person.get(f"/api/study-rooms/{room}/presence")).data
    return {user["userId"]: user["status"] for user in users}


async def test_a_person_comes_and_goes_once_from_however_many_tabs(pair):
    ada, ben, room, watching = pair
    first, second = await ben.chat(room), await ben.chat(room)

    await first.call("leave-room", room)
    assert await _seen(ada, room) == {ada.id: "active", ben.id: "active"}
    await second.call("leave-room", room)

    left = await watching.hears("user-left")
    assert left == {"userId": ben.id, "roomId": room, "activeMembers": 1, "version": 3}
    [joined] = watching.of("user-joined")
    assert joined | {"lastActive": 0} == {
        "id": ben.id,
        "name": ben.name,
        "avatar": None,
        "status": "active",
        "lastActive": 0,
        "activity": None,
        "followsTimer": True,
        "focusedToday": None,
        "focusSince": None,
        "roomId": room,
        "activeMembers": 2,
        "version": 2,
    }
    assert len(watching.of("user-left")) == 1
    assert first.of("user-joined") == [], "who came in is not told that they did"


async def test_coming_back_within_the_grace_is_silent(school, pair, pass_by):
    ada, ben, room, watching = pair
    chat = await ben.chat(room)
    await drop(school, chat)
    pass_by(GRACE - 5)
    back = await ben.chat(room)
    pass_by(GRACE)
    await watching.call("nonsense")  # whatever was said before is heard before its ack

    assert watching.of("user-left") == []
    assert len(watching.of("user-joined")) == 1
    assert len(back.of("room-users")[0]) == 2


async def test_after_the_grace_a_dropped_person_has_left(school, pair, pass_by):
    ada, ben, room, watching = pair
    chat = await ben.chat(room)

    await drop(school, chat)
    assert ben.id in await _seen(ada, room), "within the grace they count as here"
    pass_by(GRACE)

    await watching.hears("user-left")
    assert await _seen(ada, room) == {ada.id: "active"}
    assert (await ada.get(f"/api/study-rooms/{room}")).data["activeMembers"] == 1


async def test_a_status_is_told_and_kept(pair):
    ada, ben, room, watching = pair
    chat = await ben.chat(room)

    assert await chat.call("update-status", {"roomId": room, "status": "busy"}) == {"ok": True}

    told = await watching.hears("status-updated")
    assert told | {"lastActive": 0} == {
        "userId": ben.id,
        "roomId": room,
        "status": "busy",
        "lastActive": 0,
        "activity": None,
        "followsTimer": True,
        "focusedToday": None,
        "focusSince": None,
        "version": 3,
    }
    await chat.call("send-message", {"roomId": room, "content": "still busy"})
    assert await _seen(ada, room) == {ada.id: "active", ben.id: "busy"}
    answer = await ben.post(f"/api/study-rooms/{room}/presence", {"status": "active"})
    assert {user["userId"]: user["status"] for user in answer.data}[ben.id] == "active"


async def test_who_has_no_connection_has_no_status_to_set(pair):
    _, ben, room, _ = pair
    elsewhere = await ben.chat()

    over_http = await ben.post(f"/api/study-rooms/{room}/presence", {"status": "busy"})
    over_socket = await elsewhere.call("update-status", {"roomId": room, "status": "busy"})

    assert (over_http.status, over_http.body["code"]) == (409, "not_present")
    assert over_socket["error"]["code"] == "not_present"


async def test_who_does_nothing_is_away_until_they_act():
    async with served(environ={"STUDYHALL_PRESENCE_AWAY_AFTER": "0.3"}) as school:
        ada = await school.person()
        room = await ada.opens()
        chat = await ada.chat(room)

        assert (await chat.hears("status-updated"))["status"] == "away"
        await chat.call("send-message", {"roomId": room, "content": "back"})

        await chat.hears("status-updated", lambda said: said["status"] == "active")


async def test_input_without_status_wakes_only_automatic_status(pair, pass_by):
    ada, ben, room, watching = pair
    chat = await ben.chat()
    entered = await chat.call("join-room", room)
    assert (entered["chosenStatus"], entered["awayAfter"]) == (None, 600)

    pass_by(600)
    assert await _seen(ada, room) == {ada.id: "away", ben.id: "away"}
    assert await chat.call("update-status", {"roomId": room}) == {"ok": True}
    assert (await _seen(ada, room))[ben.id] == "active"

    await chat.call("update-status", {"roomId": room, "status": "away"})
    await chat.call("update-status", {"roomId": room})
    await chat.call("send-message", {"roomId": room, "content": "I am away, officially"})
    assert (await _seen(ada, room))[ben.id] == "away"
    assert (await chat.call("join-room", room))["chosenStatus"] == "away"

    for automatic in ("active", "automatic"):
        await ben.post(f"/api/study-rooms/{room}/presence", {"status": automatic})
        assert (await _seen(ada, room))[ben.id] == "active"
        pass_by(600)
        assert (await _seen(ada, room))[ben.id] == "away"

    elsewhere = await ben.chat()
    await chat.call("leave-room", room)
    assert (await elsewhere.call("update-status", {"roomId": room}))["error"]["code"] == "not_present"


async def test_leaving_on_all_devices_keeps_the_membership(pair):
    ada, ben, room, watching = pair
    phone, laptop = await ben.chat(room), await ben.chat(room)

    assert (await ben.delete(f"/api/study-rooms/{room}/presence")).data is None

    await watching.hears("user-left")
    await ada.post(f"/api/study-rooms/{room}/messages", {"content": "anyone?"})
    await watching.hears("message")
    assert phone.of("message") == laptop.of("message") == []
    assert (await ben.get(f"/api/study-rooms/{room}")).data["role"] == "member"
    assert (await phone.call("join-room", room))["ok"], "and may come back in"


async def test_a_crowd_that_comes_and_goes_at_once_is_counted_right(school, pass_by):
    ada = await school.person()
    room = await ada.opens()
    crowd = [await school.person(f"P{number}") for number in range(15)]
    for person in crowd:
        await person.joins(room)
    watching = await ada.chat(room)

    chats = await asyncio.gather(*(person.chat(room) for person in crowd for _ in range(2)))
    await drop(school, *chats[: len(chats) // 2])
    pass_by(GRACE)
    await watching.call("nonsense")  # whatever was said before is heard before its ack

    here = await _seen(ada, room)
    assert set(here) == {ada.id} | {person.id for person in crowd[7:]}
    replayed, version = {ada.id}, 1
    for event, said, *_ in watching.heard:
        if event == "user-joined":
            assert said["id"] not in replayed
            replayed.add(said["id"])
        elif event == "user-left":
            replayed.remove(said["userId"])
        else:
            continue
        version += 1
        assert (said["version"], said["activeMembers"]) == (version, len(replayed)), "no hole, and the count is true"
    assert replayed == set(here)


async def test_a_new_name_shows_to_who_comes_later(pair):
    _, ben, room, _ = pair
    await ben.chat(room)
    await ben.put("/api/auth/me", {"firstName": "Benjamin"})

    users = (await ben.get(f"/api/study-rooms/{room}/presence")).data

    assert [user["name"] for user in users if user["userId"] == ben.id] == ["Benjamin Okafor"]
