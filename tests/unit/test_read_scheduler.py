"""Read budget of one turn of the event loop. Only reading advances the clock here."""

import asyncio

import pytest

from socket_engine.read_scheduler import CHUNK_SIZE, READ_BUDGET, ReadScheduler
from tests.support.raw_sockets import RawWebSocket, connect, engine, event


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


class Source:
    """A connection whose bytes take some time each to read; it is also its own transport."""

    def __init__(self, clock, heard, name, per_byte=0.0):
        self.transport = self
        self.is_read = True
        self._clock, self._heard, self._name, self._per_byte = clock, heard, name, per_byte

    def parse(self, data):
        self._clock.seconds += len(data) * self._per_byte
        self._heard.append((self._name, bytes(data)))

    def pause_reading(self):
        self.is_read = False

    def resume_reading(self):
        self.is_read = True


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def heard():
    return []


@pytest.fixture
def intake(clock):
    return ReadScheduler(clock)


async def test_what_comes_is_read_at_once_where_there_is_time(intake, clock, heard):
    sources = [Source(clock, heard, name, READ_BUDGET / 100) for name in range(10)]
    for source in sources:
        intake.feed(source, b"hello")
    assert heard == [(name, b"hello") for name in range(10)]
    assert all(source.is_read for source in sources)


async def test_what_is_beyond_the_time_of_a_turn_is_what_the_next_turns_begin_with(intake, clock, heard):
    sources = [Source(clock, heard, name, READ_BUDGET / 19) for name in range(10)]
    turns = []
    for source in sources:
        intake.feed(source, b"0123456789")  # a little over half of a turn
    while len(heard) < 10:
        turns.append(len(heard))
        await asyncio.sleep(0)
    assert turns == [2, 4, 6, 8]
    assert heard == [(name, b"0123456789") for name in range(10)]
    assert all(source.is_read for source in sources)


async def test_a_connection_with_more_than_a_turn_holds_is_not_read_and_does_not_hold_up_the_others(
    intake, clock, heard
):
    loud, quiet = Source(clock, heard, "loud", READ_BUDGET / CHUNK_SIZE), Source(clock, heard, "quiet")
    sent = b"".join(b"%08d" % number for number in range(CHUNK_SIZE // 2))  # four pieces
    intake.feed(loud, sent)
    assert not loud.is_read
    intake.feed(quiet, b"hello")
    while not loud.is_read:
        await asyncio.sleep(0)
    assert [name for name, _ in heard] == ["loud", "loud", "quiet", "loud", "loud"]
    assert b"".join(data for name, data in heard if name == "loud") == sent


async def test_a_turn_that_reads_little_leaves_its_time_to_nobody(intake, clock, heard):
    source = Source(clock, heard, "ada", READ_BUDGET / 10)
    for _ in range(20):
        intake.feed(source, b"hello")
        await asyncio.sleep(0)
    assert len(heard) == 20


async def test_more_than_a_turn_reads_arrives_whole_and_in_order(school, monkeypatch):
    monkeypatch.setattr("socket_engine.read_scheduler.READ_BUDGET", 1e-9)
    monkeypatch.setattr("socket_engine.read_scheduler.CHUNK_SIZE", 100)
    people = [await school.person(name) for name in ("Ada", "Bob", "Fay")]
    clients = [await RawWebSocket.open(school) for _ in people]

    for client, person in zip(clients, people, strict=True):
        await client.send(connect(person.token), *(event("nonsense", "x" * n, ack=n) for n in range(200)))

    for client in clients:
        assert [(await client.acked(n))["error"]["code"] for n in range(200)] == ["unknown_event"] * 200
    assert not engine(school).eio._read_scheduler._paused


async def test_of_a_connection_that_is_cut_off_what_waits_is_not_read(school, monkeypatch, complaints):
    monkeypatch.setattr("socket_engine.read_scheduler.READ_BUDGET", 1e-9)
    monkeypatch.setattr("socket_engine.read_scheduler.CHUNK_SIZE", 10)
    client = await RawWebSocket.open(school)
    transport = engine(school).eio
    [web_socket] = transport._web_sockets
    await client.send("no packet, and long enough for a thousand turns" * 200)
    async with asyncio.timeout(15):
        while not transport._read_scheduler._paused:
            await asyncio.sleep(0)

        web_socket.transport.abort()

        while transport.sockets or transport._read_scheduler._paused:
            await asyncio.sleep(0)
    assert complaints() == []
