"""Slow consumers: clients that do not read are disconnected, and their memory is freed."""

import asyncio
from contextlib import suppress

import pytest

from socket_engine.memory_trimmer import _malloc_trim
from socket_events import EVENTS
from tests.support.raw_sockets import (
    RawPolling,
    RawWebSocket,
    engine,
    event,
    left_behind,
    until,
)
from tests.support.served import Handled

pytestmark = pytest.mark.both_loops

DISCONNECTED = "disconnecting slow consumer: send queue exceeds 1048576 bytes ([socket] max_waiting_bytes)"


async def test_a_websocket_that_is_not_read_is_cut_off_and_its_memory_freed(school, ada, complaints):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    client.answer.connection.transport.pause_reading()
    carrier = engine(school).eio.sockets[client.sid].web_socket.transport

    for _ in range(500):  # 50 MB: far more than the kernel takes
        engine(school).publish("x", "x" * 100_000, namespace="/chat", room=f"user:{ada.id}")
        await asyncio.sleep(0)

    await until(lambda: not left_behind(school))
    assert carrier.is_closing()
    assert complaints() == [DISCONNECTED]


async def test_memory_is_given_back_once_when_clients_have_gone(school, monkeypatch):
    trimmed = []
    monkeypatch.setattr("socket_engine.memory_trimmer.TRIM_DELAY", 0.2)
    monkeypatch.setattr("socket_engine.memory_trimmer._malloc_trim", trimmed.append)
    clients = [await RawWebSocket.open(school) for _ in range(3)]

    for client in clients:  # in one turn: none of them goes after the first trim
        client.answer.connection.transport.abort()
    await until(lambda: trimmed)
    await asyncio.sleep(0.3)

    assert trimmed == [0]


def test_the_allocator_of_this_machine_can_be_asked():
    assert _malloc_trim is not None
    assert _malloc_trim(0) in {0, 1}


async def test_a_polling_client_that_does_not_poll_is_cut_off_and_its_memory_freed(school, ada, complaints):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    outbox = engine(school).eio.sockets[client.sid].send_queue

    for _ in range(50):
        engine(school).publish("x", "x" * 100_000, namespace="/chat", room=f"user:{ada.id}")

    await until(lambda: not left_behind(school))
    assert len(outbox._queue) < 15
    assert complaints() == [DISCONNECTED]


@pytest.mark.parametrize("opened", [RawWebSocket.open, RawPolling.open], ids=["websocket", "polling"])
async def test_one_packet_that_is_larger_than_what_may_wait_reaches_its_client(school, ada, opened):
    client = await opened(school)
    await client.join(ada.token)

    engine(school).publish("x", "x" * 6_000_000, namespace="/chat", room=f"user:{ada.id}")
    await client.hears('42/chat,["x"')

    assert (await client.call("nonsense"))["error"]["code"] == "unknown_event"


async def test_a_flood_whose_answers_are_not_read_is_cut_off(school, ada, complaints, monkeypatch):
    async def tell(app, connection, argument):
        return {"ok": True, "much": "x" * 100_000}

    monkeypatch.setitem(EVENTS, "tell", Handled(tell))
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    client.answer.connection.transport.pause_reading()

    with suppress(ConnectionError):
        for number in range(500):
            await client.send(event("tell", ack=number))
            await asyncio.sleep(0)

    await until(lambda: not left_behind(school))
    assert complaints() == [DISCONNECTED]
