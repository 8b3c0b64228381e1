"""Disconnecting: by the client, by the server, by the end of a session; nothing is left behind."""

import asyncio

import aiohttp
import pytest

from tests.support.raw_sockets import (
    RawPolling,
    RawWebSocket,
    connect_root,
    engine,
    handled,
    left_behind,
    present,
    until,
)


async def test_a_client_that_says_close_and_stays_is_closed(school, ada):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send("1")

    assert await client.closed() is not None
    await until(lambda: not left_behind(school))


async def test_a_client_that_is_closed_and_does_not_agree_is_gone_for_the_others_at_once(school, ada, monkeypatch):
    monkeypatch.setattr("socket_engine.websocket.CLOSE_TIMEOUT", 60)
    client = await RawWebSocket.open(school)
    await present(school, ada, client)
    transport = client.answer.connection.transport
    transport.pause_reading()

    await client.send("b")

    await until(lambda: not left_behind(school))
    transport.abort()


async def test_a_client_that_reads_nothing_and_is_put_out_is_gone_at_once(school, ada, monkeypatch):
    monkeypatch.setattr("socket_engine.websocket.CLOSE_TIMEOUT", 0.1)
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    transport = client.answer.connection.transport
    transport.pause_reading()
    sockets = engine(school)
    carrier = sockets.eio.sockets[client.sid].web_socket.transport
    while not carrier.get_write_buffer_size():  # the kernel takes the first few megabytes
        sockets.publish("x", "x" * 100_000, namespace="/chat", room=f"user:{ada.id}")
        await asyncio.sleep(0)

    await client.send("b")

    await until(lambda: not left_behind(school))
    await until(carrier.is_closing)
    await until(lambda: client.sid not in sockets.eio.sockets)
    transport.abort()


async def test_the_end_of_a_sign_in_closes_all_its_sockets_and_only_those(school, ada):
    both, polling, other = (
        await RawWebSocket.open(school),
        await RawPolling.open(school),
        await RawWebSocket.open(school),
    )
    await both.join(ada.token)
    await both.send(connect_root(ada.token))
    await both.hears("40{")
    await polling.join(ada.token)
    again = await school.request(
        "POST", "/api/auth/login", {"email": "ada.okafor@example.org", "password": "correct horse battery"}
    )
    await other.join(again.body["token"])
    waiting = asyncio.create_task(polling.poll())
    await handled(school, polling)

    assert (await ada.post("/api/auth/logout")).status == 200

    assert await both.closed() is not None
    assert {"41", "41/chat,"} <= set(both.heard)
    assert (await waiting).text == "41/chat,"
    assert await polling.poll() == (200, "1")
    assert (await polling.poll()).status == 400
    assert (await other.call("nonsense"))["error"]["code"] == "unknown_event"
    [(_, session)] = left_behind(school)["connections"].values()
    assert session.sid == other.sid


@pytest.mark.parametrize("opened", [RawWebSocket.open, RawPolling.open], ids=["websocket", "polling"])
async def test_nothing_is_kept_of_clients_that_are_gone(school, ada, opened):
    room = await ada.opens()
    for _ in range(20):
        client = await opened(school)
        await client.join(ada.token)
        assert (await client.call("join-room", room))["ok"]
        await client.send("1")

    await until(lambda: not left_behind(school))
    assert not engine(school).task_count


async def test_a_websocket_keeps_no_request_of_its_client(school, ada):
    client, polling = await RawWebSocket.open(school), await RawPolling.open(school)
    await client.join(ada.token)
    await polling.join(ada.token)
    upgraded = await RawWebSocket.handshake(school, f"&sid={polling.sid}")
    await upgraded.send("2probe", "5")
    await until(lambda: engine(school).eio.sockets[polling.sid].web_socket)

    assert "requests" not in left_behind(school)


async def test_the_answer_to_a_handshake_offers_no_deflate(school):
    client = await RawWebSocket.open(school)

    assert client.answer.status == 101
    assert aiohttp.hdrs.SEC_WEBSOCKET_EXTENSIONS in client.answer.request_info.headers
    assert aiohttp.hdrs.SEC_WEBSOCKET_EXTENSIONS not in client.answer.headers
