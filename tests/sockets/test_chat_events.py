"""Talking live: the events of /chat, through python-socketio's own client."""

import asyncio

import pytest
import socketio

from tests.support.served import PATIENCE, served

UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"


async def test_coming_into_a_room_answers_all_there_is_to_know(school):
    ada = await school.person()
    room = await ada.opens()
    chat = await ada.chat()

    answer = await chat.call("join-room", room)

    assert answer["ok"] is True
    assert (answer["room"]["id"], answer["room"]["role"]) == (room, "owner")
    [user] = answer["users"]
    assert user | {"lastActive": 0} == {
        "id": ada.id,
        "name": ada.name,
        "avatar": None,
        "status": "active",
        "lastActive": 0,
        "activity": None,
        "followsTimer": True,
        "focusedToday": None,
        "focusSince": None,
    }
    assert (answer["lastSeq"], answer["lastRead"], answer["missed"], answer["recovered"]) == (0, 0, [], False)
    assert answer["epoch"]
    assert await chat.hears("room-users") == answer["users"]
    assert next(said for said in chat.heard if said[0] == "room-users")[2] == {"roomId": room, "version": 1}


async def test_messages_are_acked_and_heard_by_everyone_inside_in_order(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    hers, his = await ada.chat(room), await ben.chat(room)

    async def talk(chat, who):
        for number in range(20):
            answer = await chat.call("send-message", {"roomId": room, "content": f"{who} {number}"})
            assert answer["ok"], answer

    await asyncio.gather(talk(hers, "ada"), talk(his, "ben"))

    await hers.hears("message", lambda said: said["seq"] == 40)
    await his.hears("message", lambda said: said["seq"] == 40)
    assert hers.of("message") == his.of("message")
    assert [said["seq"] for said in hers.of("message")] == list(range(1, 41))
    for who in ("ada", "ben"):
        own = [said["content"] for said in hers.of("message") if said["content"].startswith(who)]
        assert own == [f"{who} {number}" for number in range(20)]


async def test_events_of_one_client_are_handled_in_the_order_sent(school):
    ada = await school.person()
    room = await ada.opens()
    chat = await ada.chat(room)

    for number in range(200):
        await chat.emit("send-message", {"roomId": room, "content": str(number)})

    await chat.hears("message", lambda said: said["seq"] == 200)
    assert [said["content"] for said in chat.of("message")] == [str(number) for number in range(200)]


async def test_a_dropped_client_comes_back_with_since_and_misses_nothing(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    hers, his = await ada.chat(room), await ben.chat(room)
    await hers.call("send-message", {"roomId": room, "content": "one"})
    await his.hears("message")
    await his.drop()
    for content in ("two", "three"):
        await hers.call("send-message", {"roomId": room, "content": content})

    back = await ben.chat()
    answer = await back.call("join-room", {"roomId": room, "since": 1})

    assert answer["recovered"] is True
    assert [message["content"] for message in answer["missed"]] == ["two", "three"]
    assert answer["lastSeq"] == 3
    again = await back.call("join-room", {"roomId": room, "since": 3, "epoch": answer["epoch"]})
    assert (again["recovered"], again["missed"]) == (True, [])


@pytest.mark.parametrize(
    "back",
    [
        pytest.param({"since": 1, "epoch": "another"}, id="another epoch"),
        pytest.param({"since": 1}, id="more than 300 missed"),
        pytest.param({"since": 400}, id="a number the history has not reached"),
    ],
)
async def test_who_cannot_be_caught_up_gets_the_latest_fifty(school, back):
    ada = await school.person()
    room = await ada.opens()
    chat = await ada.chat(room)
    await asyncio.gather(
        *(ada.post(f"/api/study-rooms/{room}/messages", {"content": str(number)}) for number in range(302))
    )

    answer = await chat.call("join-room", {"roomId": room, **back})

    assert answer["recovered"] is False
    assert [message["seq"] for message in answer["missed"]] == list(range(253, 303))


async def test_exactly_three_hundred_missed_are_recovered(school):
    ada = await school.person()
    room = await ada.opens()
    chat = await ada.chat(room)
    await asyncio.gather(
        *(ada.post(f"/api/study-rooms/{room}/messages", {"content": str(number)}) for number in range(301))
    )

    answer = await chat.call("join-room", {"roomId": room, "since": 1})

    assert answer["recovered"] is True
    assert [message["seq"] for message in answer["missed"]] == list(range(2, 302))


async def test_a_retry_over_the_socket_is_the_same_message(school):
    ada = await school.person()
    room = await ada.opens()
    chat = await ada.chat(room)
    message = {"roomId": room, "content": "once", "clientMessageId": "k1"}

    first = await chat.call("send-message", message)
    await chat.drop()
    back = await ada.chat(room)
    second = await back.call("send-message", message)

    assert second["message"] == first["message"]
    assert back.of("message") == []


async def test_who_leaves_a_room_hears_no_more_of_it(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    await ben.joins(room)
    hers, his = await ada.chat(room), await ben.chat(room)

    assert await his.call("leave-room", {"roomId": room}) == {"ok": True}
    await hers.call("send-message", {"roomId": room, "content": "gone?"})

    assert await his.call("leave-room", room) == {"ok": True}, "leaving twice is no error"
    assert his.of("message") == []


@pytest.mark.parametrize(
    ("event", "argument"),
    [
        ("join-room", UNKNOWN),
        ("leave-room", UNKNOWN),
        ("send-message", {"roomId": UNKNOWN, "content": "hi"}),
        ("update-status", {"roomId": UNKNOWN, "status": "busy"}),
        ("mark-read", {"roomId": UNKNOWN, "seq": 1}),
    ],
)
async def test_a_room_that_is_none_is_told_in_ack_and_in_error(school, event, argument):
    ada = await school.person()
    chat = await ada.chat()

    answer = await chat.call(event, argument)
    await chat.emit(event, argument)

    assert answer == {"ok": False, "error": {"code": "room_not_found", "message": "There is no such room."}}
    assert await chat.hears("error") == "There is no such room."
    assert next(said for said in chat.heard if said[0] == "error")[2] == {"code": "room_not_found", "event": event}


async def test_outsiders_are_not_let_in_and_private_rooms_are_not_there(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    public, private = await ada.opens(), await ada.opens(visibility="private")
    chat = await ben.chat()

    for room, code in ((public, "not_a_member"), (private, "room_not_found")):
        assert (await chat.call("join-room", room))["error"]["code"] == code
        assert (await chat.call("send-message", {"roomId": room, "content": "hi"}))["error"]["code"] == code
        assert (await chat.call("mark-read", {"roomId": room, "seq": 1}))["error"]["code"] == code
        await ada.post(f"/api/study-rooms/{room}/messages", {"content": "members only"})

    assert chat.of("message") == []


async def test_only_events_of_the_table_pass(school):
    ada = await school.person()
    chat = await ada.chat()

    for event in ("nonsense", "connect", "disconnect", "message", "__init__", ""):
        answer = await chat.call(event, {"token": "forged"})
        assert answer["error"]["code"] == "unknown_event", event

    assert chat.client.connected


@pytest.mark.parametrize("namespace", ["/", "/chat"])
@pytest.mark.parametrize(
    ("auth", "message"),
    [
        (None, "Authentication token is required"),
        ({}, "Authentication token is required"),
        ({"token": None}, "Authentication token is required"),
        ({"token": "nonsense"}, "Authentication failed"),
        ({"token": 5}, "Authentication failed"),
        ({"token": ["x"]}, "Authentication failed"),
        ({"token": "\ud800"}, "Authentication failed"),
    ],
)
async def test_who_brings_no_good_token_stays_outside(school, namespace, auth, message):
    client = socketio.AsyncClient(reconnection=False)
    refused = asyncio.get_running_loop().create_future()
    client.on("connect_error", refused.set_result, namespace=namespace)

    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(
            school.url, auth=auth, namespaces=[namespace], transports=["websocket"], wait_timeout=PATIENCE
        )

    assert (await refused)["message"] == message


async def test_a_sign_in_that_was_ended_opens_nothing(school):
    ada = await school.person()
    await ada.post("/api/auth/logout")

    with pytest.raises(socketio.exceptions.ConnectionError, match="namespaces failed to connect"):
        await ada.chat()


async def test_who_says_too_much_is_told_when_there_is_room_again():
    environ = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_MESSAGES": "2/10 seconds"}
    async with served(environ=environ) as school:
        ada = await school.person()
        room = await ada.opens()
        chat = await ada.chat(room)
        message = {"roomId": room, "content": "hi"}

        answers = [await chat.call("send-message", message) for _ in range(3)]
        await chat.emit("send-message", message)

        assert [answer["ok"] for answer in answers] == [True, True, False]
        assert answers[2]["error"]["code"] == "rate_limited"
        assert 0 < answers[2]["error"]["retryAfter"] <= 10
        await chat.hears("error")
        details = next(said for said in chat.heard if said[0] == "error")[2]
        assert details["code"] == "rate_limited"
        assert 0 < details["retryAfter"] <= 10


async def test_long_polling_does_all_the_same(school):
    ada = await school.person()
    room = await ada.opens()
    polling, websocket = await ada.chat(room, transport="polling"), await ada.chat(room)

    await asyncio.gather(
        *(polling.call("send-message", {"roomId": room, "content": f"{number} " + "x" * 2000}) for number in range(30))
    )

    await websocket.hears("message", lambda said: said["seq"] == 30)
    await polling.hears("message", lambda said: said["seq"] == 30)
    assert polling.of("message") == websocket.of("message")


async def test_the_personal_namespace_tells_what_happened_elsewhere(school):
    ada, ben = await school.person("Ada"), await school.person("Ben")
    room = await ada.opens()
    notified = asyncio.Queue()
    client = socketio.AsyncClient(reconnection=False)
    client.on("notification", notified.put)
    await client.connect(school.url, auth={"token": ada.token}, transports=["websocket"], wait_timeout=PATIENCE)

    await ben.joins(room)

    told = await asyncio.wait_for(notified.get(), PATIENCE)
    assert told | {"timestamp": 0} == {
        "type": "member-joined",
        "roomId": room,
        "roomName": "Calculus",
        "timestamp": 0,
        "user": {"id": ben.id, "name": "Ben Okafor", "avatar": None},
        "totalMembers": 2,
    }
    assert (await client.call("join-room", room))["error"]["code"] == "unknown_event", "there one only listens"
    await client.disconnect()
