"""The receive queue: events of a client in order, bounds, failing handlers, answers that overlap."""

import asyncio
import json
import time

import pytest

from socket_events import EVENTS
from tests.support.raw_sockets import (
    RawPolling,
    RawWebSocket,
    engine,
    event,
    until,
)
from tests.support.served import Handled


@pytest.fixture
def slow(monkeypatch):
    """An event "slow" whose handler waits: `started` counts its runs, `go` releases them."""

    class Slow:
        go = asyncio.Event()
        started = 0

    async def handler(app, connection, argument):
        Slow.started += 1
        await Slow.go.wait()
        return {"ok": True, "number": argument}

    async def quick(app, connection, argument):
        return {"ok": True, "number": argument}

    monkeypatch.setitem(EVENTS, "slow", Handled(handler))
    monkeypatch.setitem(EVENTS, "quick", Handled(quick))
    return Slow()


@pytest.mark.parametrize("opened", [RawWebSocket.open, RawPolling.open], ids=["websocket", "polling"])
async def test_a_slow_handler_holds_its_own_clients_events_and_nothing_else(school, ada, slow, opened):
    engine(school).eio.ping_interval = 0.05
    client, other = await opened(school), await RawWebSocket.open(school)
    await client.join(ada.token)
    await other.join(ada.token)

    await client.send(event("slow", 0, ack=0), *(event("quick", number, ack=number) for number in range(1, 50)))

    assert (await other.call("quick", "meanwhile"))["ok"]
    for _ in range(3):  # the next ping is sent only when the answer to the last was taken
        async with asyncio.timeout(5):
            while (ping := await first(client)) != "2":
                client.heard.append(ping)
        await client.send("3")
    assert slow.started == 1
    assert not [packet for packet in client.heard if packet.startswith("43")], "in order: none before the slow one"
    slow.go.set()
    assert [(await client.acked(number))["number"] for number in range(50)] == list(range(50))


async def first(client):
    """Return the next packet, be it a ping."""
    if isinstance(client, RawWebSocket):
        return await client.ws.receive_str()
    if not client.unread:
        client.unread = (await client.poll()).text.split("\x1e")
    return client.unread.pop(0)


async def test_events_over_the_bound_are_refused_and_none_is_lost(school, ada, slow, monkeypatch):
    monkeypatch.setattr("socket_engine.receive_queue.MAX_WAITING", 10)
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(*(event("slow", number, ack=number) for number in range(25)))
    refused = [await client.acked(number) for number in range(10, 25)]
    await client.send(event("slow", "without an ack"))
    told = json.loads((await client.hears('42/chat,["error"')).removeprefix("42/chat,"))
    slow.go.set()

    assert {answer["error"]["code"] for answer in refused} == {"rate_limited"}
    assert all(answer["error"]["retryAfter"] >= 1 for answer in refused)
    assert told[2]["code"] == "rate_limited"
    assert told[2]["retryAfter"] >= 1
    assert [(await client.acked(number))["number"] for number in range(10)] == list(range(10))
    assert slow.started == 10


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        pytest.param(RuntimeError, "internal_error", id="raises"),
        pytest.param(asyncio.CancelledError, "storage_unavailable", id="raises CancelledError"),
        pytest.param(None, "storage_unavailable", id="hangs"),
        pytest.param("unwritable", "internal_error", id="answers what cannot be written"),
    ],
)
async def test_a_handler_that_fails_is_answered_and_so_is_the_next_event(school, ada, monkeypatch, failure, code):
    monkeypatch.setattr("socket_events.deadline.EVENT_TIMEOUT", 0.05)

    async def handler(app, connection, argument):
        if failure is None:
            await asyncio.Event().wait()
        if failure == "unwritable":
            return {"ok": True, "what": "\ud800"}
        raise failure

    monkeypatch.setitem(EVENTS, "bad", Handled(handler))
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(event("bad", ack=1), event("bad"), event("nonsense", ack=2))
    answer = await client.acked(1)
    assert (await client.acked(2))["error"]["code"] == "unknown_event"

    assert (answer["ok"], answer["error"]["code"]) == (False, code)
    told = [packet for packet in client.heard if packet.startswith('42/chat,["error"')]
    assert [json.loads(packet.removeprefix("42/chat,"))[2]["code"] for packet in told] == (
        [] if failure == "unwritable" else [code]
    ), "without an ack nothing has to be written"


async def test_what_waits_for_a_handler_that_hangs_is_answered_with_it(school, ada, slow, monkeypatch):
    monkeypatch.setattr("socket_events.deadline.EVENT_TIMEOUT", 0.5)
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    began = time.monotonic()

    await client.send(*(event("slow", number, ack=number) for number in range(20)))
    answers = [await client.acked(number) for number in range(20)]
    took = time.monotonic() - began

    assert {answer["error"]["code"] for answer in answers} == {"storage_unavailable"}
    assert took < 20 * 0.5 / 2, "they do not have half a second each, one after the other"


@pytest.fixture
def kept(monkeypatch):
    """An event "keep" that is acked when the test releases it, and the list of started handlers."""

    class Kept:
        begun, futures = [], []

        async def keep(self, _app, _connection, argument):
            self.begun.append(argument)
            self.futures.append(asyncio.get_running_loop().create_future())
            return self.rest(self.futures[-1])

        async def rest(self, future):
            return {"ok": True, "number": await future}

    kept = Kept()
    monkeypatch.setitem(EVENTS, "keep", Handled(kept.keep))
    return kept


async def test_events_of_one_name_may_overlap_and_each_is_answered_when_it_is_done(school, ada, kept):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(*(event("keep", number, ack=number) for number in range(3)))
    await until(lambda: len(kept.futures) == 3)
    for number in (1, 0, 2):
        kept.futures[number].set_result(number)
        assert (await client.acked(number))["number"] == number

    assert kept.begun == [0, 1, 2]


async def test_an_event_of_another_name_waits_for_those_before_it(school, ada, kept):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(event("keep", 0, ack=0), event("nonsense", ack=1), event("keep", 2, ack=2))
    await until(lambda: kept.futures)
    await asyncio.sleep(0.02)
    assert kept.begun == [0]
    kept.futures[0].set_result(0)

    await client.acked(1)
    assert [packet for packet in client.heard if packet.startswith("43/chat,0[")], "answered before"
    await until(lambda: kept.begun == [0, 2])
    kept.futures[1].set_result(2)
    await client.acked(2)


async def test_no_more_than_so_many_overlap(school, ada, kept, monkeypatch):
    monkeypatch.setattr("socket_engine.packet_receiver.MAX_IN_FLIGHT", 2)
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(*(event("keep", number, ack=number) for number in range(4)))
    await until(lambda: len(kept.begun) == 2)
    await asyncio.sleep(0.02)
    assert kept.begun == [0, 1]
    kept.futures[1].set_result(1)

    await client.acked(1)
    await until(lambda: kept.begun == [0, 1, 2])
    for future in kept.futures:
        if not future.done():
            future.set_result(0)
    await until(lambda: len(kept.futures) == 4)
    kept.futures[3].set_result(3)
    await client.acked(3)


@pytest.mark.parametrize(("failure", "code"), [(RuntimeError, "internal_error"), (None, "storage_unavailable")])
async def test_what_fails_later_is_answered_too(school, ada, kept, monkeypatch, failure, code):
    if failure is None:
        monkeypatch.setattr("socket_events.deadline.EVENT_TIMEOUT", 0.1)
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(event("keep", 0, ack=0))
    await until(lambda: kept.futures)
    if failure:
        kept.futures[0].set_exception(failure)

    assert (await client.acked(0))["error"]["code"] == code
    await until(lambda: not engine(school).task_count)
