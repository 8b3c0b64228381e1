"""A real server goes away while people talk, and comes back: nothing acked is lost, everybody is there again soon."""

import asyncio
import json
import random
import resource
import signal
import time

import pytest

from bench.load.http import ask_all, request
from bench.load.websocket import connect, frame
from bench.population import account
from tests.support.ports import lasting_port
from tests.support.process import START_WITHIN, started

pytestmark = pytest.mark.slow

PEOPLE, TABS = 100, 10
BACK_WITHIN = 10.0
"""Seconds in which 1,000 clients that come at once are back and have what they missed."""


@pytest.fixture(autouse=True)
def many_files():
    most, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(most, min(hard, 4096)), hard))


@pytest.fixture
def environ():
    return {
        "STUDYHALL_SERVER_ENVIRONMENT": "test",
        "STUDYHALL_LIMITS_ENABLED": "false",
        "STUDYHALL_SOCKET_CONNECTIONS_PER_ADDRESS": "5000",
        "STUDYHALL_AUTH_SECRET": "only for a test, and long enough",
    }


async def one_room(port):
    """Return the tokens of people, and the room of which all of them are members."""
    signed_up = await ask_all(port, [request("POST", "/api/auth/register", body=account(n)) for n in range(PEOPLE)])
    tokens = [answer["token"] for answer in signed_up]
    [opened] = await ask_all(port, [request("POST", "/api/study-rooms", tokens[0], {"name": "Hall"})])
    room = opened["data"]["id"]
    await ask_all(port, [request("POST", f"/api/study-rooms/{room}/join", token) for token in tokens[1:]])
    return tokens, room


async def come_in(port, token, room, since=0):
    """Return a socket in the room, and the numbers of what it missed."""
    socket = await connect(port, token)
    socket.answers = {}
    await socket.call("join-room", {"roomId": room, "since": since})
    [answer] = json.loads(socket.answers[0])
    assert answer["recovered"]
    return socket, [message["seq"] for message in answer["missed"]]


async def everybody(port, tokens, room, since=0):
    """Connect and join with all users concurrently."""
    crowd = [come_in(port, token, room, since) for token in tokens for _ in range(TABS)]
    return await asyncio.gather(*crowd)


async def history(port, token, room):
    messages, more = [], True
    while more:
        path = f"/api/study-rooms/{room}/messages?after={len(messages)}&limit=100"
        [page] = await ask_all(port, [request("GET", path, token)])
        messages += page["data"]["messages"]
        more = page["data"]["pagination"]["hasMore"]
    return messages


async def say(socket, room, texts):
    for text in texts:
        await socket.call("send-message", {"roomId": room, "content": text, "clientMessageId": text})


async def test_a_thousand_clients_that_come_back_at_once_are_soon_back_and_up_to_date(tmp_path, environ):
    file, port = f"sqlite:///{tmp_path}/hall.db", lasting_port()
    async with started("--port", port, "--storage", file, environ=environ) as server:
        await server.port()
        tokens, room = await one_room(port)
        inside = await everybody(port, tokens, room)
        assert all(missed == [] for _, missed in inside)
        await say(inside[0][0], room, ["before"])
        began = time.monotonic()
        left = await server.stop()
        assert (left.code, left.errors) == (0, [])
        assert time.monotonic() - began < 15
        async with asyncio.timeout(START_WITHIN):
            while not all(socket.transport.is_closing() for socket, _ in inside):
                await asyncio.sleep(0.01)

    async with started("--port", port, "--storage", file, environ=environ) as server:
        await server.port()
        early, _ = await come_in(port, tokens[0], room, 1)
        await say(early, room, ["missed 1", "missed 2"])
        began = time.monotonic()
        back = await everybody(port, tokens, room, 1)
        took = time.monotonic() - began
        assert all(missed == [2, 3] for _, missed in back)
        await say(early, room, ["after"])
        async with asyncio.timeout(START_WITHIN):
            while not all(socket.messages for socket, _ in back):
                await asyncio.sleep(0.01)
        for socket, _ in (*back, (early, None)):
            socket.transport.abort()

    print(f"{len(back):,} clients were back within {took:.1f} s")  # noqa: T201
    assert took < BACK_WITHIN


@pytest.mark.parametrize("attempt", range(3))
async def test_what_is_acked_when_the_server_is_told_to_go_is_kept_and_nothing_twice(tmp_path, environ, attempt):
    file, port = f"sqlite:///{tmp_path}/hall.db", lasting_port()
    async with started("--port", port, "--storage", file, environ=environ) as server:
        await server.port()
        tokens, room = await one_room(port)
        talkers = [(await come_in(port, token, room))[0] for token in tokens[:20]]
        talk = [asyncio.create_task(go_on(socket, room, f"{n}")) for n, socket in enumerate(talkers)]
        async with asyncio.timeout(START_WITHIN):
            while not any(socket.answers for socket in talkers):
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2 * random.random())
        server.send(signal.SIGTERM)
        said = await asyncio.gather(*talk)
        await server.ends()
    acked = [text for yes, _ in said for text in yes]
    unsure = [text for _, left in said for text in left]
    assert acked

    async with started("--port", port, "--storage", file, environ=environ) as server:
        await server.port()
        kept = [message["content"] for message in await history(port, tokens[0], room)]
        assert set(acked) <= set(kept)
        for number, (_, left) in enumerate(said):
            socket, _ = await come_in(port, tokens[number], room, len(kept))
            await say(socket, room, left)
            socket.transport.abort()
        messages = await history(port, tokens[0], room)

    assert sorted(message["content"] for message in messages) == sorted(acked + unsure)
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))


async def go_on(socket, room, name):
    """Talk until the server is gone, eight messages on their way at a time; return what was acked and what was not."""
    sent, refused, socket.answers = 0, set(), {}
    socket.on_acks = lambda _, no: refused.update(no)
    while not socket.transport.is_closing():
        while not refused and sent - len(socket.answers) < 8:
            said = {"roomId": room, "content": f"{name}: {sent}", "clientMessageId": f"{name}: {sent}"}
            socket.transport.write(frame(f"42/chat,{sent}{json.dumps(['send-message', said])}".encode()))
            sent += 1
        await asyncio.sleep(0.001)
    acked = set(socket.answers)
    return [f"{name}: {n}" for n in sorted(acked)], [f"{name}: {n}" for n in range(sent) if n not in acked]
