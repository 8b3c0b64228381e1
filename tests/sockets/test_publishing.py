"""Publishing: encoded once, in order, to the connections of a room or user."""

import asyncio

import pytest

from runtime import json_codec
from socket_events import EVENTS
from tests.support.raw_sockets import (
    RawWebSocket,
    engine,
    event,
    left_behind,
    until,
)
from tests.support.served import Handled

pytestmark = pytest.mark.both_loops


@pytest.mark.parametrize("room", [None, "", 0, [], ["room:a", "room:b"], b"room:a", "Tz8u0mAAAAAB"])
async def test_only_a_rooms_key_is_published_to(school, ada, room):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    sockets = engine(school)
    [connection] = [connection for connection, _ in sockets.manager.connections.values()]

    for act in (
        lambda: sockets.publish("all", namespace="/chat", room=room),
        lambda: sockets.join(connection, room),
        lambda: sockets.disconnect_all(room),
    ):
        with pytest.raises(ValueError, match="not a room's key"):
            act()

    await client.call("nonsense")
    assert client.said("all") == []


async def test_publishing_encodes_once_starts_no_task_and_skips_who_is_to_be_skipped(school, ada, monkeypatch):
    clients = [await RawWebSocket.open(school) for _ in range(5)]
    for client in clients:
        await client.join(ada.token)
    sockets = engine(school)
    skipped = sockets.eio.sockets[clients[0].sid].connections["/chat"].id
    encoded = []
    dumps = json_codec.dumps
    monkeypatch.setattr("runtime.json_codec.dumps", lambda value: encoded.append(value) or dumps(value))
    tasks = asyncio.all_tasks()

    sockets.publish("news", {"n": 1}, namespace="/chat", room=f"user:{ada.id}", skip=skipped)

    assert asyncio.all_tasks() == tasks
    assert encoded == [["news", {"n": 1}]]
    for client in clients:
        await client.call("nonsense")
    assert [client.said("news") for client in clients] == [[]] + [[{"n": 1}]] * 4


async def test_who_is_gone_enters_no_room(school, ada):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    sockets = engine(school)
    [connection] = [connection for connection, _ in sockets.manager.connections.values()]
    await client.close()
    await until(lambda: not left_behind(school))

    sockets.join(connection, "room:late")

    assert left_behind(school) == {}


async def test_answers_and_announcements_reach_a_client_in_the_order_in_which_they_were_made(school, ada, monkeypatch):
    sockets = engine(school)

    async def tell(app, connection, argument):
        sockets.publish("told", argument, namespace="/chat", room=f"user:{ada.id}")
        await asyncio.sleep(0)
        return {"ok": True, "number": argument}

    monkeypatch.setitem(EVENTS, "tell", Handled(tell))
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(*(event("tell", number, ack=number) for number in range(200)))
    await client.acked(199)

    said = [packet for packet in client.heard if packet.startswith(("42", "43"))]
    expected = [(f'42/chat,["told",{number}]', f"43/chat,{number}[") for number in range(200)]
    assert [packet[: len(start)] for packet, start in zip(said, sum(expected, ()), strict=True)] == list(
        sum(expected, ())
    )
