"""Connections of HTTP: how many there may be, and which of those without a request are closed first."""

import asyncio
import errno
import os
import resource

import pytest

from handlers.keys import HTTP
from runtime import open_files
from runtime.http_connections import ConnectionLimits, HttpConnections
from tests.support.process import SECRET, started
from tests.support.raw_sockets import PATH, RawWebSocket, event, until
from tests.support.served import PATIENCE, served

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(autouse=True)
def no_grace(monkeypatch):
    monkeypatch.setattr("runtime.http_connections.MIN_IDLE_TIME", 0)


class Fake:
    def __init__(self):
        self.closed = False
        self.networks = ()

    def close_idle(self):
        self.closed = True


def held(most=1000, idle=1000, idle_per_address=1000, others=0, proxies=()):
    return HttpConnections(ConnectionLimits(most, idle, idle_per_address), lambda: others, lambda peer: peer in proxies)


def opened(connections, peer, count):
    made = [Fake() for _ in range(count)]
    for one in made:
        assert connections.add(one, peer)
    return made


def test_oldest_idle_of_an_address_are_closed_and_no_others():
    connections = held(idle_per_address=3)
    other = opened(connections, "192.0.2.9", 1)
    made = opened(connections, "192.0.2.1", 5)
    assert [one.closed for one in made] == [True, True, False, False, False]
    assert [one.closed for one in other] == [False]
    assert (len(connections), connections.idle) == (6, 4)


def test_young_connections_are_spared_unless_no_more_may_be_open(monkeypatch):
    monkeypatch.setattr("runtime.http_connections.MIN_IDLE_TIME", 3600)
    connections = held(most=100, idle_per_address=3)
    made = opened(connections, "192.0.2.1", 100)
    assert not any(one.closed for one in made)
    opened(connections, "192.0.2.1", 1)
    assert made[0].closed


def test_connection_with_a_request_is_not_idle_and_is_the_youngest_afterwards():
    connections = held(idle_per_address=3)
    made = opened(connections, "192.0.2.1", 3)
    connections.mark_busy(made[0])
    made += opened(connections, "192.0.2.1", 1)
    assert not any(one.closed for one in made)
    connections.mark_idle(made[0])
    assert [one.closed for one in made] == [False, True, False, False]


def test_wider_networks_have_larger_shares():
    connections = held(idle_per_address=2)
    made = [one for number in range(64) for one in opened(connections, f"2001:db8:0:{number:x}00::1", 2)]
    assert sum(not one.closed for one in made) == 2 * 16
    made = [one for number in range(64) for one in opened(connections, f"2001:db8:1:{number:x}::1", 2)]
    assert sum(not one.closed for one in made) == 2 * 4


def test_connections_of_a_proxy_are_of_many_clients():
    connections = held(idle_per_address=2, proxies={"127.0.0.1"})
    assert not any(one.closed for one in opened(connections, "127.0.0.1", 50))


def test_idle_are_bounded_in_all():
    connections = held(idle=100)
    made = [one for number in range(200) for one in opened(connections, f"192.0.2.{number}", 1)]
    assert connections.idle <= 100
    assert [one.closed for one in made] == sorted((one.closed for one in made), reverse=True)


def test_full_server_closes_idle_ones_and_refuses_if_none_is():
    connections = held(most=8, others=3)
    idle = opened(connections, "192.0.2.1", 1)[0]
    for number in range(4):
        connections.mark_busy(opened(connections, f"192.0.2.{number}", 1)[0])

    [late] = opened(connections, "192.0.2.7", 1)

    assert idle.closed
    connections.remove(idle)
    connections.mark_busy(late)
    assert not connections.add(Fake(), "192.0.2.8")


def test_nothing_is_held_of_what_is_closed():
    connections = held()
    for one in opened(connections, "2001:db8::1", 10):
        connections.remove(one)
    assert (len(connections), connections.idle, connections._of_network) == (0, 0, {})


def test_exhausted_files_are_said_once_a_minute_with_the_settings(caplog):
    connections = held()
    made = opened(connections, "192.0.2.1", 4)
    for _ in range(3):
        connections.on_files_exhausted()
    [line] = [line for line in caplog.messages if "files" in line]
    assert "LimitNOFILE" in line
    assert "max_connections" in line
    assert made[0].closed


def test_exhaustion_is_noticed(monkeypatch):
    assert not open_files.are_exhausted()

    def fail(_):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "dup", fail)
    assert open_files.are_exhausted()


@pytest.mark.parametrize(("limit", "wanted", "room"), [(1024, 50_000, 960), (1024, 10, 10), (100, 50_000, 50)])
def test_connections_leave_files_for_the_rest(monkeypatch, limit, wanted, room):
    monkeypatch.setattr(open_files, "max_open_files", lambda: limit)
    assert open_files.max_connections(wanted) == room


@pytest.mark.parametrize("hard", [4096, resource.RLIM_INFINITY])
def test_soft_limit_is_raised_as_far_as_it_goes(monkeypatch, hard):
    now = [1024, hard]

    def change(_, limits):
        if limits[0] == resource.RLIM_INFINITY:
            raise ValueError("as macOS does")
        now[:] = limits

    monkeypatch.setattr(resource, "getrlimit", lambda _: tuple(now))
    monkeypatch.setattr(resource, "setrlimit", change)
    assert open_files.raise_limit() == 1024
    assert open_files.max_open_files() == (4096 if hard == 4096 else open_files.MAX_MACOS_FILES)
    open_files.raise_limit()
    assert now[1] == hard


@pytest.fixture
async def dial():
    """A function that opens a connection to a port; all are closed at the end."""
    writers = []

    async def connect(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        return reader, writer

    yield connect
    for writer in writers:
        writer.transport.abort()


async def answers(connection):
    reader, writer = connection
    writer.write(REQUEST)
    return (await asyncio.wait_for(reader.readuntil(b"}}"), PATIENCE)).startswith(b"HTTP/1.1 200")


async def is_closed(connection):
    return await asyncio.wait_for(connection[0].read(), PATIENCE) == b""


async def test_silent_connections_make_room_for_others(dial, caplog):
    async with served(environ={"STUDYHALL_SERVER_IDLE_PER_ADDRESS": "5"}) as school:
        silent = [await dial(school.port) for _ in range(6)]
        halves = [await dial(school.port) for _ in range(4)]
        for _, writer in halves:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: ")
        for one in silent[:5]:
            assert await is_closed(one)
        assert (await school.request("GET", "/healthz")).status == 200
        assert school.app[HTTP].connections.idle <= 5
        for _, writer in [*silent, *halves]:
            writer.transport.abort()
        await until(lambda: len(school.app[HTTP].connections) <= 1)
    lines = [line for line in caplog.messages if line.startswith("closing idle connections of 127.0.0.1: more than 5")]
    assert len(lines) == 1


async def test_connections_at_work_are_left_alone(dial):
    async with served(environ={"STUDYHALL_SERVER_IDLE_PER_ADDRESS": "2"}) as school:
        ada = await school.person()
        socket = await RawWebSocket.open(school)
        await socket.join(ada.token)
        polling = await ada.chat(transport="polling")
        for _ in range(10):
            await dial(school.port)
        await socket.send(event("join-room", "nowhere", ack=7))
        assert await socket.hears("43/chat,7")
        await polling.settles()
        await socket.close()


async def test_sockets_of_one_address_leave_a_quarter_to_others():
    async with served(environ={"STUDYHALL_SERVER_MAX_CONNECTIONS": "8"}) as school:
        clients = [await RawWebSocket.open(school) for _ in range(6)]
        refused = await school.request("GET", f"{PATH}&transport=polling")
        assert (refused.status, refused.body["code"]) == (429, 4)
        for client in clients:
            await client.close()


async def test_keep_alive_connection_that_answered_last_is_closed_last(dial):
    async with served(environ={"STUDYHALL_SERVER_IDLE_PER_ADDRESS": "2"}) as school:
        first, second = await dial(school.port), await dial(school.port)
        assert await answers(first)
        third = await dial(school.port)
        assert await is_closed(second)
        assert await answers(first)
        assert await answers(third)


@pytest.mark.processes
async def test_server_with_few_connections_lets_clients_in_past_silent_ones(dial):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    environ = {"STUDYHALL_AUTH_SECRET": SECRET, "STUDYHALL_SERVER_MAX_CONNECTIONS": "80"}
    async with started("--port", 0, "--storage", "memory://", environ=environ) as server:
        port = await server.port()
        line = await server.says(r"open files: at most (\d+), before the start (\d+); connections: at most 80")
        assert int(line[1]) == open_files._finite(hard)
        for _ in range(150):
            await dial(port)
        assert await answers(await dial(port))
        await server.says("closing idle connections: more than 80 are open")
        assert (await server.stop()).code == 0
