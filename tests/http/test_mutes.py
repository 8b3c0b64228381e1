"""Mutes of a member, and notifications to the users that an action concerns."""

import asyncio
import time

import socketio

from tests.support.served import PATIENCE
from tests.support.staffed_room import code, staffed


async def test_who_is_muted_is_told_until_when_and_everything_else_works(school):
    room, path, ada, mo, ben = await staffed(school)
    inside, elsewhere = await ben.chat(room), await ada.chat(room)

    muted = (await mo.put(f"{path}/members/{ben.id}/mute", {"seconds": 60})).data

    assert muted["mutedUntil"] > muted["joinedAt"]
    for device in (inside, elsewhere):
        said = await device.hears("member-updated")
        assert said["member"] == muted
    for answer in (
        await inside.call("send-message", {"roomId": room, "content": "but"}),
        await inside.call("send-message", {"roomId": room, "content": "but"}),
    ):
        assert answer["error"]["code"] == "muted"
        assert 55 < answer["error"]["retryAfter"] <= 60
    over_http = await ben.post(f"{path}/messages", {"content": "but"})
    assert (over_http.status, over_http.body["code"]) == (403, "muted")
    assert 55 < over_http.body["retryAfter"] <= int(over_http.headers["Retry-After"]) <= 60
    assert (await inside.call("mark-read", {"roomId": room, "seq": 0}))["ok"]
    assert (await inside.call("update-status", {"roomId": room, "status": "busy"}))["ok"]
    assert (await (await ben.chat()).call("join-room", room))["mutedUntil"] == muted["mutedUntil"]
    members = {member["id"]: member["mutedUntil"] for member in (await ada.get(path)).data["members"]}
    assert members == {ada.id: None, mo.id: None, ben.id: muted["mutedUntil"]}
    await ben.post(f"{path}/leave")
    await ben.joins(room)
    assert code(await ben.post(f"{path}/messages", {"content": "a fresh start?"})) == "muted"


async def test_a_mute_ends_by_itself_and_when_it_is_lifted(school, monkeypatch):
    room, path, ada, mo, ben = await staffed(school)
    for seconds, lifted in ((3, False), (3600, True)):
        await mo.put(f"{path}/members/{ben.id}/mute", {"seconds": seconds})
        refused = await ben.post(f"{path}/messages", {"content": "now?"})
        assert code(refused) == "muted"
        if lifted:
            assert (await mo.delete(f"{path}/members/{ben.id}/mute")).data is None
        else:
            over = time.time() + refused.body["retryAfter"]  # what it says is true
            monkeypatch.setattr("time.time", lambda over=over: over)
        assert (await ben.post(f"{path}/messages", {"content": "now?"})).status == 201
        assert {member["mutedUntil"] for member in (await ada.get(path)).data["members"]} == {None}
    assert room


async def test_a_muted_moderator_has_the_room_say_nothing_either(school):
    room, path, ada, mo, _ = await staffed(school)
    await ada.put(f"{path}/members/{mo.id}/mute", {"seconds": 60})
    assert code(await mo.post(f"{path}/messages/system", {"content": "hear, hear"})) == "muted"
    assert code(await mo.delete(f"{path}/members/{mo.id}/mute")) == "forbidden", "nobody helps themselves"
    assert room


async def test_notifications_name_the_other_person(school):
    _, path, ada, mo, ben = await staffed(school)
    heard = []
    client = socketio.AsyncClient(reconnection=False)
    client.on("notification", lambda said: heard.append((said["type"], said["user"]["name"])))
    await client.connect(school.url, auth={"token": mo.token}, transports=["websocket"], wait_timeout=PATIENCE)

    said = (await ben.post(f"{path}/messages", {"content": "hello"})).data
    await ben.post(f"{path}/messages/{said['id']}/report", {})
    await ada.put(path, {"ownerId": mo.id})
    await mo.put(path, {"ownerId": ada.id})
    await ada.delete(path)
    async with asyncio.timeout(PATIENCE):
        while len(heard) < 3:
            await asyncio.sleep(0.01)
    await client.disconnect()

    names = [person.user["name"] for person in (ben, ada, ada)]
    assert heard == list(zip(["message-reported", "room-handed-over", "room-deleted"], names, strict=True))


async def test_a_person_hears_of_their_mute_and_role_wherever_they_are(school):
    room, path, ada, mo, ben = await staffed(school)
    heard = []
    client = socketio.AsyncClient(reconnection=False)
    client.on("notification", heard.append)
    await client.connect(school.url, auth={"token": ben.token}, transports=["websocket"], wait_timeout=PATIENCE)

    until = (await mo.put(f"{path}/members/{ben.id}/mute", {"seconds": 60})).data["mutedUntil"]
    await mo.delete(f"{path}/members/{ben.id}/mute")
    await ada.put(f"{path}/members/{ben.id}", {"role": "moderator"})
    async with asyncio.timeout(PATIENCE):
        while len(heard) < 3:
            await asyncio.sleep(0.01)
    await client.disconnect()

    assert [(said["type"], said["roomId"], said.get("until"), said.get("role")) for said in heard] == [
        ("muted", room, until, None),
        ("unmuted", room, None, None),
        ("role-changed", room, None, "moderator"),
    ]
    assert [said.get("user", {}).get("id") for said in heard] == [None, None, ada.id]
