"""Bytes in transit: answers that are not read, and requests and messages that are not complete, by real sockets."""

import asyncio
import base64
import json
import os
import socket
from contextlib import suppress

import pytest

from handlers.keys import HTTP
from runtime.buffered_bytes import MIN_TRACKED_BYTES
from tests.support.raw_sockets import PATH, engine, until
from tests.support.served import PATIENCE, served

ADDRESS = "127.0.0.1"

UNREAD = {"STUDYHALL_SERVER_BYTES_PER_USER": "300000"}


class Line:
    """A connection by hand. Its kernel takes little that it does not read."""

    def __init__(self, port):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.setblocking(False)
        self._port = port
        self.got = b""

    async def send(self, data):
        loop = asyncio.get_running_loop()
        if self._socket.getsockname()[1] == 0:
            await loop.sock_connect(self._socket, (ADDRESS, self._port))
        async with asyncio.timeout(PATIENCE):
            await loop.sock_sendall(self._socket, data)

    async def read(self, most=1 << 16):
        """Read once; return what came, b"" at the end."""
        async with asyncio.timeout(PATIENCE):
            try:
                data = await asyncio.get_running_loop().sock_recv(self._socket, most)
            except ConnectionError:
                data = b""
        self.got += data
        return data

    async def until(self, end):
        while end not in self.got and await self.read():
            pass
        return self.got

    async def answer(self):
        """Return a whole HTTP answer."""
        head, _, body = (await self.until(b"\r\n\r\n")).partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].split()[0])
        while len(self.got) < len(head) + 4 + size and await self.read():
            pass
        return self.got

    async def to_end(self):
        while await self.read():
            pass
        return self.got

    def close(self):
        self._socket.close()


class Dial:
    """Creates lines. A server that stops waits for those that have not read their answers, unless they are closed."""

    def __init__(self):
        self._lines = []

    def __call__(self, school):
        self._lines.append(Line(school.port))
        return self._lines[-1]

    def close(self):
        for line in self._lines:
            line.close()


@pytest.fixture
def dial():
    """A function that creates a `Line`; all are closed at the end, or by `close`."""
    dial = Dial()
    yield dial
    dial.close()


async def a_long_talk(person, count=300, length=1000):
    room = await person.opens()
    for number in range(count):
        body = {"content": f"{number} {os.urandom(length // 2).hex()}"}  # which hardly compresses
        assert (await person.post(f"/api/study-rooms/{room}/messages", body)).status == 201
    return room


def history(person, room):
    head = f"GET /api/study-rooms/{room}/messages?limit=100 HTTP/1.1\r\nHost: a\r\n"
    return f"{head}Authorization: Bearer {person.token}\r\n\r\n".encode()


async def asks(dial, school, person, room):
    """Request the history, of some 120 kB, without reading it; return when the response waits."""
    before = school.app[HTTP].buffer_budget.total
    line = dial(school)
    await line.send(history(person, room))
    await until(lambda: school.app[HTTP].buffer_budget.total > before)
    return line


async def test_unread_answers_of_one_user_are_bounded_and_refused_until_they_are_read(dial):
    async with served(environ=UNREAD) as school:
        ada, bob = await school.person("Ada"), await school.person("Bob")
        room = await a_long_talk(ada)
        await bob.joins(room)
        unread = [await asks(dial, school, ada, room) for _ in range(3)]
        assert school.app[HTTP].in_flight.count(ADDRESS) == 3

        path = f"/api/study-rooms/{room}/messages?limit=100"
        refused = await ada.get(path)

        assert (refused.status, refused.body["code"], refused.headers["Retry-After"]) == (429, "rate_limited", "1")
        assert (await ada.get("/api/auth/me")).status == 200
        assert (await bob.get(path)).status == 200
        await unread[0].answer()
        await until(lambda: school.app[HTTP].in_flight.count(ADDRESS) == 2)
        assert (await ada.get(path)).status == 200
        unread[1].close()
        unread[2].close()
        await until(lambda: not school.app[HTTP].buffer_budget.total)
        assert len(school.app[HTTP].in_flight) == 0


async def test_requests_count_until_their_answer_is_read(dial):
    async with served(environ={"STUDYHALL_SERVER_REQUESTS_PER_ADDRESS": "2"}) as school:
        ada = await school.person()
        room = await a_long_talk(ada)
        unread = [await asks(dial, school, ada, room) for _ in range(2)]
        assert (await ada.get("/api/auth/me")).status == 429
        assert b"200 OK" in await unread[0].answer()
        await until(lambda: school.app[HTTP].in_flight.count(ADDRESS) == 1)
        assert (await ada.get("/api/auth/me")).status == 200
        dial.close()


async def test_unread_answers_of_one_address_are_bounded_whoever_asks(dial):
    few = {"STUDYHALL_SERVER_BYTES_PER_ADDRESS": "200000"}
    async with served(environ=few) as school:
        people = [await school.person(name) for name in ("Ada", "Bob", "Cleo")]
        room = await a_long_talk(people[0])
        for person in people[1:]:
            await person.joins(room)
        for person in people[:2]:
            await asks(dial, school, person, room)
        path = f"/api/study-rooms/{room}/messages?limit=100"
        assert (await people[2].get(path)).status == 429
        plain = {"Accept-Encoding": "identity"}
        assert (await school.request("GET", "/api/openapi.json", headers=plain)).status == 429, "it is large, too"
        dial.close()


async def test_stalled_client_is_cut_off_and_a_slow_one_is_not(dial, caplog):
    async with served(environ={"STUDYHALL_SERVER_STALLED_AFTER": "3600"}) as school:
        ada = await school.person()
        room = await a_long_talk(ada, count=100, length=3900)
        stalled, slow = await asks(dial, school, ada, room), await asks(dial, school, ada, room)
        answer = school.app[HTTP].buffer_budget.total // 2
        for _ in range(5):
            read = len(slow.got)
            while len(slow.got) < read + 16_000:
                await slow.read(4096)
            await asyncio.sleep(0)
            school.app[HTTP].connections.abort_stalled()

        await until(lambda: school.app[HTTP].in_flight.count(ADDRESS) == 1)
        assert len(await stalled.to_end()) < answer
        assert len(await slow.answer()) > answer
    assert len([line for line in caplog.messages if "stalled_after" in line]) == 1


async def test_stalled_clients_are_looked_for(dial):
    async with served(environ={"STUDYHALL_SERVER_STALLED_AFTER": "0.05"}) as school:
        ada = await school.person()
        room = await a_long_talk(ada)
        await asks(dial, school, ada, room)
        await until(lambda: not school.app[HTTP].in_flight)


async def test_small_answers_that_are_not_read_hold_up_the_next_requests(dial):
    async with served() as school:
        ada = await school.person()
        head = f"GET /api/dashboard HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {ada.token}\r\n\r\n".encode()
        line = dial(school)
        sending = asyncio.create_task(line.send(head * 5_000))
        await until(lambda: any(one._paused for one in school.app[HTTP].connections._open))
        assert (
            max(one._write_transport.get_write_buffer_size() for one in school.app[HTTP].connections._open)
            < 2 * MIN_TRACKED_BYTES
        )
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        dial.close()


async def test_large_answer_is_forgotten_when_it_has_left():
    async with served() as school:
        ada = await school.person()
        room = await a_long_talk(ada)
        assert (await ada.get(f"/api/study-rooms/{room}/messages?limit=100")).status == 200

        def kept():
            [one] = school.app[HTTP].connections._open
            return one._task_handler.get_coro().cr_frame.f_locals["resp"].body

        await until(lambda: kept() is None)


async def test_endless_head_is_refused(dial):
    async with served() as school:
        line = dial(school)
        await line.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
        with suppress(ConnectionError):
            for number in range(10):
                await line.send(f"X-{number}: {'x' * 8_000}\r\n".encode())
        await until(lambda: not [one for one in school.app[HTTP].connections._open if one.transport])
        assert (await line.to_end()).startswith(b"HTTP/1.1 431 ")


def frame(payload, total=None):
    """Return a masked text frame, or the beginning of one of `total` bytes."""
    size = len(payload) if total is None else total
    return b"\x81\xff" + size.to_bytes(8, "big") + bytes(4) + payload


async def web_socket(dial, school):
    line = dial(school)
    key = base64.b64encode(os.urandom(16)).decode()
    await line.send(
        f"GET {PATH}&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    await line.until(b"pingInterval")
    return line


async def joined(dial, school, person):
    line = await web_socket(dial, school)
    await line.send(frame(f'40/chat,{{"token":"{person.token}"}}'.encode()))
    await line.until(b"40/chat,{")
    return line


def join(room, since=0):
    return frame(b"42/chat,1" + json.dumps(["join-room", {"roomId": room, "since": since}]).encode())


async def test_missed_messages_that_are_not_read_are_bounded_for_a_user(dial):
    few = {"STUDYHALL_SERVER_BYTES_PER_USER": "300000"}
    async with served(environ=few) as school:
        ada, bob = await school.person("Ada"), await school.person("Bob")
        room = await a_long_talk(ada)
        await bob.joins(room)
        full, late = await joined(dial, school, ada), await joined(dial, school, ada)
        await full.send(join(room))
        await until(lambda: school.app[HTTP].buffer_budget.total > 300_000)

        await late.send(join(room))
        assert b'"code":"rate_limited"' in await late.until(b"43/chat,1")

        his = await joined(dial, school, bob)
        await his.send(join(room))
        assert b'"missed":[{' in await his.until(b'"missed":[{')
        reading = asyncio.create_task(full.to_end())
        await until(
            lambda: (
                engine(school).eio.check_slow_consumers()
                or school.app[HTTP].buffer_budget.user_has_capacity(ADDRESS, ada.id)
            )
        )
        reading.cancel()
        late.got = b""
        await late.send(join(room))
        assert b'"missed":[{' in await late.until(b'"missed":[{')
        dial.close()


async def test_messages_that_are_not_complete_are_bounded_and_forgotten_when_they_are(dial, caplog):
    few = {"STUDYHALL_SERVER_BYTES_PER_USER": "130000"}
    async with served(environ=few) as school:
        lines = [await web_socket(dial, school) for _ in range(3)]
        for number, line in enumerate(lines[:2]):
            await line.send(frame(b"4" * 60_000, 100_000))
            await until(lambda number=number: school.app[HTTP].buffer_budget.total > 50_000 * (number + 1))
        await lines[2].send(frame(b"4" * 60_000, 100_000))
        await lines[2].to_end()
        assert "closing a connection: incomplete messages exceed a limit ([server] bytes_per_user, " in caplog.text
        await until(lambda: school.app[HTTP].buffer_budget.total <= 120_100)
        await lines[0].send(b"4" * 40_000)
        await until(lambda: school.app[HTTP].buffer_budget.total < 70_000)
        lines[1].close()
        await until(lambda: not school.app[HTTP].buffer_budget.total)


async def test_message_that_is_never_complete_is_given_up(dial, monkeypatch, caplog):
    monkeypatch.setattr("socket_engine.websocket.MESSAGE_TIMEOUT", 0.05)
    async with served() as school:
        line = await web_socket(dial, school)
        await line.send(frame(b"4" * 60_000, 100_000))
        await line.to_end()
        await until(lambda: not school.app[HTTP].buffer_budget.total)
    assert "a message was not complete after" in caplog.text


async def test_bodies_of_polls_that_are_not_complete_are_bounded(dial):
    few = {"STUDYHALL_SERVER_BYTES_PER_USER": "100000"}
    async with served(environ=few) as school:
        lines = []
        for number in range(3):
            opening = await school.request("GET", f"{PATH}&transport=polling")
            sid = json.loads(opening.body[1:])["sid"]
            line = dial(school)
            lines.append(line)
            path = f"{PATH}&transport=polling&sid={sid}"
            head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
            await line.send(head.encode() + b"4" * 60_000)
            if number < 2:
                await until(lambda number=number: school.app[HTTP].buffer_budget.total > 50_000 * (number + 1))
        assert b" 429 " in await lines[2].until(b"\r\n")
        for line in lines:
            line.close()
        await until(lambda: not school.app[HTTP].buffer_budget.total)
