"""Limits of connections for each address and user, and of the rate of events."""

import json

import pytest

from domain.errors.base import RateLimited
from runtime.rate_limits import TokenBuckets
from tests.support.raw_sockets import (
    PATH,
    RawPolling,
    RawWebSocket,
    connect,
    connect_root,
    engine,
    left_behind,
    until,
)
from tests.support.served import served


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
        await until(lambda: engine(school)._lifecycle._connections_per_user["/chat", ada.id] == 1)
        await clients[2].join(ada.token)
        for client in clients:
            await client.close()


async def test_nothing_is_counted_of_who_is_gone(school, ada):
    client = await RawWebSocket.open(school)
    await client.join(ada.token)
    await client.close()

    await until(lambda: not left_behind(school))

    assert (engine(school)._lifecycle._connections_per_user, len(engine(school).eio._clients)) == ({}, 0)


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
        for client in clients:
            await client.close()


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
