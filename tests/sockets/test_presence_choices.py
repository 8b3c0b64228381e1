"""Statuses and activities that members choose: events, requests, moderation, and a restart of the server."""

import asyncio

import pytest

from tests.support.served import served, signs_in
from tests.support.staffed_room import code


@pytest.fixture
async def pair(school):
    """Ada's room with Ada and Ben present."""
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    return ada, ben, room, await ada.chat(room), await ben.chat(room)


async def _choice(person, room, of):
    users = (await person.get(f"/api/study-rooms/{room}/presence")).data
    return next(((user["status"], user["activity"]) for user in users if user["userId"] == of.id), None)


async def test_activity_is_published_and_shown_to_later_arrivals(school, pair):
    ada, ben, room, watching, chat = pair

    assert await chat.call("update-status", {"roomId": room, "activity": " Sheet 4, 2b "}) == {"ok": True}

    said = await watching.hears("status-updated")
    assert (said["userId"], said["status"], said["activity"], said["version"]) == (ben.id, "active", "Sheet 4, 2b", 3)
    late = await ada.chat(room)
    [users] = late.of("room-users")
    assert {user["id"]: user["activity"] for user in users} == {ada.id: None, ben.id: "Sheet 4, 2b"}
    await chat.call("update-status", {"roomId": room, "status": "busy"})
    said = await watching.hears("status-updated", lambda said: said["status"] == "busy")
    assert said["activity"] == "Sheet 4, 2b", "a status leaves the activity as it is"


@pytest.mark.parametrize("empty", [None, "", " \u200b "])
async def test_null_or_empty_activity_clears_it(pair, empty):
    ada, ben, room, watching, chat = pair
    path = f"/api/study-rooms/{room}/presence"
    shown = (await ben.post(path, {"activity": "Sheet 4", "status": "away"})).data
    assert [(user["status"], user["activity"]) for user in shown] == [("active", None), ("away", "Sheet 4")]

    await chat.call("update-status", {"roomId": room, "activity": empty})

    await watching.hears("status-updated", lambda said: said["activity"] is None and said["status"] == "away")
    assert await _choice(ada, room, ben) == ("away", None)


async def test_same_activity_again_publishes_nothing(pair):
    _, _, room, watching, chat = pair
    for _ in range(3):
        await chat.call("update-status", {"roomId": room, "activity": "Sheet 4"})
    await watching.call("nonsense")  # whatever was published before is received before its ack
    assert len(watching.of("status-updated")) == 1


async def test_choice_stands_over_visits_until_membership_ends(pair):
    ada, ben, room, watching, chat = pair
    await chat.call("update-status", {"roomId": room, "status": "busy", "activity": "Sheet 4"})
    await chat.call("leave-room", room)
    await watching.hears("user-left")

    assert (await (await ben.chat()).call("join-room", room))["chosenStatus"] == "busy"

    back = await watching.hears("user-joined", lambda said: said["version"] > 3)
    assert (back["status"], back["activity"]) == ("busy", "Sheet 4")
    await ben.post(f"/api/study-rooms/{room}/leave")
    await ben.joins(room)
    ack = await (await ben.chat()).call("join-room", room)
    assert ack["chosenStatus"] is None
    assert await _choice(ada, room, ben) == ("active", None)


async def test_choice_stands_over_a_restart_of_the_server(tmp_path):
    environ = {"STUDYHALL_STORAGE_URL": f"sqlite:///{tmp_path}/study.db"}
    async with served(environ=environ) as school:
        ada = await school.person("Ada")
        room = await ada.opens()
        chat = await ada.chat(room)
        await chat.call("update-status", {"roomId": room, "status": "away", "activity": "Essay plan"})
    async with served(environ=environ) as school:
        again = await signs_in(school, ada)
        ack = await (await again.chat()).call("join-room", room)
        assert ack["chosenStatus"] == "away"
        assert [(user["status"], user["activity"]) for user in ack["users"]] == [("away", "Essay plan")]


async def test_user_active_counts_in_every_room_of_the_user(pair, pass_by):
    ada, ben, room, watching, chat = pair
    other = await ben.opens()
    phone = await ben.chat(other)
    pass_by(600)
    assert await _choice(ben, other, ben) == ("away", None)

    assert await chat.call("user-active", {}) == {"ok": True}

    assert await _choice(ada, room, ben) == await _choice(ben, other, ben) == ("active", None)
    assert (await phone.hears("status-updated", lambda said: said["status"] == "active"))["roomId"] == other
    assert await _choice(ada, room, ada) == ("away", None)
    outside = await ben.chat()
    assert await outside.call("user-active", {}) == {"ok": True}, "without a room there is nothing to do"


async def test_user_with_focus_session_is_not_away_until_it_is_over(pair, pass_by):
    ada, ben, room, watching, chat = pair
    assert (await chat.call("start-focus", {"roomId": room, "activity": "Read on paper"}))["ok"]

    for _ in range(3):
        pass_by(600)
    assert await _choice(ada, room, ada) == ("away", None)
    assert await _choice(ada, room, ben) == ("active", None)

    assert (await chat.call("stop-focus", {}))["ok"]
    pass_by(600)
    assert await _choice(ada, room, ben) == ("away", None)


async def test_muted_member_sets_no_activity(pair):
    ada, ben, room, watching, chat = pair
    path = f"/api/study-rooms/{room}"
    await ben.post(f"{path}/presence", {"activity": "Sheet 4"})
    await ada.put(f"{path}/members/{ben.id}/mute", {"seconds": 60})

    over_socket = await chat.call("update-status", {"roomId": room, "activity": "Rude", "status": "busy"})
    over_http = await ben.post(f"{path}/presence", {"activity": "Rude"})

    assert over_socket["error"]["code"] == code(over_http) == "muted"
    assert 55 < over_socket["error"]["retryAfter"] <= 60
    assert await _choice(ada, room, ben) == ("active", "Sheet 4")
    assert (await chat.call("update-status", {"roomId": room, "activity": ""}))["ok"], "but may delete their own"
    assert await _choice(ada, room, ben) == ("active", None)


async def test_moderator_clears_an_activity_and_the_log_has_it(school, pair):
    ada, ben, room, watching, chat = pair
    path = f"/api/study-rooms/{room}"
    await chat.call("update-status", {"roomId": room, "activity": "Rude"})
    assert code(await ben.delete(f"{path}/members/{ada.id}/activity")) == "forbidden"

    for _ in range(2):
        assert (await ada.delete(f"{path}/members/{ben.id}/activity")).data is None

    said = await chat.hears("status-updated", lambda said: said["activity"] is None)
    assert said["userId"] == ben.id
    assert await _choice(ada, room, ben) == ("active", None)
    [entry] = (await ada.get(f"{path}/audit-log")).data["entries"]
    assert (entry["action"], entry["actor"]["id"], entry["target"]["id"]) == ("activity-cleared", ada.id, ben.id)
    assert entry["details"] == {}


async def test_activities_sent_at_once_end_as_the_stored_one(pair):
    ada, ben, room, watching, chat = pair
    phone = await ben.chat(room)
    texts = [f"Sheet {number}" for number in range(20)]

    await asyncio.gather(
        *(
            (chat, phone)[number % 2].call("update-status", {"roomId": room, "activity": text})
            for number, text in enumerate(texts)
        )
    )

    shown = await _choice(ada, room, ben)
    await watching.call("nonsense")  # whatever was published before is received before its ack
    last = watching.of("status-updated")[-1]
    assert last["activity"] == shown[1]
    await chat.call("leave-room", room)
    await phone.call("leave-room", room)
    ack = await chat.call("join-room", room)
    assert [user["activity"] for user in ack["users"] if user["id"] == ben.id] == [shown[1]], "as stored"
