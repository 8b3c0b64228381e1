"""The upgrade from polling to WebSocket: no packet is lost, sent twice or reordered."""

import asyncio

import aiohttp
import pytest

from socket_engine.engine_session import UPGRADE_TIMEOUT
from tests.support.raw_sockets import (
    PATIENCE,
    SEPARATOR,
    RawPolling,
    RawWebSocket,
    engine,
    event,
    handled,
    probe,
    until,
    upgrade,
)

pytestmark = pytest.mark.both_loops


async def test_a_session_that_was_upgraded_goes_on_when_others_ask_for_it(school, ada):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    ws = await upgrade(school, client)
    await ws.send("5")
    await until(lambda: engine(school).eio.sockets[client.sid].web_socket)

    assert await client.poll() == (400, '{"code":3,"message":"Bad request"}')
    assert (await client.post(event("nonsense", ack=1))).status == 400
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await RawWebSocket.handshake(school, f"&sid={client.sid}")

    await ws.send(event("nonsense", ack=2))
    assert (await ws.acked(2))["error"]["code"] == "unknown_event"
    assert not [packet for packet in ws.heard if packet.startswith("43/chat,1[")]


async def test_a_poll_ends_though_the_upgrade_did_not_wait_for_it(school, ada):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    poll = asyncio.create_task(client.poll())
    await handled(school, client)
    ws = await RawWebSocket.handshake(school, f"&sid={client.sid}")

    await ws.send("2probe", "5", event("nonsense", ack=1))

    assert (await asyncio.wait_for(poll, PATIENCE)).text == "6"
    assert (await ws.acked(1))["error"]["code"] == "unknown_event"


async def test_an_upgrade_amid_traffic_loses_doubles_and_reorders_nothing(school, ada, counted):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    sent = 0

    async def talk():
        nonlocal sent
        while True:
            for _ in range(7):
                engine(school).publish("n", sent, namespace="/chat", room=f"user:{ada.id}")
                sent += 1
            await asyncio.sleep(0)

    async def poll_until_told_to_stop():
        while "6" not in (packets := (await client.poll()).text.split(SEPARATOR)):
            client.heard += packets
        client.heard += packets

    talking = asyncio.create_task(talk())
    polling = asyncio.create_task(poll_until_told_to_stop())
    await client.send(*(event("count", number) for number in range(30)))
    ws = await upgrade(school, client)
    await polling
    await client.send(*(event("count", number) for number in range(30, 60)))
    await ws.send("5", *(event("count", number) for number in range(60, 90)))
    await asyncio.sleep(0.05)
    talking.cancel()
    await ws.hears(f'42/chat,["n",{sent - 1}]')

    client.heard += ws.heard
    assert client.said("n") == list(range(sent))
    assert ws.said("n"), "the last part came over the WebSocket"
    await until(lambda: len(counted) == 90)
    assert counted == list(range(90))
    assert (await client.poll()).status == 400, "a session is in one place"


@pytest.mark.parametrize("probed", [False, True], ids=["before its probe", "after its probe"])
@pytest.mark.parametrize("ending", ["close", "nonsense", "2wrong", "3probe", "silence"])
async def test_a_websocket_that_does_not_take_over_leaves_polling_as_it_was(school, ada, monkeypatch, probed, ending):
    monkeypatch.setattr("socket_engine.websocket.CLOSE_TIMEOUT", 0.1)
    deadlines = [UPGRADE_TIMEOUT, UPGRADE_TIMEOUT]
    if ending == "silence":
        deadlines[probed] = 0.1
    client = await RawPolling.open(school)
    await client.join(ada.token)
    monkeypatch.setattr("socket_engine.engine_session.UPGRADE_TIMEOUT", deadlines[0])
    ws = await RawWebSocket.handshake(school, f"&sid={client.sid}")
    monkeypatch.setattr("socket_engine.engine_session.UPGRADE_TIMEOUT", deadlines[1])
    if probed:
        await probe(ws)
    monkeypatch.setattr("socket_engine.engine_session.UPGRADE_TIMEOUT", UPGRADE_TIMEOUT)

    if ending == "close":
        await ws.close()
    elif ending != "silence":
        await ws.send(ending)
    await until(lambda: not engine(school).eio.sockets[client.sid].upgrade)

    assert (await client.call("nonsense"))["error"]["code"] == "unknown_event"
    again = await upgrade(school, client)
    await again.send("5", event("nonsense", ack=2))
    assert (await again.acked(2))["error"]["code"] == "unknown_event"
    await ws.close()


async def test_a_session_is_taken_over_by_one_websocket(school, ada):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    ws = await upgrade(school, client)

    for _ in range(2):
        with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
            await RawWebSocket.handshake(school, f"&sid={client.sid}")
        await ws.send("5")
        await until(lambda: engine(school).eio.sockets[client.sid].web_socket)
