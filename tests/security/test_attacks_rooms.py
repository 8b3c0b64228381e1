"""Attacks with ids of rooms, messages and users without access to them."""

import json
import re

import pytest

import handlers
from tests.cases.authorisation import HTTP
from tests.support.authorisation import OK
from tests.support.raw_sockets import RawPolling, RawWebSocket
from tests.support.scene import Ear, Scene, filled
from tests.support.served import Served

ROOM = "/api/study-rooms/{id}"
SHOWING = [route.path for route in handlers.ROUTES if route.method == "GET"]


async def _bytes(school: Served, method: str, path: str, token: str | None, body: object = None) -> str:
    """Return all of an answer that is not new each time."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with school.http.request(method, school.url + path, headers=headers, json=body) as answer:
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in {"date", "x-request-id"}}
        return f"{answer.status} {kept} " + re.sub(r'"requestId":"[^"]+"', "", await answer.text())


GENERATED_AT = re.compile(r'"(generatedAt|serverTime)":"[^"]*"')
"""Stands in an export; all else of it is to be the same."""


async def test_what_an_outsider_reads_is_the_same_whether_a_private_room_is_there_or_not(school):
    ada, ben, eve = [await school.person(name) for name in ("Ada", "Ben", "Eve")]
    ours, other, secret = await eve.opens("Ours"), await ada.opens("Other"), await ada.opens("Secret")
    await ben.joins(ours)
    await ben.joins(secret)
    await ada.put(f"/api/study-rooms/{secret}", {"visibility": "private"})
    ear = await Ear.opened(school)
    assert not (await ear.is_let_in(eve.token, "/")).code
    assert not (await ear.is_let_in(eve.token, "/chat")).code

    async def seen() -> list[str]:
        queries = ["", "?search=secret", f"?cursor={secret}", f"?after=0&search={secret}"]
        paths = [path.replace("{id}", room) for path in SHOWING for room in (ours, other, secret)]
        return [
            GENERATED_AT.sub("", await _bytes(school, "GET", path + query, token))
            for path in dict.fromkeys(path for path in paths if "{" not in path)
            for query in (queries if path == "/api/study-rooms" else [""])
            for token in (eve.token, None)
        ]

    quiet = await seen()
    inside = [await person.chat(secret) for person in (ada, ben)]
    await inside[0].call("send-message", {"roomId": secret, "content": "nobody knows"})
    await inside[1].call("update-status", {"roomId": secret, "status": "busy"})
    await ada.put(f"/api/study-rooms/{secret}", {"subject": "a secret"})
    assert await seen() == quiet, "somebody is in it and talks"
    await ada.delete(f"/api/study-rooms/{secret}")
    assert await seen() == quiet, "it is gone"
    assert await ear.settles() == []
    await ear.close()


@pytest.mark.parametrize("path", [path for path in SHOWING if path.startswith(ROOM)])
async def test_what_a_member_was_just_shown_is_not_shown_to_the_next_who_asks(school, path):
    scene = await Scene.set(school, 0, private=True)
    does = "GET " + re.sub(r"{(\w+)}", r":\1", path)
    [row] = [row for row in HTTP if row.does == does]
    who = row.private or {}
    for part, value in row.parts.items():
        path = path.replace(f"{{{part}}}", filled(value, scene.values))

    for actor in ("owner", "outsider", "member", "nobody", "deleted", "disabled", "ended"):
        person = scene.people.get(actor)
        raw = await _bytes(school, "GET", path, person and person.token)
        assert scene.leaks(actor, raw) == []
        assert raw.startswith("200") == (who[actor] == OK)


async def test_a_room_in_the_body_is_not_written_to(school):
    ada, eve = await school.person("Ada"), await school.person("Eve")
    secret, mine = await ada.opens("Secret", visibility="private"), await eve.opens("Mine")
    ears = await Ear.opened(school)
    await ears.is_let_in(eve.token, "/chat")
    stolen = {"roomId": secret, "id": secret, "room_id": secret, "sender": ada.user, "userId": ada.id, "isSystem": True}

    said = await eve.post(f"/api/study-rooms/{mine}/messages", {"content": "hello", **stolen})
    await eve.put(f"/api/study-rooms/{mine}", {"subject": "changed", **stolen})
    await eve.put("/api/auth/me", {"bio": "changed", **stolen, "role": "admin", "email": ada.user["email"]})
    refused = await ears.asks("send-message", {"content": "hello", **stolen})
    await ears.close()

    assert (said.data["roomId"], said.data["sender"]["id"], said.data["isSystem"]) == (mine, eve.id, False)
    assert refused.code == "room_not_found"
    assert (await ada.get(f"/api/study-rooms/{secret}/messages")).data["messages"] == []
    assert (await ada.get("/api/auth/me")).data == ada.user
    me = (await eve.get("/api/auth/me")).data
    assert (me["id"], me["role"], me["email"]) == (eve.id, "student", eve.user["email"])


async def test_an_heir_must_be_a_member_whoever_it_is_and_however_it_is_spelt(school):
    ada, ben, eve = [await school.person(name) for name in ("Ada", "Ben", "Eve")]
    room = await ada.opens()
    await ben.joins(room)
    strangers = [eve.id, eve.id.upper(), "{" + eve.id + "}", room, ada.user["email"], f"{ben.id},{eve.id}", [eve.id]]

    for heir in strangers:
        assert (await ada.put(f"/api/study-rooms/{room}", {"ownerId": heir})).status in {403, 422}
        assert (await ben.put(f"/api/study-rooms/{room}", {"ownerId": ben.id, "name": "Mine"})).status == 403

    members = (await ada.get(f"/api/study-rooms/{room}")).data["members"]
    assert [(member["id"], member["role"]) for member in members] == [(ada.id, "owner"), (ben.id, "member")]


async def test_a_client_message_id_reaches_no_other_room_and_no_other_person(school):
    ada, eve = await school.person("Ada"), await school.person("Eve")
    secret, open_room, mine = await ada.opens(visibility="private"), await ada.opens(), await eve.opens()
    await eve.joins(open_room)
    said = {"content": "nobody knows", "clientMessageId": "k"}
    first = (await ada.post(f"/api/study-rooms/{secret}/messages", said)).data
    also = (await ada.post(f"/api/study-rooms/{open_room}/messages", said)).data

    guess = {"content": "guess", "clientMessageId": "k"}
    answers = [await eve.post(f"/api/study-rooms/{room}/messages", guess) for room in (secret, open_room, mine)]

    assert first["id"] != also["id"], "the same id in another room is another message"
    assert [answer.status for answer in answers] == [404, 201, 201]
    for answer in answers[1:]:
        assert answer.data["id"] not in {first["id"], also["id"]}
        assert (answer.data["content"], answer.data["sender"]["id"]) == ("guess", eve.id)
    [kept] = (await ada.get(f"/api/study-rooms/{secret}/messages")).data["messages"]
    assert kept == first


async def test_a_message_that_is_sent_again_by_somebody_who_was_put_out_is_not_said_again(school):
    ada, eve = await school.person("Ada"), await school.person("Eve")
    room = await ada.opens()
    await eve.joins(room)
    inside, mine = await ada.chat(room), await eve.chat(room)
    said = {"roomId": room, "content": "once", "clientMessageId": "k"}
    assert (await mine.call("send-message", said))["ok"]
    await inside.hears("message")
    await eve.post(f"/api/study-rooms/{room}/leave")

    for again in (said, said | {"content": "twice"}, said | {"clientMessageId": "l"}):
        await mine.call("send-message", again)
        await eve.post(f"/api/study-rooms/{room}/messages", again)
    await ada.post(f"/api/study-rooms/{room}/messages", {"content": "the end"})
    await inside.hears("message", lambda message: message["content"] == "the end")

    assert [message["content"] for message in inside.of("message")] == ["once", "the end"]
    assert len((await ada.get(f"/api/study-rooms/{room}/messages")).data["messages"]) == 2


async def test_who_is_put_out_hears_nothing_more_on_any_device(school):
    ada, eve = await school.person("Ada"), await school.person("Eve")
    room = await ada.opens()
    await eve.joins(room)
    devices = [await RawWebSocket.open(school), await RawWebSocket.open(school), await RawPolling.open(school)]
    for device in devices:
        await device.join(eve.token)
        assert (await device.call("join-room", room))["ok"]

    await eve.post(f"/api/study-rooms/{room}/leave")
    for device in devices:
        await device.hears('42/chat,["removed-from-room"')
        device.heard.clear()
    await ada.post(f"/api/study-rooms/{room}/messages", {"content": "nobody knows"})
    await ada.put(f"/api/study-rooms/{room}", {"name": "Nobody knows"})
    await ada.chat(room)

    for device in devices:
        for event, argument in (
            ("join-room", {"roomId": room, "since": 0}),
            ("update-status", {"roomId": room, "status": "busy"}),
            ("mark-read", {"roomId": room, "seq": 1}),
            ("send-message", {"roomId": room, "content": "hello"}),
        ):
            assert (await device.call(event, argument))["error"]["code"] == "not_a_member"
        assert "obody knows" not in "".join(device.heard)
        assert not [packet for packet in device.heard if packet.startswith("42")]
    for device in devices[:2]:
        await device.close()


@pytest.mark.parametrize("ask", ["join-room", "history", "latest"])
async def test_what_is_said_after_somebody_was_put_out_is_not_in_an_answer_on_its_way(school, monkeypatch, ask):
    ada, eve = await school.person("Ada"), await school.person("Eve")
    room = await ada.opens()
    await eve.joins(room)
    chat = await eve.chat()
    storage = school.storage
    name = "messages_before" if ask == "latest" else "messages_after"
    read = getattr(storage, name)

    async def slowly(*arguments, **options):
        await eve.post(f"/api/study-rooms/{room}/leave")
        await ada.post(f"/api/study-rooms/{room}/messages", {"content": "nobody knows"})
        return await read(*arguments, **options)

    monkeypatch.setattr(storage, name, slowly)
    if ask == "join-room":
        said = await chat.call("join-room", {"roomId": room, "since": 0})
    else:
        query = "?after=0" if ask == "history" else ""
        said = (await eve.get(f"/api/study-rooms/{room}/messages{query}")).body

    assert "nobody knows" not in json.dumps(said)
    assert "not_a_member" in json.dumps(said)
