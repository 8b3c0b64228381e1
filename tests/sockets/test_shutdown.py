"""Shutdown: draining answers what has arrived, rejects what comes, and closes every client in time."""

import asyncio

import pytest

from socket_events import EVENTS
from storage.memory import MemoryStorage
from tests.support.raw_sockets import (
    PATH,
    RawPolling,
    RawWebSocket,
    connect,
    engine,
    event,
    handled,
    left_behind,
    post_head,
    ticks,
    until,
    upgrade,
)
from tests.support.served import Handled, served

pytestmark = pytest.mark.both_loops


async def test_the_server_ends_with_many_clients_well_within_two_seconds(monkeypatch):
    running, go = asyncio.Event(), asyncio.Event()

    async def slow(app, connection, argument):
        running.set()
        await go.wait()
        return {"ok": True}

    monkeypatch.setitem(EVENTS, "slow", Handled(slow))
    async with served() as school:
        ada = await school.person()
        sockets = [await RawWebSocket.open(school) for _ in range(40)]
        polling = [await RawPolling.open(school) for _ in range(10)]
        for client in sockets + polling[1:]:
            await client.join(ada.token)
        room = await ada.opens()
        await sockets[0].call("join-room", room)
        await sockets[1].send(event("slow", ack=5), event("slow", ack=6))
        await running.wait()
        await upgrade(school, polling[1])
        silent = await RawWebSocket.open(school)
        unread = silent.answer.connection.transport
        unread.pause_reading()
        _, stalled = await asyncio.open_connection("127.0.0.1", school.port)
        stalled.write(post_head(polling[2], b"x" * 100))
        polls = [asyncio.create_task(client.poll()) for client in polling[3:]]
        closes = [asyncio.create_task(client.closed()) for client in sockets]
        for client in polling[3:]:
            await handled(school, client)
        await handled(school, polling[2], "POST")
        turns = asyncio.create_task(ticks())
    turns.cancel()

    assert await turns < 170, "hundredths of a second"
    assert {await close for close in closes} == {1001}
    assert {(await poll).status for poll in polls} == {200}
    assert not [packet for packet in sockets[1].heard if packet.startswith("43")], "closed, and so not answered"
    assert not engine(school).task_count, "what cannot be answered any more does not run on"
    unread.abort()
    stalled.transport.abort()


@pytest.mark.parametrize("kind", [RawWebSocket, RawPolling])
async def test_what_had_come_in_is_answered_before_the_server_ends(monkeypatch, kind):
    add_messages, adding, go = MemoryStorage.add_messages, asyncio.Event(), asyncio.Event()

    async def slowly(storage, drafts, study_time=None):
        adding.set()
        await go.wait()
        return await add_messages(storage, drafts, study_time)

    monkeypatch.setattr(MemoryStorage, "add_messages", slowly)
    async with served() as school:
        ada = await school.person()
        client = await kind.open(school)
        await client.join(ada.token)
        room = await ada.opens()
        await client.call("join-room", room)
        await client.send(*(event("send-message", {"roomId": room, "content": str(n)}, ack=n) for n in (5, 6)))
        await adding.wait()
        answers = asyncio.create_task(_answers(client, (5, 6)))
        finishing = asyncio.create_task(engine(school).drain())
        await until(lambda: engine(school).eio.draining)
        go.set()
        await finishing
        await answers
        await client.close()

    assert [answer["message"]["content"] for answer in await answers] == ["5", "6"]


async def _answers(client, numbers):
    return [await client.acked(number) for number in numbers]


async def test_what_comes_while_the_server_ends_is_refused(monkeypatch):
    going, go = asyncio.Event(), asyncio.Event()

    async def slow(app, connection, argument):
        going.set()
        await go.wait()
        return {"ok": True}

    monkeypatch.setitem(EVENTS, "slow", Handled(slow))
    async with served() as school:
        ada = await school.person()
        client, late = await RawWebSocket.open(school), await RawWebSocket.open(school)
        await client.join(ada.token)
        await client.send(event("slow", ack=5))
        await going.wait()
        ending = asyncio.create_task(engine(school).close())
        await until(lambda: engine(school).eio.draining)
        await client.send(event("slow", ack=6))
        await late.send(connect(ada.token))

        refused = await client.acked(6)
        go.set()
        done = await client.acked(5)
        closed = await asyncio.gather(client.closed(), late.closed())  # read while the server waits for that
        await ending

        assert (refused["ok"], refused["error"]["code"], refused["error"]["retryAfter"]) == (
            False,
            "storage_unavailable",
            2.0,
        )
        assert done["ok"]
        assert closed == [1001, 1001]
        assert late.heard == [], "who is refused does not come back by itself"


async def test_disconnections_are_noted_while_the_storage_is_open(monkeypatch):
    order = []
    close = MemoryStorage.close

    async def close_storage(storage):
        order.append("storage")
        await close(storage)

    monkeypatch.setattr(MemoryStorage, "close", close_storage)
    async with served() as school:
        ada = await school.person()
        gate = engine(school).connection_handler
        closed = gate.on_disconnected
        client = await RawWebSocket.open(school)
        await client.join(ada.token)

        def note(connection):
            order.append("client")
            closed(connection)

        gate.on_disconnected = note
        closing = asyncio.create_task(client.closed())

    assert order == ["client", "storage"]
    assert await closing == 1001


async def test_nobody_new_is_let_in_while_the_server_ends(school, ada):
    engine(school).eio.draining = True

    for transport in ("polling", "websocket"):
        answer = await school.request("GET", f"{PATH}&transport={transport}")
        assert (answer.status, int(answer.headers["Retry-After"]) in range(1, 5)) == (503, True)
    assert left_behind(school) == {}
