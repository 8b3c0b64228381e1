"""Polling clients whose connection is lost: under a poll that waits, and under an answer on its way."""

import asyncio
import json
import socket
from contextlib import suppress
from typing import ClassVar

import pytest
from aiohttp import web

from tests.support.raw_sockets import PATH, RawPolling, RawWebSocket, engine, event, handled, left_behind, until
from tests.support.served import served

pytestmark = pytest.mark.both_loops

UNKNOWN = (400, '{"code":1,"message":"Session ID unknown"}')


@pytest.fixture
async def client(school, ada):
    client = await RawPolling.open(school)
    await client.join(ada.token)
    return client


class Line:
    """One connection to the server, and what is read from it."""

    opened: ClassVar = []

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.opened.append(writer)

    @classmethod
    async def open(cls, school, *, receive_buffer=None):
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", school.port))
        return cls(*await asyncio.open_connection(sock=sock, limit=1024))

    def asks(self, path, *lines):
        self.writer.write("\r\n".join((f"GET {path} HTTP/1.1", "Host: localhost", *lines, "", "")).encode())

    async def hears(self):
        """Return the body of the next answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(line.split(":")[1] for line in head.splitlines() if line.startswith("content-length"))
        return (await self.reader.readexactly(int(length))).decode()

    def end(self, how):
        if how == "closed":
            self.writer.close()
        else:
            self.writer.transport.abort()


@pytest.fixture(autouse=True)
async def _no_line_stays():
    yield
    while Line.opened:
        writer = Line.opened.pop()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def polls(school, client):
    """Return a connection over which a poll of the client waits."""
    line = await Line.open(school)
    line.asks(client.path)
    await handled(school, client)
    return line


def say(school, ada, what):
    engine(school).publish("news", what, namespace="/chat", room=f"user:{ada.id}")


@pytest.mark.parametrize("how", ["closed", "aborted"])
async def test_a_waiting_poll_that_goes_away_ends_the_session(school, client, complaints, how):
    line = await polls(school, client)

    line.end(how)

    await until(lambda: not left_behind(school))
    assert await client.post(event("nonsense", ack=1)) == UNKNOWN
    assert await client.poll() == UNKNOWN
    assert complaints() == ["rejecting a request; further ones like it are not logged: 'Session ID unknown'"]


async def test_a_person_whose_poll_goes_away_has_left_after_the_grace():
    async with served(environ={"STUDYHALL_PRESENCE_GRACE": "0.2"}) as school:
        ada, ben = await school.person(), await school.person("Ben")
        room = await ada.opens()
        await ben.joins(room)
        watching, client = await ada.chat(room), await RawPolling.open(school)
        await client.join(ben.token)
        assert (await client.call("join-room", room))["ok"]
        await until(lambda: engine(school).eio.sockets[client.sid].send_queue.is_empty)

        (await polls(school, client)).end("aborted")

        assert (await watching.hears("user-left"))["userId"] == ben.id


async def test_an_answer_that_is_lost_on_its_way_ends_the_session(school, ada, client):
    line = await Line.open(school, receive_buffer=4096)
    line.asks(client.path)
    await handled(school, client)
    session = engine(school).eio.sockets[client.sid]

    say(school, ada, "x" * 8_000_000)  # far more than the kernel takes
    await until(lambda: not session.requests)
    assert not session.closed

    line.end("aborted")
    await until(lambda: session.closed)
    assert await client.poll() == UNKNOWN


async def test_a_poll_that_does_not_wait_for_the_whole_answer_ends_the_session(school, ada, client):
    line = await Line.open(school, receive_buffer=4096)
    line.asks(client.path)
    await handled(school, client)
    say(school, ada, "x" * 8_000_000)
    await until(lambda: engine(school).eio.sockets[client.sid].poll_connection.is_writing)

    assert (await client.poll()).status == 400

    assert left_behind(school) == {}
    line.end("aborted")  # a server that stops waits for the answer to be read


async def test_an_answer_that_cannot_be_written_ends_the_session(school, ada, client, monkeypatch):
    async def fail(*_):
        raise ConnectionResetError

    line = await polls(school, client)
    monkeypatch.setattr(web.Response, "write_eof", fail)
    say(school, ada, "lost")

    await until(lambda: not left_behind(school))
    assert await line.reader.read() == b""


async def test_a_handshake_whose_answer_cannot_be_written_leaves_nothing(school, monkeypatch):
    async def fail(*_):
        raise ConnectionResetError

    monkeypatch.setattr(web.Response, "write_eof", fail)
    line = await Line.open(school)
    line.asks(f"{PATH}&transport=polling")

    assert await line.reader.read() == b""
    assert left_behind(school) == {}


async def test_a_client_that_does_not_take_its_answer_is_cut_off_with_its_session(school, ada, client, monkeypatch):
    monkeypatch.setattr("socket_engine.engine_server.CLOSE_TIMEOUT", 0.05)
    line = await Line.open(school, receive_buffer=4096)
    line.asks(client.path)
    await handled(school, client)
    session = engine(school).eio.sockets[client.sid]
    say(school, ada, "x" * 8_000_000)
    await until(lambda: not session.requests)

    session.close()

    with suppress(ConnectionError):
        while await line.reader.read(100_000):
            pass
    assert session.poll_connection is None


@pytest.mark.parametrize("how", ["closed", "aborted"])
async def test_a_client_that_goes_away_between_polls_is_closed_soon(school, ada, client, monkeypatch, how):
    monkeypatch.setattr("socket_engine.engine_session.POLL_TIMEOUT", 0.05)
    line = await polls(school, client)
    say(school, ada, 1)
    await line.hears()

    line.end(how)

    await until(lambda: not left_behind(school))


async def test_a_client_whose_connections_the_server_closes_need_not_hurry(school, ada, client, monkeypatch):
    monkeypatch.setattr("socket_engine.engine_session.POLL_TIMEOUT", 0.0)
    line = await Line.open(school)
    line.asks(client.path, "Connection: close")
    await handled(school, client)
    say(school, ada, 1)
    await line.hears()
    assert await line.reader.read() == b""

    assert (await client.call("nonsense"))["error"]["code"] == "unknown_event"


async def test_connections_that_end_between_polls_end_nothing(school, ada, client):
    for number in range(3):
        line = await polls(school, client)
        say(school, ada, number)
        assert json.loads((await line.hears()).removeprefix("42/chat,")) == ["news", number]
        line.end("closed")
        await until(lambda: len(left_behind(school)["open"]) == 1)

    assert (await client.call("nonsense"))["error"]["code"] == "unknown_event"


async def test_a_connection_carries_polls_and_other_requests_one_after_the_other(school, ada, client):
    line = await Line.open(school)
    for number in range(3):
        line.asks(client.path)
        await handled(school, client)
        say(school, ada, number)
        assert json.loads((await line.hears()).removeprefix("42/chat,")) == ["news", number]
        line.asks("/healthz")
        assert json.loads(await line.hears())["data"] == {"status": "alive"}

    line.asks("/healthz")
    await line.hears()
    line.end("closed")
    assert (await client.call("nonsense"))["error"]["code"] == "unknown_event"


async def upgrading(school, client):
    ws = await RawWebSocket.handshake(school, f"&sid={client.sid}")
    await until(lambda: engine(school).eio.sockets[client.sid].upgrade)
    return ws


async def test_a_poll_that_is_dropped_for_a_websocket_ends_nothing(school, ada, client):
    line = await polls(school, client)
    ws = await upgrading(school, client)
    line.end("aborted")
    await until(lambda: not engine(school).eio.sockets[client.sid].requests)

    say(school, ada, "kept")
    await ws.send("2probe", "5", event("nonsense", ack=1))

    assert (await ws.acked(1))["error"]["code"] == "unknown_event"
    assert ws.said("news") == ["kept"]


@pytest.mark.parametrize("comes_back", [False, True])
async def test_a_client_that_neither_polls_nor_upgrades_any_more_is_gone(school, client, comes_back):
    line = await polls(school, client)
    session = engine(school).eio.sockets[client.sid]
    ws = await upgrading(school, client)
    line.end("aborted")
    await until(lambda: session._poll_lost)
    if comes_back:
        assert await client.poll() == (200, "6"), "while it upgrades"

    ws.answer.connection.transport.abort()

    await until(lambda: session.upgrade is None)
    assert session.closed is not comes_back
