"""Clients that the server ends on purpose are told so once, whatever they are doing just then."""

import asyncio

import pytest

from tests.support.raw_sockets import (
    SEPARATOR,
    RawPolling,
    RawWebSocket,
    connect,
    engine,
    event,
    handled,
    left_behind,
    until,
)
from tests.support.served import signs_in


@pytest.fixture
async def client(school, ada):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    return client


async def test_an_evicted_client_that_is_between_polls_is_told_by_the_next(school, ada, client):
    assert (await ada.post("/api/auth/logout")).status == 200

    assert await client.poll() == (200, "41/chat,")
    assert await client.poll() == (200, "1"), "should it not close by itself"
    assert (await client.poll()).status == 400
    assert left_behind(school) == {}


async def test_an_evicted_client_that_is_just_sending_is_not_refused_and_not_heard(school, ada, client):
    room = await ada.opens()
    assert (await ada.post("/api/auth/logout")).status == 200

    for packets in ("3", event("send-message", {"roomId": room, "content": "late"}, ack=7), connect(ada.token)):
        assert await client.post(packets) == (200, "ok")
    assert await client.poll() == (200, "41/chat,")
    assert await client.post("1") == (200, "ok"), "as the official clients answer"
    assert (await client.poll()).status == 400
    again = await signs_in(school, ada)
    assert (await again.get(f"/api/study-rooms/{room}/messages")).data["messages"] == []


async def test_what_was_said_before_an_eviction_is_delivered_before_it(school, ada, client):
    for number in range(40):
        engine(school).publish("n", number, namespace="/chat", room=f"user:{ada.id}")
    assert (await ada.post("/api/auth/logout")).status == 200

    await client.hears("41/chat,")

    assert client.said("n") == list(range(40))
    assert await client.poll() == (200, "1")


async def test_an_evicted_client_that_never_comes_for_it_is_closed_in_time(school, ada, client, monkeypatch):
    monkeypatch.setattr("socket_engine.engine_session.EVICT_TIMEOUT", 0.05)
    assert (await ada.post("/api/auth/logout")).status == 200
    session = engine(school).eio.sockets[client.sid]

    await until(lambda: session.closed)

    assert (await client.poll()).status == 400
    await until(lambda: not left_behind(school))


async def test_an_eviction_amid_an_upgrade_is_told_over_the_websocket(school, ada, client):
    ws = await RawWebSocket.handshake(school, f"&sid={client.sid}")
    await ws.send("2probe")
    assert await ws.next() == "3probe"
    assert (await ada.post("/api/auth/logout")).status == 200

    await ws.send("5")

    assert await ws.closed() == 1000
    assert ws.heard == ["41/chat,"]
    await until(lambda: not left_behind(school))


@pytest.mark.parametrize("probed", [False, True], ids=["before its probe", "after its probe"])
async def test_an_eviction_amid_an_upgrade_is_told_over_a_poll_that_comes_first(school, ada, client, probed):
    ws = await RawWebSocket.handshake(school, f"&sid={client.sid}")
    if probed:
        await ws.send("2probe")
        assert await ws.next() == "3probe"
    assert (await ada.post("/api/auth/logout")).status == 200

    assert await client.poll() == (200, "41/chat,")
    assert await client.poll() == (200, "1")

    assert await ws.closed() == 1006
    await until(lambda: not left_behind(school))


async def test_an_eviction_while_a_namespace_is_being_entered_is_told_once(school, ada, client):
    await client.send(f'40{{"token":"{ada.token}"}}')
    assert (await ada.post("/api/auth/logout")).status == 200

    await client.hears("41/chat,")
    told = client.heard + (await client.poll()).text.split(SEPARATOR)

    assert told.count("41/chat,") == 1
    assert told[-1] == "1"
    assert not engine(school).manager.connections


async def test_of_two_people_on_one_client_only_the_evicted_one_is_told_so(school, ada, client):
    ben = await school.person("Ben")
    await client.send(f'40{{"token":"{ben.token}"}}')
    await client.hears("40{")

    assert (await ada.post("/api/auth/logout")).status == 200

    assert await client.poll() == (200, "41/chat,")
    assert await client.poll() == (200, "1"), "and the other one comes back"


async def test_a_token_that_is_over_ends_a_polling_client_without_a_word_that_it_takes_for_final(school, ada, client):
    [(connection, _)] = engine(school).manager.connections.values()
    poll = asyncio.create_task(client.poll())
    await handled(school, client)

    engine(school).drop_transport(connection, 4401, "token expired")

    assert await poll == (200, "6")
    assert (await client.post("3")).status == 400
