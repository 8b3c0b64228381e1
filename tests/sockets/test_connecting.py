"""Connecting to a namespace: authentication, failures of the gate, the join deadline, two namespaces."""

import asyncio
import json

import pytest

from socket_engine.packets import _head
from tests.support.raw_sockets import (
    BRACKETS,
    DIGITS,
    RawPolling,
    RawWebSocket,
    connect,
    connect_root,
    engine,
    event,
    left_behind,
    until,
)
from tests.support.served import served

SEED = ("Authentication token is required", "Invalid authentication token", "Authentication failed")


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
    """A gate: `hold()` waits until `opened` is set, and sets `asked`."""

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
    assert complaints() == ["token_rejected"]


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
    monkeypatch.setattr("socket_engine.connection_lifecycle.AUTHENTICATE_TIMEOUT", 0.05)
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
    await until(lambda: not engine(school).task_count)
    assert left_behind(school) == {}
    assert complaints() == []


async def test_who_leaves_a_namespace_while_the_gate_decides_leaves_nothing(school, ada, door, complaints):
    client = await door.holds(RawPolling.open, ada.token)

    await client.send("41/chat,")
    door.opened.set()
    await until(lambda: not engine(school).task_count)

    assert left_behind(school) == {"open": [client.sid]}
    assert complaints() == []


async def test_who_joins_no_namespace_is_closed():
    async with served() as school:
        ada = await school.person()
        inside = await RawWebSocket.open(school)
        await inside.join(ada.token)
        engine(school)._lifecycle._limits = engine(school)._lifecycle._limits._replace(join_deadline=0.2)
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
