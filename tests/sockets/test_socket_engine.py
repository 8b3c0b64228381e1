"""How bytes move: polling, WebSockets, the change from one to the other, publishing, and the end."""

import asyncio
import gzip
import json
import time
from contextlib import suppress

import aiohttp
import pytest

from runtime import json_codec
from socket_engine.engine_session import UPGRADE_TIMEOUT
from socket_engine.memory_trimmer import _malloc_trim
from socket_engine.packets import OutgoingPacket, text_frame
from socket_engine.send_queue import DEFERRED_TIME_SHARE, FlushScheduler, SendQueue, SendQueueLimits
from socket_engine.socket_server import MAX_PAYLOAD
from socket_events import EVENTS
from storage.memory import MemoryStorage
from tests.support.raw_sockets import (
    PATH,
    PATIENCE,
    SEPARATOR,
    RawPolling,
    RawWebSocket,
    connect,
    engine,
    event,
    handled,
    http,
    left_behind,
    until,
)
from tests.support.served import Handled, served

pytestmark = pytest.mark.both_loops

ORIGIN = "https://app.example.org"


@pytest.fixture
async def school():
    async with served(environ={"STUDYHALL_CORS_ORIGINS": ORIGIN}) as running:
        yield running
        await until(lambda: not engine(running)._tasks)


@pytest.fixture
async def ada(school):
    return await school.person()


@pytest.fixture
def counted(monkeypatch):
    """Give an event "count" whose handler notes its argument, and the notes."""
    notes = []

    async def count(app, connection, argument):
        notes.append(argument)
        return {"ok": True}

    monkeypatch.setitem(EVENTS, "count", Handled(count))
    return notes


# Publishing


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


# Polling


def post(client, body, *lines):
    """Return the head of a raw POST."""
    length = () if any("chunked" in line for line in lines) else (f"Content-Length: {len(body)}",)
    head = [f"POST {client.path} HTTP/1.1", "Host: localhost", "Content-Type: text/plain", *length, *lines]
    return ("\r\n".join(head) + "\r\n\r\n").encode()


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
        head, parts = post(client, body, "Transfer-Encoding: chunked"), [*map(chunk, parts), b"0\r\n\r\n"]
    else:
        head = post(client, body)

    assert await http(school, head, *parts, between=pause) == (200, "ok")

    await until(lambda: len(counted) == 20)
    assert counted == [f"{number} é" for number in range(20)]


async def test_a_body_that_stalls_is_answered_408_and_its_client_closed(school, ada, counted, complaints, monkeypatch):
    monkeypatch.setattr("socket_engine.polling.BODY_TIMEOUT", 0.1)
    client = await RawPolling.open(school)
    await client.join(ada.token)
    body = event("count", 1).encode()

    answer = await http(school, post(client, body), body[:-1])

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
    writer.write(post(client, b"x" * 100) + b'42/chat,["cou')
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


@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        pytest.param("GET", "EIO=4&transport=polling&j=0", 3, id="JSONP"),
        pytest.param("GET", "EIO=3&transport=polling", 5, id="an old protocol"),
        pytest.param("GET", "EIO=abc&transport=polling", 5, id="a protocol that is none"),
        pytest.param("GET", "transport=polling", 5, id="no protocol"),
        pytest.param("GET", "EIO=4&transport=carrier-pigeon", 0, id="an unknown transport"),
        pytest.param("GET", "EIO=4", 0, id="no transport"),
        pytest.param("GET", "EIO=4&transport=websocket", 3, id="a WebSocket without its handshake"),
        pytest.param("GET", "EIO=4&transport=polling&sid=nobody", 1, id="a GET with a wrong sid"),
        pytest.param("GET", "EIO=4&transport=polling&sid=", 1, id="an empty sid"),
        pytest.param("POST", "EIO=4&transport=polling&sid=nobody", 1, id="a POST with a wrong sid"),
        pytest.param("POST", "EIO=4&transport=polling&sid=%0aWARNING%20forged", 1, id="a sid with a line break"),
        pytest.param("POST", "EIO=4&transport=polling", 2, id="a POST without a sid"),
        pytest.param("PUT", "EIO=4&transport=polling", 2, id="a PUT"),
        pytest.param("GET", "EIO=4&transport=polling&sid=%ED%A0%80", 1, id="a lone surrogate"),
    ],
)
async def test_requests_that_make_no_sense_are_answered_400_in_one_line_of_log(school, complaints, method, query, code):
    for _ in range(3):
        answer = await school.request(method, f"/socket.io/?{query}", data="3" if method == "POST" else None)
        assert (answer.status, answer.body["code"]) == (400, code)

    assert left_behind(school) == {}
    assert len(complaints()) == 1
    assert not [line for line in complaints() if "\n" in line or "forged" in line]


@pytest.mark.parametrize(
    "handshake",
    [
        pytest.param({"Connection": "keep-alive", "Upgrade": "websocket"}, id="not to be upgraded"),
        pytest.param({"Connection": "Upgrade", "Upgrade": "websocket"}, id="without a key"),
        pytest.param(
            {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"},
            id="with a bad key",
        ),
    ],
)
async def test_a_broken_handshake_is_answered_400_and_leaves_nothing(school, complaints, handshake):
    head = [f"GET {PATH}&transport=websocket HTTP/1.1", "Host: localhost", *map(": ".join, handshake.items())]

    answer = await http(school, ("\r\n".join(head) + "\r\n\r\n").encode())

    assert answer.status == 400
    assert left_behind(school) == {}
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
        stalled.write(post(client, b"x" * 100))
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


class Carrier:
    """A connection that keeps what is written to it."""

    def __init__(self):
        self.writes = []

    def write(self, data):
        self.writes.append(data)

    def get_write_buffer_size(self):
        return 0

    def is_closing(self):
        return False


def work(seconds):
    """Use so much of the processor."""
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        pass


def outbox_of(carrier, turn):
    """Return the outbox of a client that has a WebSocket over a carrier."""
    outbox = SendQueue(turn, SendQueueLimits(1000, 10), lambda: None)
    outbox.put(OutgoingPacket(b"0"))
    outbox.attach_transport(carrier)
    return outbox


async def test_what_one_turn_produced_for_a_client_leaves_in_one_write_in_order():
    turn, carriers = FlushScheduler(), [Carrier(), Carrier()]
    outboxes = [outbox_of(carrier, turn) for carrier in carriers]
    said = OutgoingPacket(b"42said")
    for _ in range(3):
        outboxes[0].put(said)
        outboxes[1].put(said)
        outboxes[0].put(OutgoingPacket(b"43ack"))
    asyncio.get_running_loop().call_soon(outboxes[0].put, OutgoingPacket(b"43of who was told"))

    await until(lambda: all(carrier.writes for carrier in carriers))

    assert carriers[0].writes == [b"\x81\x010" + b"\x81\x0642said\x81\x0543ack" * 3 + b"\x81\x1143of who was told"]
    assert carriers[1].writes == [b"\x81\x010" + b"\x81\x0642said" * 3]
    outboxes[1].put(said)
    await until(lambda: carriers[1].writes[1:])
    assert carriers[1].writes[1:] == [b"\x81\x0642said"]


async def test_writing_rests_after_it_took_long_and_what_came_meanwhile_leaves_in_one_write(monkeypatch):
    rest = 25  # times as long as the last write took
    monkeypatch.setattr("socket_engine.send_queue.FLUSH_BACKOFF", rest)
    monkeypatch.setattr("socket_engine.send_queue.MAX_FLUSH_BACKOFF", 60)
    clock = asyncio.get_running_loop().time

    class Slow(Carrier):
        def write(self, data):
            super().write((clock(), data))
            work(0.02)

    carrier = Slow()
    outbox = outbox_of(carrier, FlushScheduler())
    await until(lambda: carrier.writes)
    for number in range(5):
        outbox.put(OutgoingPacket(b"42%d" % number))
        await asyncio.sleep(0.001)

    await until(lambda: len(carrier.writes) > 1)

    (began, _), (then, data) = carrier.writes
    assert then - began > rest * 0.02
    assert data == b"".join(b"\x81\x0342%d" % number for number in range(5))


async def test_a_client_that_cannot_be_written_to_costs_the_others_nothing():
    class Broken(Carrier):
        aborted = False

        def write(self, _):
            raise OSError("no more of this")

        def abort(self):
            self.aborted = True

    turn, broken, whole = FlushScheduler(), Broken(), Carrier()
    outboxes = [outbox_of(broken, turn), outbox_of(whole, turn)]

    await until(lambda: whole.writes)
    outboxes[1].put(OutgoingPacket(b"42said"))
    await until(lambda: whole.writes[1:])

    assert broken.aborted
    assert whole.writes == [b"\x81\x010", b"\x81\x0642said"]


async def test_what_can_wait_leaves_with_what_cannot_or_a_moment_later_in_order(monkeypatch):
    monkeypatch.setattr("socket_engine.send_queue.DEFER_DELAY", 0.25)
    carrier = Carrier()
    outbox = outbox_of(carrier, FlushScheduler())
    await until(lambda: carrier.writes)
    for number in range(2):
        outbox.put_deferred(OutgoingPacket(b"%d" % number))
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(carrier.writes) == 1

    outbox.put(OutgoingPacket(b"2"))
    await until(lambda: len(carrier.writes) > 1)
    assert carrier.writes[1] == b"\x81\x010\x81\x011\x81\x012"

    outbox.put_deferred(OutgoingPacket(b"3"))
    outbox.put_deferred(OutgoingPacket(b"4"))
    await until(lambda: len(carrier.writes) > 2)
    assert carrier.writes[2] == b"\x81\x013\x81\x014"


async def test_what_can_wait_waits_longer_where_telling_it_takes_long():
    class Slow(Carrier):
        def write(self, data):
            super().write(data)
            work(0.02)

    loop, carrier = asyncio.get_running_loop(), Slow()
    outbox = outbox_of(carrier, FlushScheduler())
    await until(lambda: carrier.writes)
    outbox.put_deferred(OutgoingPacket(b"0"))
    await until(lambda: len(carrier.writes) > 1)
    began = loop.time()

    outbox.put_deferred(OutgoingPacket(b"1"))
    await until(lambda: len(carrier.writes) > 2)

    assert loop.time() - began >= 0.02 / DEFERRED_TIME_SHARE


@pytest.mark.parametrize(
    ("length", "head"),
    [(125, b"\x7d"), (126, b"\x7e\x00\x7e"), (65535, b"\x7e\xff\xff"), (65536, b"\x7f" + bytes(5) + b"\x01\x00\x00")],
)
def test_a_frame_tells_its_length(length, head):
    assert text_frame(b"x" * length) == b"\x81" + head + b"x" * length


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
    assert complaints() == ["cutting off a client that does not read"]


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
    assert complaints() == ["cutting off a client that does not read"]


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
    assert complaints() == ["cutting off a client that does not read"]


# Whether a client is still there


QUICK = {"STUDYHALL_SOCKET_PING_INTERVAL": "0.3", "STUDYHALL_SOCKET_PING_TIMEOUT": "0.2"}


@pytest.fixture
async def quick():
    """Give a server that asks soon, as the one that the protocol's own tests want."""
    async with served(environ=QUICK) as running:
        yield running


async def ticks():
    """Count hundredths of a second until it is cancelled, but none in which nothing runs here."""
    count = 0
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(0.01)
            count += 1
    return count


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_handshake_tells_exactly_what_holds(quick, transport):
    if transport == "polling":
        opening = (await quick.request("GET", f"{PATH}&transport=polling")).body
    else:
        opening = await (await RawWebSocket.handshake(quick)).ws.receive_str()

    assert opening[0] == "0"
    told = json.loads(opening[1:])
    assert isinstance(told.pop("sid"), str)
    assert told == {
        "upgrades": ["websocket"] if transport == "polling" else [],
        "pingInterval": 300,
        "pingTimeout": 200,
        "maxPayload": MAX_PAYLOAD,
    }


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


async def test_who_answers_no_ping_is_closed_on_time(quick):
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


async def test_who_does_not_read_is_closed_though_it_answers_pings_that_it_cannot_know(quick):
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

    for _ in range(20):
        answer = await client.post("3")
        await asyncio.sleep(0.05)

    assert answer.status == 400
    assert left_behind(quick) == {}


# The protocol's own tests, as far as they are about a server


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


# From polling to WebSocket


async def upgrade(school, polling):
    """Return a WebSocket that has sent its probe and been answered."""
    ws = await RawWebSocket.handshake(school, f"&sid={polling.sid}")
    await probe(ws)
    return ws


async def probe(ws):
    await ws.send("2probe")
    assert await ws.next() == "3probe"


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


# Where browsers come from


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize(
    ("headers", "welcome"),
    [
        pytest.param({}, True, id="none"),
        pytest.param({"Origin": "http://{own}"}, True, id="its own"),
        pytest.param({"Origin": "https://{own}"}, True, id="its own behind a proxy"),
        pytest.param({"Origin": ORIGIN}, True, id="a listed one"),
        pytest.param({"Origin": "https://evil.example"}, False, id="another"),
        pytest.param({"Origin": ORIGIN + ".evil.example"}, False, id="one that begins like a listed one"),
        pytest.param({"Origin": "http://{own}.evil.example"}, False, id="one that begins like its own"),
        pytest.param({"Origin": "null"}, False, id="null"),
        pytest.param({"Origin": "null", "Host": ""}, False, id="null without a host"),
        pytest.param({"Origin": "http://["}, False, id="no address"),
        pytest.param(
            {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
            False,
            id="another with a forged X-Forwarded-Host",
        ),
    ],
)
async def test_browsers_come_from_the_servers_own_and_the_listed_origins(
    school, complaints, transport, headers, welcome
):
    headers = {name: value.format(own=f"127.0.0.1:{school.port}") for name, value in headers.items()}
    if transport == "websocket":
        try:
            client = await RawWebSocket.open(school, **headers)
            status, allowed = 200, client.answer.headers.get("Access-Control-Allow-Origin", headers.get("Origin"))
        except aiohttp.WSServerHandshakeError as error:
            status, allowed = error.status, error.headers.get("Access-Control-Allow-Origin")
    else:
        answer = await school.request("GET", f"{PATH}&transport=polling", headers=headers)
        status, allowed = answer.status, answer.headers.get("Access-Control-Allow-Origin")

    assert status == (200 if welcome else 400)
    assert allowed == (headers.get("Origin") if welcome else None)
    assert len(complaints()) == (not welcome)


# The end


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
        stalled.write(post(polling[2], b"x" * 100))
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
    assert not engine(school)._tasks, "what cannot be answered any more does not run on"
    unread.abort()
    stalled.transport.abort()


@pytest.mark.parametrize("kind", [RawWebSocket, RawPolling])
async def test_what_had_come_in_is_answered_before_the_server_ends(monkeypatch, kind):
    add_messages, adding, go = MemoryStorage.add_messages, asyncio.Event(), asyncio.Event()

    async def slowly(storage, drafts):
        adding.set()
        await go.wait()
        return await add_messages(storage, drafts)

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

    assert order == ["client", "storage"]
    await client.close()


async def test_nobody_new_is_let_in_while_the_server_ends(school, ada):
    engine(school).eio.draining = True

    for transport in ("polling", "websocket"):
        answer = await school.request("GET", f"{PATH}&transport={transport}")
        assert (answer.status, int(answer.headers["Retry-After"]) in range(1, 5)) == (503, True)
    assert left_behind(school) == {}


async def test_a_client_that_is_put_out_over_polling_is_told(school, ada):
    client = await RawPolling.open(school)
    await client.send(connect(ada.token))
    await client.hears("40/chat,{")
    waiting = asyncio.create_task(client.poll())
    await handled(school, client)

    engine(school).disconnect_all(f"user:{ada.id}")

    assert "41/chat," in (await waiting).text.split(SEPARATOR)
    await until(lambda: not left_behind(school))
