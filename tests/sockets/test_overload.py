"""More than can be done: what is taken is done in order, the rest is refused at once, nothing waits without a bound."""

import asyncio
import threading
import time

import pytest

from domain.errors.base import RateLimited
from domain.errors.storage import StorageUnavailable
from runtime.load_shedding import LoadShedder
from services.accounts.passwords import Passwords
from socket_events import EVENTS
from storage.sqlite.database import SqliteDatabase
from tests.support.raw_sockets import RawWebSocket, engine, event, until
from tests.support.served import Handled, served


@pytest.fixture
async def bob(school):
    return await school.person("Bob")


@pytest.fixture
def go(monkeypatch):
    """An event that releases the handlers of the event "slow"."""
    going = asyncio.Event()

    async def slow(app, connection, argument):
        await going.wait()
        return {"ok": True, "number": argument}

    monkeypatch.setitem(EVENTS, "slow", Handled(slow))
    return going


# Sockets


async def test_of_more_events_than_can_be_handled_in_time_the_rest_is_refused_at_once(school, ada, go):
    engine(school).load_shedder = backlog = LoadShedder(1, min_queue=3, max_queue=3)
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(*(event("slow", number, ack=number) for number in range(10)))
    refused = [await client.acked(number) for number in range(3, 10)]
    go.set()

    assert {answer["error"]["code"] for answer in refused} == {"rate_limited"}
    assert all(answer["error"]["retryAfter"] >= 1 for answer in refused)
    assert [(await client.acked(number))["number"] for number in range(3)] == [0, 1, 2]
    await until(lambda: backlog.waiting == 0)
    assert (await client.call("slow", "again", ack=99))["ok"]


async def test_who_waits_for_nothing_is_heard_whoever_else_asks_for_too_much(school, ada, bob, go):
    engine(school).load_shedder = backlog = LoadShedder(1, min_queue=3, max_queue=3)
    greedy, modest = await RawWebSocket.open(school), await RawWebSocket.open(school)
    await greedy.join(ada.token)
    await modest.join(bob.token)
    await greedy.send(*(event("slow", number, ack=number) for number in range(10)))
    await greedy.acked(9)

    await modest.send(event("slow", 1, ack=1), event("slow", 2, ack=2))

    assert (await modest.acked(2))["error"]["code"] == "rate_limited"
    go.set()
    assert (await modest.acked(1))["ok"]
    await until(lambda: backlog.waiting == 0)


async def test_without_an_ack_a_refusal_is_an_error(school, ada, go):
    engine(school).load_shedder = LoadShedder(1, min_queue=1, max_queue=1)
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(event("slow", 1, ack=1), event("slow", 2))

    told = await client.hears('42/chat,["error"')
    assert '"rate_limited"' in told
    assert '"retryAfter":' in told
    go.set()
    await client.acked(1)


async def test_what_clients_leave_behind_waits_no_more(school, ada, go):
    backlog = engine(school).load_shedder
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    await client.send(*(event("slow", number, ack=number) for number in range(5)))
    await until(lambda: backlog.waiting == 5)
    await client.close()
    go.set()
    stranger = await RawWebSocket.open(school)
    await stranger.send('40/chat,{"token":"none"}', event("slow", 1), event("slow", 2))

    await stranger.closed()

    await until(lambda: backlog.waiting == 0)


# HTTP


async def test_of_one_address_only_so_many_requests_are_taken_at_once():
    async with served(environ={"STUDYHALL_SERVER_REQUESTS_PER_ADDRESS": "2"}) as school:
        await _third_request_is_refused(school, await school.person())


async def _third_request_is_refused(school, ada):
    head = (
        f"POST /api/study-rooms HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {ada.token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    )
    stalled = [await asyncio.open_connection("127.0.0.1", school.port) for _ in range(2)]
    for _, writer in stalled:
        writer.write(head.encode())
    async with asyncio.timeout(5):
        while (answer := await ada.get("/api/auth/me")).status == 200:
            await asyncio.sleep(0.01)

    assert (answer.status, answer.body["code"], answer.headers["Retry-After"]) == (429, "rate_limited", "1")
    for path in ("/healthz", "/readyz"):
        assert (await school.request("GET", path)).status == 200
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    for _, writer in stalled:
        writer.transport.abort()
    async with asyncio.timeout(5):
        while (await ada.get("/api/auth/me")).status != 200:
            await asyncio.sleep(0.01)


async def test_more_passwords_than_can_be_hashed_in_time_are_refused_at_once():
    passwords = Passwords()
    passwords.load_shedder = LoadShedder(10, min_queue=2, max_queue=2)
    try:
        hashing = [asyncio.create_task(passwords.hash("correct horse")) for _ in range(2)]
        await asyncio.sleep(0)

        with pytest.raises(RateLimited):
            await passwords.verify(None, "correct horse")

        assert all(await asyncio.gather(*hashing))
        assert await passwords.verify(hashing[0].result(), "correct horse")
    finally:
        passwords.close()


# Storage; PostgreSQL's is in storage/postgres/test_pool.py


async def test_more_than_sqlite_can_do_in_time_is_refused_at_once(tmp_path):
    database = SqliteDatabase(tmp_path / "hall.db", 5.0)
    await database.open()
    database.load_shedder = LoadShedder(2, min_queue=3, max_queue=3)
    go = threading.Event()
    try:
        writings = [asyncio.create_task(database.write(lambda _: go.wait(10))) for _ in range(3)]
        await asyncio.sleep(0)
        began = time.monotonic()

        with pytest.raises(StorageUnavailable):
            await database.read("SELECT 1")
        with pytest.raises(StorageUnavailable):
            await database.write(lambda _: None)

        assert time.monotonic() - began < 5
        go.set()
        assert await asyncio.gather(*writings) == [True] * 3
        assert await database.read("SELECT 1") == [(1,)]
    finally:
        go.set()
        await database.close()
