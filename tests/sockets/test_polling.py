"""Long polling: bodies, bursts, concurrent requests of one session, and its end."""

import asyncio
import gzip
import json

import pytest

from socket_engine.socket_server import MAX_PAYLOAD
from tests.support.raw_sockets import (
    SEPARATOR,
    RawPolling,
    RawWebSocket,
    connect,
    engine,
    event,
    handled,
    http,
    left_behind,
    post_head,
    until,
)

pytestmark = pytest.mark.both_loops


def chunk(part):
    return f"{len(part):x}\r\n".encode() + part + b"\r\n"


async def pause():
    await asyncio.sleep(0.1)


@pytest.mark.parametrize("chunked", [False, True], ids=["segments", "chunks"])
async def test_a_body_that_arrives_in_parts_is_taken_whole(school, ada, counted, chunked):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    body = SEPARATOR.join(event("count", f"{number} é") for number in range(20)).encode()
    parts = [body[:1], body[1:301], body[301:302], body[302:]]
    if chunked:
        head, parts = post_head(client, body, "Transfer-Encoding: chunked"), [*map(chunk, parts), b"0\r\n\r\n"]
    else:
        head = post_head(client, body)

    assert await http(school, head, *parts, between=pause) == (200, "ok")

    await until(lambda: len(counted) == 20)
    assert counted == [f"{number} é" for number in range(20)]


async def test_a_body_that_stalls_is_answered_408_and_its_client_closed(school, ada, counted, complaints, monkeypatch):
    monkeypatch.setattr("socket_engine.polling.BODY_TIMEOUT", 0.1)
    client = await RawPolling.open(school)
    await client.join(ada.token)
    body = event("count", 1).encode()

    answer = await http(school, post_head(client, body), body[:-1])

    assert answer.status == 408
    assert left_behind(school) == {}
    assert counted == []
    assert len(complaints()) == 1


@pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "chunked"])
@pytest.mark.parametrize(("size", "status"), [(MAX_PAYLOAD, 200), (MAX_PAYLOAD + 1, 413)])
async def test_a_body_over_the_limit_is_answered_413_and_its_client_closed(
    school, ada, complaints, size, status, chunked
):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    body = event("nonsense", "x").encode()
    body = body.replace(b"x", b"x" * (size - len(body) + 1))

    async def parts():
        yield body

    answer = await client.post(parts() if chunked else body)

    assert answer.status == status
    assert bool(left_behind(school)) is (status == 200)
    assert len(complaints()) == (status != 200)


@pytest.mark.parametrize("count", [16, 17, 100, 256])
async def test_every_packet_of_a_body_is_handled(school, ada, counted, count):
    client = await RawPolling.open(school)
    await client.join(ada.token)

    await client.send(*(event("count", number, ack=number) for number in range(count)))

    for number in range(count):
        assert (await client.acked(number))["ok"]
    assert counted == list(range(count))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xff\xfe", id="not UTF-8"),
        pytest.param(b'42/chat,["count","\xff"]', id="not UTF-8 within an event"),
        pytest.param(b"bAAAA", id="binary"),
        pytest.param(b"", id="empty"),
        pytest.param(b"3\x1e", id="an empty packet"),
        pytest.param(b"0{}", id="OPEN"),
        pytest.param(b"2probe", id="PING"),
        pytest.param(b"5", id="UPGRADE"),
        pytest.param(b"9", id="an unknown type"),
        pytest.param(b'd=42/chat,["count",1]', id="JSONP"),
        pytest.param(b"4" + b"[" * 60_000, id="brackets"),
    ],
)
async def test_a_body_that_holds_anything_else_is_answered_400_and_its_client_closed(
    school, ada, counted, complaints, body
):
    client = await RawPolling.open(school)
    await client.join(ada.token)

    assert (await client.post(body)).status == 400

    assert left_behind(school) == {}
    assert counted == []
    assert len(complaints()) == 1


async def test_a_body_whose_client_goes_away_closes_it_without_a_traceback(school, ada, complaints):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    _, writer = await asyncio.open_connection("127.0.0.1", school.port)
    writer.write(post_head(client, b"x" * 100) + b'42/chat,["cou')
    await handled(school, client, "POST")

    writer.transport.abort()

    await until(lambda: not left_behind(school))
    assert len(complaints()) == 1


async def test_a_compressed_body_is_not_unpacked_but_refused(school, ada, counted, complaints):
    client = await RawPolling.open(school)
    await client.join(ada.token)

    answer = await client.post(gzip.compress(event("count", 1).encode()), **{"Content-Encoding": "gzip"})

    assert answer.status == 400
    assert left_behind(school) == {}
    assert counted == []
    assert len(complaints()) == 1


async def test_a_burst_reaches_a_polling_client_in_order_at_most_sixteen_packets_an_answer(school, ada):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    client.answers.clear()

    for number in range(100):
        engine(school).publish("n", number, namespace="/chat", room=f"user:{ada.id}")
    await client.hears('42/chat,["n",99]')

    assert client.said("n") == list(range(100))
    assert [len(answer) for answer in client.answers] == [16] * 6 + [4]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_two_requests_of_a_kind_at_once_close_the_session(school, ada, complaints, method):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    poll = asyncio.create_task(client.poll())
    await handled(school, client)
    _, stalled = await asyncio.open_connection("127.0.0.1", school.port)
    if method == "POST":
        stalled.write(post_head(client, b"x" * 100))
        await handled(school, client, "POST")

    second = await (client.poll() if method == "GET" else client.post("3"))

    assert (second.status, json.loads(second.text)["code"]) == (400, 3)
    assert await poll == (200, "1"), "the poll that was there first is told of the end"
    assert left_behind(school) == {}
    assert (await client.poll()).status == 400
    assert len(complaints()) == 2, "one for the session that was closed, one for the one that is none"
    stalled.transport.abort()


async def test_a_poll_and_a_post_at_once_are_as_they_should_be(school, ada):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    poll = asyncio.create_task(client.poll())
    await handled(school, client)

    await client.send(event("nonsense", ack=1))
    await client.send("3")

    assert (await poll).text.startswith("43/chat,1[")


async def test_a_close_ends_the_poll_that_waits(school):
    client = await RawPolling.open(school)
    poll = asyncio.create_task(client.poll())
    await handled(school, client)

    assert await client.post("1") == (200, "ok")

    assert await poll == (200, "6")
    assert (await client.poll()).status == 400


@pytest.mark.parametrize("opened", [RawWebSocket.open, RawPolling.open], ids=["websocket", "polling"])
async def test_what_comes_after_a_close_is_not_handled(school, ada, counted, complaints, opened):
    client = await opened(school)
    await client.join(ada.token)

    await client.send("1", event("count", 1))

    await until(lambda: not left_behind(school))
    assert counted == []
    assert complaints() == []


async def test_a_client_that_is_put_out_over_polling_is_told(school, ada, monkeypatch):
    monkeypatch.setattr("socket_engine.engine_session.EVICT_TIMEOUT", 0.2)
    client = await RawPolling.open(school)
    await client.send(connect(ada.token))
    await client.hears("40/chat,{")
    waiting = asyncio.create_task(client.poll())
    await handled(school, client)

    engine(school).disconnect_all(f"user:{ada.id}")

    assert "41/chat," in (await waiting).text.split(SEPARATOR)
    await until(lambda: not left_behind(school))
