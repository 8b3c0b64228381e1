"""What a client may not do to the server, whatever it sends: every guard of the Socket.IO layer, by hand."""

import asyncio
import json
import logging
import time

import aiohttp
import pytest

from domain.errors.base import RateLimited
from runtime.rate_limits import TokenBuckets
from socket_engine.packets import _head
from socket_events import EVENTS
from tests.support.raw_sockets import (
    PATH,
    RawPolling,
    RawWebSocket,
    connect,
    engine,
    event,
    handled,
    left_behind,
    until,
)
from tests.support.served import Handled, served

SEED = ("Authentication token is required", "Invalid authentication token", "Authentication failed")
BRACKETS = "[" * 60_000 + "]" * 60_000
DIGITS = "9" * 5_000


@pytest.fixture
async def school():
    async with served() as running:
        yield running
        await until(lambda: not engine(running)._tasks)


@pytest.fixture
async def ada(school):
    return await school.person()


class Gate:
    """The server's own gate, with a door that a test can hold, or break."""

    def __init__(self, gate, admit):
        self._gate, self._admit = gate, admit

    def __getattr__(self, name):
        return getattr(self._gate, name)

    async def authenticate(self, connection, auth):
        await self._admit()
        return await self._gate.authenticate(connection, auth)


@pytest.fixture
def door(school):
    """Give a door that `hold()`s who comes until `opened` is set; `asked` says that somebody waits there."""

    class Door:
        asked, opened = asyncio.Event(), asyncio.Event()

        async def hold(self):
            self.asked.set()
            await self.opened.wait()

        def broken_by(self, admit):
            engine(school).connection_handler = Gate(engine(school).connection_handler, admit)

        async def holds(self, opened, token):
            """Return a client who asks for entry, and waits at the door."""
            self.broken_by(self.hold)
            client = await opened(school)
            await client.send(connect(token))
            await self.asked.wait()
            return client

    return Door()


# Who comes in


@pytest.mark.parametrize("opened", [RawWebSocket.open, RawPolling.open], ids=["websocket", "polling"])
@pytest.mark.parametrize(
    "auth",
    [
        pytest.param("", id="nothing"),
        pytest.param('"a string"', id="a string"),
        pytest.param('["a","list"]', id="a list"),
        pytest.param("5", id="a number"),
        pytest.param("null", id="null"),
        pytest.param('{"token":"\\ud800"}', id="a lone surrogate"),
        pytest.param('{"token":"a.b.\\ud800"}', id="a lone surrogate in a signature"),
        pytest.param('{"token":{"token":["x"]}}', id="an object as the token"),
        pytest.param('{"token":"' + "x" * 100_000 + '"}', id="100 kB"),
        pytest.param('{"token":' + BRACKETS + "}", id="60,000 brackets"),
        pytest.param('{"token":' + DIGITS + "}", id="5,000 digits"),
        pytest.param('{"token":NaN}', id="NaN"),
        pytest.param('{"token":', id="no JSON"),
        pytest.param('{"token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."}', id="an unsigned token"),
    ],
)
async def test_whatever_comes_as_auth_is_refused_and_leaves_nothing(school, complaints, opened, auth):
    client = await opened(school)

    await client.send(f"40/chat,{auth}")
    refused = await client.hears("44/chat,")

    assert json.loads(refused.removeprefix("44/chat,"))["message"] in SEED
    assert left_behind(school) == {"open": [client.sid]}
    assert complaints() == ["token_refused"]


async def test_a_namespace_that_does_not_exist_is_refused_and_leaves_nothing(school, ada):
    client = await RawWebSocket.open(school)

    for namespace in ("/admin", "/chat/", "/*"):
        await client.send(connect(ada.token, namespace))
        assert await client.hears("44") == f'44{namespace},{{"message":"Invalid namespace"}}'
    await client.send("40*,{}")
    await client.hears("44{")
    await client.send("40/random")
    assert await client.hears("44") == '44/random,{"message":"Invalid namespace"}'

    assert left_behind(school) == {"open": [client.sid]}
    await client.join(ada.token)


async def test_a_long_namespace_closes_the_connection_and_is_not_remembered(school, complaints):
    _head.cache_clear()
    for number in range(3):
        client = await RawWebSocket.open(school)
        await client.send(f"40/{number}{'x' * 100}")
        await client.closed()
    assert _head.cache_info().currsize == 0
    assert complaints() == ["closing a connection: 'the name of its namespace is too long'"] * 3


async def test_a_second_connect_to_the_same_namespace_is_refused_and_changes_nothing(school, ada):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    before = repr(left_behind(school))

    await client.send(connect(ada.token))
    await client.hears("44/chat,")

    assert repr(left_behind(school)) == before
    assert (await client.call("leave-room", "x"))["error"]["code"] == "invalid_input"


@pytest.mark.parametrize("failure", [RuntimeError, KeyError, TypeError, asyncio.CancelledError, TimeoutError])
async def test_a_gate_that_fails_lets_nobody_in_and_answers(school, ada, door, failure):
    async def fail():
        raise failure

    door.broken_by(fail)
    client = await RawWebSocket.open(school)

    await client.send(connect(ada.token))

    assert "Authentication failed" in await client.hears("44/chat,")
    assert left_behind(school) == {"open": [client.sid]}


async def test_a_gate_that_hangs_lets_nobody_in_and_answers(school, ada, door, monkeypatch):
    monkeypatch.setattr("socket_engine.socket_server.AUTHENTICATE_TIMEOUT", 0.05)
    door.broken_by(door.hold)
    client = await RawWebSocket.open(school)

    await client.send(connect(ada.token))

    assert "Authentication failed" in await client.hears("44/chat,")
    assert left_behind(school) == {"open": [client.sid]}


async def test_a_websocket_that_goes_while_the_gate_decides_leaves_nothing(school, ada, door):
    client = await door.holds(RawWebSocket.open, ada.token)

    client.answer.connection.transport.abort()
    door.opened.set()

    await until(lambda: not left_behind(school))


async def test_who_goes_over_polling_while_the_gate_decides_leaves_nothing(school, ada, door, complaints):
    client = await door.holds(RawPolling.open, ada.token)

    await client.send("1")
    door.opened.set()

    await until(lambda: not left_behind(school))
    await until(lambda: not engine(school)._tasks)
    assert left_behind(school) == {}
    assert complaints() == []


async def test_who_leaves_a_namespace_while_the_gate_decides_leaves_nothing(school, ada, door, complaints):
    client = await door.holds(RawPolling.open, ada.token)

    await client.send("41/chat,")
    door.opened.set()
    await until(lambda: not engine(school)._tasks)

    assert left_behind(school) == {"open": [client.sid]}
    assert complaints() == []


async def test_who_joins_no_namespace_is_closed():
    async with served() as school:
        ada = await school.person()
        inside = await RawWebSocket.open(school)
        await inside.join(ada.token)
        engine(school)._limits = engine(school)._limits._replace(join_deadline=0.2)
        outside, refused = [await RawWebSocket.open(school) for _ in range(2)]
        polling = await RawPolling.open(school)
        await refused.send(connect("nonsense"))

        assert await outside.closed() is not None
        assert await refused.closed() is not None

        await until(lambda: polling.sid not in left_behind(school).get("open", ()))
        assert (await inside.call("nonsense"))["ok"] is False
        await inside.send("41/chat,")
        assert await inside.closed() is not None, "who leaves its last namespace is outside again"
        await until(lambda: not left_behind(school))


# How many


async def test_an_address_has_so_many_connections_and_room_again_when_one_ends():
    environ = {"STUDYHALL_SOCKET_CONNECTIONS_PER_ADDRESS": "2", "STUDYHALL_SERVER_TRUSTED_PROXIES": "127.0.0.1"}
    async with served(environ=environ) as school:
        here, there = {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "203.0.113.10"}
        first = await RawWebSocket.open(school, **here)
        opening = await school.request("GET", f"{PATH}&transport=polling", headers=here)
        polling = RawPolling(school, json.loads(opening.body[1:])["sid"])

        for transport, handshake in (("polling", {}), ("websocket", HANDSHAKE)):
            refused = await school.request("GET", f"{PATH}&transport={transport}", headers=here | handshake)
            assert (refused.status, refused.headers["Retry-After"], refused.body["code"]) == (429, "10", 4)
        assert len(left_behind(school)["open"]) == 2
        await (await RawWebSocket.open(school, **there)).close()

        ws = await RawWebSocket.handshake(school, f"&sid={polling.sid}", **there)
        await ws.send("2probe", "5")
        await until(lambda: engine(school).eio.sockets[polling.sid].web_socket)
        assert (await school.request("GET", f"{PATH}&transport=polling", headers=here)).status == 429
        await ws.close()
        await until(lambda: polling.sid not in engine(school).eio.sockets)

        assert (await school.request("GET", f"{PATH}&transport=polling", headers=here)).status == 200
        await first.close()
        await until(
            lambda: (
                [engine(school).eio._clients.count(address) for address in ("203.0.113.9", "203.0.113.10")] == [1, 0]
            )
        )


HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


async def test_a_person_has_so_many_connections_and_room_again_when_one_ends():
    async with served(environ={"STUDYHALL_SOCKET_CONNECTIONS_PER_USER": "2"}) as school:
        ada, bob = await school.person(), await school.person("Bob")
        clients = [await RawWebSocket.open(school) for _ in range(3)]
        for client in clients[:2]:
            await client.join(ada.token)

        await clients[2].send(connect(ada.token))
        refused = json.loads((await clients[2].hears("44/chat,")).removeprefix("44/chat,"))

        assert refused == {"message": "Too many connections", "data": {"code": "too_many_connections"}}
        await clients[2].send(connect_root(ada.token))
        await clients[2].hears("40{")
        await (await RawWebSocket.open(school)).join(bob.token)
        await clients[0].send("41/chat,")
        await until(lambda: engine(school)._connections_per_user["/chat", ada.id] == 1)
        await clients[2].join(ada.token)


async def test_nothing_is_counted_of_who_is_gone(school, ada):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    await client.close()

    await until(lambda: not left_behind(school))

    assert (engine(school)._connections_per_user, len(engine(school).eio._clients)) == ({}, 0)


async def test_a_person_who_sends_more_events_than_may_be_is_told_when_again():
    environ = {"STUDYHALL_LIMITS_ENABLED": "true", "STUDYHALL_LIMITS_EVENTS": "5/hour"}
    async with served(environ=environ) as school:
        ada, bob = await school.person(), await school.person("Bob")
        clients = [await RawWebSocket.open(school) for _ in range(3)]
        for client, person in zip(clients, (ada, ada, bob), strict=True):
            await client.join(person.token)

        codes = [(await client.call("nonsense"))["error"]["code"] for client in clients[:2] * 2 + clients[:1]]
        refused = await clients[0].call("nonsense")

        assert codes == ["unknown_event"] * 5
        assert refused["error"]["code"] == "rate_limited"
        assert 700 < refused["error"]["retryAfter"] <= 720
        assert (await clients[2].call("nonsense"))["error"]["code"] == "unknown_event"


def test_a_bucket_fills_up_evenly_and_never_beyond_its_size():
    now = [1000.0]
    buckets = TokenBuckets("100/2 seconds", lambda: now[0])

    def taken(who="ada"):
        for number in range(1000):
            try:
                buckets.take(who)
            except RateLimited as refused:
                return number, refused.retry_after
        raise AssertionError

    assert taken() == (100, 0.1)
    now[0] += 0.1
    assert taken() == (5, 0.1)
    now[0] += 3600
    assert taken() == (100, 0.1)
    assert taken("bob") == (100, 0.1)


def test_who_is_told_to_wait_may_go_on_after_that():
    now = [0.0]
    buckets = TokenBuckets("1/minute", lambda: now[0])
    buckets.take("ada")
    now[0] = 17.33
    with pytest.raises(RateLimited) as refused:
        buckets.take("ada")

    now[0] += refused.value.retry_after

    buckets.take("ada")
    assert refused.value.retry_after == 42.7


def test_buckets_that_are_full_again_are_forgotten():
    now = [0.0]
    buckets = TokenBuckets("100/2 seconds", lambda: now[0])
    for number in range(10_000):
        now[0] += 0.01
        buckets.take(str(number))

    assert len(buckets._full_at) <= 1024


# What is written down


async def test_no_line_of_the_log_has_a_token_or_a_session_id_or_a_second_line(caplog):
    logging.getLogger().setLevel(logging.DEBUG)
    everything = [caplog.handler, *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    for one in everything:
        one.setLevel(logging.DEBUG)
    try:
        async with served(environ={"STUDYHALL_SOCKET_PING_TIMEOUT": "0.2"}) as school:
            ada = await school.person()
            room = await ada.opens()
            secrets = {ada.token, ada.refresh_token}
            ws, polling = await RawWebSocket.open(school), await RawPolling.open(school)
            for client in (ws, polling):
                secrets.add(client.sid)
                await client.join(ada.token)
                assert (await client.call("join-room", room))["ok"]
                assert (await client.call("send-message", {"roomId": room, "content": "Hello"}))["ok"]
            upgraded = await RawWebSocket.handshake(school, f"&sid={polling.sid}")
            await upgraded.send("2probe", "5", event(ada.token, ack=1))
            await upgraded.acked(1)
            assert (await polling.poll()).status == 400
            secrets.update(engine(school).manager.connections)
            forged = f"{PATH}&transport=polling&sid={ws.sid}%0a2026-11-22 WARNING forged"
            assert (await school.request("GET", forged)).status == 400
            await upgraded.send(f"47{ada.token}")
            assert await upgraded.closed() is not None
            await ws.send("40/chat," + ada.token)
            await ws.send("b" + ada.token)
            assert await ws.closed() is not None
            await until(lambda: not left_behind(school))
    finally:
        for one in everything:
            one.setLevel(logging.NOTSET)
        logging.getLogger().setLevel(logging.WARNING)

    lines = [caplog.handler.format(record) for record in caplog.records]
    assert len(lines) > 3
    assert not [line for line in lines if any(secret in line for secret in secrets)]
    assert not [line for line in lines if "\n" in line or "forged" in line]


# What comes in


@pytest.mark.parametrize("name", ["connect", "disconnect", "message", "__init__", "", "error", "room-users"])
async def test_events_that_are_not_in_the_table_do_nothing(school, ada, name):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    before = repr(left_behind(school))

    answer = await client.call(name, {"token": ada.token}, ack=7)
    await client.send(event(name, {"token": ada.token}))
    told = await client.hears('42/chat,["error"')

    assert answer["error"]["code"] == "unknown_event"
    assert json.loads(told.removeprefix("42/chat,"))[2]["code"] == "unknown_event"
    assert repr(left_behind(school)) == before
    room = await ada.opens()
    assert (await client.call("join-room", room))["ok"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param("NaN", "invalid_json", id="NaN"),
        pytest.param("-Infinity", "invalid_json", id="-Infinity"),
        pytest.param("1e999", "invalid_input", id="1e999"),
        pytest.param(BRACKETS, "invalid_json", id="60,000 brackets"),
        pytest.param(DIGITS, "invalid_input", id="5,000 digits"),
        pytest.param('"\\ud800"', "invalid_input", id="a lone surrogate"),
        pytest.param('"\\u0000"', "invalid_input", id="NUL"),
        pytest.param('"x', "invalid_json", id="no JSON"),
    ],
)
async def test_values_that_cannot_be_passed_on_are_refused_and_nothing_is_relayed(school, ada, complaints, value, code):
    room = await ada.opens()
    client, listener = await RawWebSocket.open(school), await RawWebSocket.open(school)
    for one in (client, listener):
        await one.join(ada.token)
        assert (await one.call("join-room", room))["ok"]
    body = f'["send-message",{{"roomId":"{room}","content":{value}}}]'

    await client.send(f"42/chat,5{body}")
    answer = await client.acked(5)
    await client.send(f"42/chat,{body}")
    told = json.loads((await client.hears('42/chat,["error"')).removeprefix("42/chat,"))

    assert (answer["ok"], answer["error"]["code"], told[2]["code"]) == (False, code, code)
    assert (await client.call("send-message", {"roomId": room, "content": "fine"}))["ok"]
    await listener.hears('42/chat,["message"')
    assert [message["content"] for message in listener.said("message")] == ["fine"]
    assert not [packet for packet in client.heard + listener.heard if "NaN" in packet or "Infinity" in packet]
    assert complaints() == []


async def test_an_unknown_field_with_infinity_is_not_relayed(school, ada):
    room = await ada.opens()
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    await client.call("join-room", room)

    await client.send(f'42/chat,6["send-message",{{"roomId":"{room}","content":"x","more":[1e999,{DIGITS}]}}]')

    assert (await client.acked(6))["ok"]
    assert client.said("message")[0].keys() >= {"content"}
    assert not [packet for packet in client.heard if "Infinity" in packet or "more" in packet]


@pytest.mark.parametrize("ack", [3, ""], ids=["with an ack", "without"])
async def test_a_name_that_cannot_be_written_is_answered_and_so_is_what_follows(school, ada, complaints, ack):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)

    await client.send(f'42/chat,{ack}["\\ud800"]', event("nonsense", ack=4))

    assert (await client.acked(4))["error"]["code"] == "unknown_event"
    answers = [packet for packet in client.heard if "invalid_json" in packet]
    assert len(answers) == 1
    assert complaints() == []


BAD_PACKETS = [
    pytest.param('451-["send-message",{"_placeholder":true,"num":0}]', id="a binary event"),
    pytest.param("461-/chat,1[]", id="a binary ack"),
    pytest.param('44/chat,{"message":"no"}', id="a CONNECT_ERROR"),
    pytest.param("47", id="an unknown type"),
    pytest.param("4", id="no type"),
    pytest.param("42/chat,", id="no event"),
    pytest.param('42/chat,{"a":1}', id="an object as an event"),
    pytest.param("42/chat,[]", id="an event without a name"),
    pytest.param('42/chat,abc["join-room"]', id="an ack id that is none"),
    pytest.param('421-["join-room"]', id="an event with attachments"),
    pytest.param('43/chat,["x"]', id="an ack without an id"),
    pytest.param("43/chat,1{}", id="an ack with an object"),
    pytest.param("2probe", id="a ping with a word"),
    pytest.param("3probe", id="a pong with a word"),
    pytest.param("2", id="a ping"),
    pytest.param("4abc", id="a packet that is none"),
    pytest.param("42/chat,[5]", id="a number as a name"),
    pytest.param('42["join-room"]', id="an event where the client is not in"),
    pytest.param("42/chat," + "1" * 200 + '["join-room"]', id="a long ack id"),
    pytest.param('4{"type":2}', id="JSON as a message"),
    pytest.param("4" + "[" * 60_000, id="brackets as a message"),
    pytest.param("2[", id="a ping with JSON"),
    pytest.param("0{}", id="OPEN"),
    pytest.param("6", id="NOOP"),
    pytest.param("8", id="an unknown Engine.IO type"),
    pytest.param("bAAAA", id="base64"),
    pytest.param("", id="nothing at all"),
]


async def present(school, person, client):
    """Bring a client into a room and return a question: how many are in the room?"""
    room = await person.opens()
    await client.join(person.token)
    assert (await client.call("join-room", room))["ok"]
    return lambda: engine(school).manager.subscribers.get("/chat", {}).get(f"room:{room}")


@pytest.mark.parametrize("packet", BAD_PACKETS)
async def test_what_is_no_packet_closes_a_websocket_with_one_line_of_log(school, ada, complaints, packet):
    client = await RawWebSocket.open(school)
    inside = await present(school, ada, client)
    assert inside()

    await client.send(packet)

    assert await client.closed() in (1000, 1008)
    await until(lambda: not left_behind(school))
    assert len(complaints()) == 1


@pytest.mark.parametrize("packet", BAD_PACKETS)
async def test_what_is_no_packet_closes_a_polling_client_with_one_line_of_log(school, ada, complaints, packet):
    client = await RawPolling.open(school)
    inside = await present(school, ada, client)
    assert inside()

    await client.post("\x1e".join([packet, packet, event("nonsense")]) if packet else "")

    assert left_behind(school) == {}
    assert len(complaints()) == 1
    assert (await client.post("3")).status == 400
    assert (await client.poll()).status == 400


async def test_binary_frames_close_a_websocket_with_one_line_of_log(school, ada, complaints):
    client = await RawWebSocket.open(school)
    await present(school, ada, client)

    await client.ws.send_bytes(b"\x04\x02")

    assert await client.closed() == 1008
    await until(lambda: not left_behind(school))
    assert len(complaints()) == 1


@pytest.mark.parametrize(
    ("size", "code"), [pytest.param(999_000, None, id="just below"), pytest.param(1_000_001, 1009, id="above")]
)
async def test_frames_over_the_limit_close_a_websocket_with_one_line_of_log(school, ada, complaints, size, code):
    client = await RawWebSocket.open(school)
    await present(school, ada, client)

    await client.send(event("send-message", "x" * size, ack=9))

    if code is None:
        assert (await client.acked(9))["ok"] is False
        assert complaints() == []
    else:
        assert await client.closed() == code
        await until(lambda: not left_behind(school))
        assert len(complaints()) == 1


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


# In what order, and how many


@pytest.fixture
def slow(monkeypatch):
    """Give an event "slow" whose handler waits; `started` counts its runs, `go` lets them go on."""

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
    if not client._unread:
        client._unread = (await client.poll()).text.split("\x1e")
    return client._unread.pop(0)


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


# Always an answer


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


# Namespaces


@pytest.mark.parametrize("opened", [RawWebSocket.open, RawPolling.open], ids=["websocket", "polling"])
async def test_the_namespace_without_a_name_is_one_like_the_other(school, ada, opened):
    client = await opened(school)
    for packet in ("40", "40{}", "40/,{}"):
        await client.send(packet)
        assert "Authentication token is required" in await client.hears("44{")

    await client.send(connect_root(ada.token))
    await client.hears('40{"sid":')
    await client.send('42["nonsense"]', '420["nonsense"]', '4218446744073709551616["nonsense"]')

    assert "unknown_event" in await client.hears('42["error"')
    assert "unknown_event" in await client.hears("430[")
    assert "unknown_event" in await client.hears("4318446744073709551616[")


@pytest.mark.parametrize(("left", "kept"), [("/", "/chat"), ("/chat", "/")])
async def test_who_leaves_one_namespace_stays_in_the_other(school, ada, left, kept):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    await client.send(connect_root(ada.token))
    await client.hears("40{")

    await client.send("41" if left == "/" else f"41{left},")
    await client.send('421["nonsense"]' if kept == "/" else event("nonsense", ack=1))

    await client.hears("431[" if kept == "/" else f"43{kept},1[")
    [(connection, _)] = left_behind(school)["connections"].values()
    assert connection.namespace == kept


# Who goes


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


def connect_root(token):
    return "40" + json.dumps({"token": token})


@pytest.mark.parametrize("opened", [RawWebSocket.open, RawPolling.open], ids=["websocket", "polling"])
async def test_nothing_is_kept_of_clients_that_are_gone(school, ada, opened):
    room = await ada.opens()
    for _ in range(20):
        client = await opened(school)
        await client.join(ada.token)
        assert (await client.call("join-room", room))["ok"]
        await client.send("1")

    await until(lambda: not left_behind(school))
    assert not engine(school)._tasks


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


# What overlaps


@pytest.fixture
def kept(monkeypatch):
    """Give an event "keep" that is answered when the test says so, and what was begun."""

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
    monkeypatch.setattr("socket_engine.socket_server.MAX_IN_FLIGHT", 2)
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
    await until(lambda: not engine(school)._tasks)
