"""Heartbeat: pings, pongs, and clients that stop answering."""

import asyncio
import time

import pytest

from tests.support.raw_sockets import (
    PATIENCE,
    RawPolling,
    RawWebSocket,
    engine,
    left_behind,
    ticks,
    until,
)

pytestmark = pytest.mark.both_loops


async def test_who_answers_pings_stays_whatever_the_wall_clock_does(quick, monkeypatch):
    engine(quick).eio.ping_timeout = 60.0
    polling, ws = await RawPolling.open(quick), await RawWebSocket.open(quick)
    clock = time.time
    for step in (86_400, -86_400, 172_800):
        assert (await polling.poll(), await ws.ws.receive_str()) == ((200, "2"), "2")
        monkeypatch.setattr("time.time", lambda step=step: clock() + step)
        await ws.send("5")
        assert await ws.ws.receive_str() == "6", "the library would look at the clock before it sends this"
        await polling.send("3")
        await ws.send("3")

    assert {polling.sid, ws.sid} <= set(left_behind(quick)["open"])


async def test_who_answers_no_ping_is_closed_on_time(quick, monkeypatch):
    monkeypatch.setattr("socket_engine.engine_server.CLOSE_TIMEOUT", 0.1)
    began = time.monotonic()
    polling, ws = await RawPolling.open(quick), await RawWebSocket.open(quick)
    turns = asyncio.create_task(ticks())

    assert await ws.closed() is not None
    took = time.monotonic() - began
    turns.cancel()

    assert ws.heard == ["2", "1"]
    assert took > 0.49
    assert await turns < 90, "hundredths of a second"
    await until(lambda: not left_behind(quick))
    assert (await polling.poll()).status == 400
    await until(lambda: not engine(quick).eio.sockets)


async def test_answers_to_no_ping_put_none_off(quick):
    client = await RawWebSocket.open(quick)

    async def answer():
        while True:
            await client.send("3")
            await asyncio.sleep(0.05)

    answering = asyncio.create_task(answer())
    assert await asyncio.wait_for(client.ws.receive_str(), PATIENCE) == "2"
    answering.cancel()


async def test_who_does_not_read_is_closed_though_it_answers_pings_that_it_cannot_know(quick, monkeypatch):
    monkeypatch.setattr("socket_engine.websocket.CLOSE_TIMEOUT", 0.1)
    ada = await quick.person()
    client = await RawWebSocket.open(quick)
    await client.join(ada.token)
    client.answer.connection.transport.pause_reading()
    carrier = engine(quick).eio.sockets[client.sid].web_socket.transport
    while not carrier.get_write_buffer_size():  # the kernel takes the first few megabytes
        engine(quick).publish("x", "x" * 100_000, namespace="/chat", room=f"user:{ada.id}")
        await asyncio.sleep(0)

    async def answer():
        while True:
            await client.send("3")
            await asyncio.sleep(0.02)

    answering = asyncio.create_task(answer())
    await until(lambda: not left_behind(quick))

    await until(carrier.is_closing)
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)


async def test_who_comes_for_no_ping_is_closed_though_it_answers(quick):
    client = await RawPolling.open(quick)

    async with asyncio.timeout(PATIENCE):
        while (answer := await client.post("3")).status == 200:
            await asyncio.sleep(0.02)

    assert answer.status == 400
    assert left_behind(quick) == {}
