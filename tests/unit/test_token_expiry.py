"""Connections whose token expires."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from types import SimpleNamespace

import jwt
import msgspec
import pytest
import socketio

from domain.clock import format_timestamp
from domain.connections import CHAT, Connection
from domain.events import TokenExpiring
from services.accounts import token_expiry
from services.accounts.token_expiry import TokenExpiryMonitor
from storage.memory import MemoryStorage
from tests.support import official
from tests.support.official import Script, Told
from tests.support.raw_sockets import RawPolling, RawWebSocket, connect, engine, event, until
from tests.support.served import PASSWORD, Person

SECRET = "a secret of thirty-two bytes or so"
LONG = 3600.0


@pytest.fixture
def ends(school, monkeypatch):
    """A dict from token to its lifetime for sockets in seconds, whatever it contains itself. The default is an hour."""
    remaining: dict[str, float] = {}
    sign_ins = school.services.sessions
    authenticate = sign_ins.authenticate

    async def until_then(token):
        identity = await authenticate(token)
        return msgspec.structs.replace(identity, token_expires=time.time() + remaining.get(token, LONG))

    monkeypatch.setattr(sign_ins, "authenticate", until_then)
    return remaining


@pytest.fixture
def soon(school, monkeypatch):
    """Warn 0.1 s before a token expires, and close 0.5 s after it."""
    monkeypatch.setattr(school.services.token_expiry, "_warning_lead_time", 0.1)
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 0.5)


@pytest.fixture
async def ada(school):
    return await school.person()


async def signs_in(school, person):
    body = {"email": person.user["email"], "password": PASSWORD}
    return Person(school, (await school.request("POST", "/api/auth/login", body)).body)


async def opened(school, token, *namespaces, kind=RawWebSocket):
    client = await kind.open(school)
    for namespace in namespaces or ("/chat",):
        await client.send(connect(token, namespace) if namespace != "/" else f'40{{"token":"{token}"}}')
        client.heard.append(await client.hears("40" + ("/chat,{" if namespace == "/chat" else "{")))
    return client


def whose(school):
    """Return whom the connections in each namespace belong to, and until when."""
    found = [connection for connection, _ in engine(school).manager.connections.values()]
    return {one.namespace: (one.user_id, one.session_id, one.token_expires) for one in found}


# What a client is told


@pytest.mark.parametrize("kind", [RawWebSocket, RawPolling])
async def test_the_answer_to_connect_says_when_the_token_ends(school, ada, kind):
    client = await opened(school, ada.token, "/chat", "/", kind=kind)
    claims = jwt.decode(ada.token, options={"verify_signature": False})
    told = [packet for packet in client.heard if packet.startswith("40")]
    assert len(set(told)) == 2
    assert all(f'"tokenExpires":"{format_timestamp(claims["exp"])}"' in packet for packet in told)


async def test_whoever_signs_in_is_told_when_the_token_ends(school, ada):
    for body in (
        (await school.request("POST", "/api/auth/login", {"email": ada.user["email"], "password": PASSWORD})).body,
        (await school.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})).body,
    ):
        claims = jwt.decode(body["token"], options={"verify_signature": False})
        assert body["tokenExpires"] == format_timestamp(claims["exp"])
        assert claims["exp"] - claims["iat"] == 12 * 3600


async def test_who_does_not_renew_is_warned_once_and_closed_as_by_the_network(school, ada, ends, soon):
    ends[ada.token] = 0.2
    began = time.monotonic()
    client = await opened(school, ada.token, "/chat", "/")

    code = await client.closed()

    assert 0.68 < time.monotonic() - began < 10
    assert (code, client.ws._conn is not None) == (4401, True)
    [in_chat] = client.said("token-expiring")
    assert time.time() - 10 < _seconds(in_chat["expiresAt"]) < time.time()
    assert [packet for packet in client.heard if packet.startswith('42["token-expiring"')]
    assert not [packet for packet in client.heard if packet.startswith(("41", "1"))], "clients take these for final"
    assert not engine(school).manager.connections


def _seconds(at):
    return datetime.fromisoformat(at).timestamp()


async def test_the_closing_says_why(school, ada, ends, soon):
    ends[ada.token] = 0.05
    client = await opened(school, ada.token)
    while (message := await client.ws.receive()).type.name == "TEXT":
        pass
    assert (message.type.name, message.data, message.extra) == ("CLOSE", 4401, "token expired")


async def test_who_polls_hears_the_warning_and_then_finds_no_session(school, ada, ends, soon):
    ends[ada.token] = 0.2
    client = await opened(school, ada.token, kind=RawPolling)
    assert '["token-expiring"' in (await client.poll()).text
    assert (await client.poll()).text == "6", "nothing that a client takes for final"
    last = await client.poll()
    assert (last.status, last.text) == (400, '{"code":1,"message":"Session ID unknown"}')
    assert (await client.post(event("leave-room", "x"))).status == 400


async def test_a_token_that_ends_sooner_than_the_warning_comes_is_warned_of_at_once(school, ada, ends):
    ends[ada.token] = 30
    client = await opened(school, ada.token)
    await client.hears('42/chat,["token-expiring"')


@pytest.mark.parametrize(("lifetime", "warning"), [(12 * 3600, 60), (121, 60), (100, 50), (2, 1)])
def test_the_warning_comes_a_minute_before_the_end_or_half_way(lifetime, warning):
    assert TokenExpiryMonitor(None, None, lifetime)._warning_lead_time == warning


# Renewing


async def test_who_renews_stays_in_in_both_namespaces(school, ada, ends, soon, monkeypatch):
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 1.0)
    room = await ada.opens()
    ends[ada.token] = 0.2
    client = await opened(school, ada.token, "/chat", "/")
    await client.call("join-room", room)
    renewed = (await school.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})).body["token"]

    await client.hears('42/chat,["token-expiring"')
    answer = await client.call("refresh-token", {"token": renewed}, ack=2)

    assert answer["ok"]
    assert LONG - 5 < _seconds(answer["tokenExpires"]) - time.time() <= LONG
    await until(lambda: len(school.services.token_expiry) == 2)  # the old ends and the time after them have passed
    assert (await client.call("mark-read", {"roomId": room, "seq": 0}, ack=3))["ok"], "in the room, as before"
    assert [expires > time.time() + LONG - 10 for *_, expires in whose(school).values()] == [True, True]


async def test_who_renews_is_warned_again_of_the_new_end(school, ada, ends, soon):
    ends[ada.token] = 0.2
    client = await opened(school, ada.token)
    renewed = (await school.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})).body["token"]
    ends[renewed] = 0.5
    await client.hears('42/chat,["token-expiring"')
    answer = await client.call("refresh-token", {"token": renewed})
    assert await client.closed() == 4401
    warned = client.said("token-expiring")
    assert len(warned) == 2
    assert warned[1]["expiresAt"] == answer["tokenExpires"]


async def test_a_token_that_ends_sooner_than_the_one_before_is_what_counts(school, ada, ends, soon):
    client = await opened(school, ada.token)
    other = await signs_in(school, ada)
    ends[other.token] = 0.1
    assert (await client.call("refresh-token", {"token": other.token}))["ok"]
    assert await client.closed() == 4401


async def test_a_connection_belongs_to_the_sign_in_of_its_newest_token(school, ada):
    client = await opened(school, ada.token, "/chat", "/")
    other = await signs_in(school, ada)
    assert (await client.call("refresh-token", {"token": other.token}))["ok"]

    await ada.post("/api/auth/logout")
    assert (await client.call("leave-room", "x", ack=2))["error"]["code"] == "invalid_input", "still in"

    await other.post("/api/auth/logout")
    await client.closed()
    assert {"41/chat,", "41"} <= set(client.heard)
    assert not engine(school).manager.connections


async def test_another_namespace_of_the_same_client_that_somebody_else_is_in_stays_theirs(school, ada):
    ben = await school.person("Ben")
    client = await opened(school, ada.token)
    await client.send(f'40{{"token":"{ben.token}"}}')
    await client.hears("40{")
    other = await signs_in(school, ada)
    assert (await client.call("refresh-token", {"token": other.token}))["ok"]
    assert {namespace: found[:2] for namespace, found in whose(school).items()} == {
        "/chat": (ada.id, other.refresh_token.partition(".")[0]),
        "/": (ben.id, ben.refresh_token.partition(".")[0]),
    }


def _signed(ada, **changes):
    claims = jwt.decode(ada.token, options={"verify_signature": False})
    return jwt.encode(claims | changes.pop("claims", {}), **({"key": SECRET, "algorithm": "HS256"} | changes))


BAD = {
    "nonsense": (lambda **_: "nonsense", "token_invalid"),
    "cut off": (lambda ada, **_: ada.token[:-3], "token_invalid"),
    "a refresh token": (lambda ada, **_: ada.refresh_token, "token_invalid"),
    "of another key": (lambda ada, **_: _signed(ada), "token_invalid"),
    "unsigned": (lambda ada, **_: _signed(ada, key="", algorithm="none"), "token_invalid"),
    "somebody else's": (lambda ben, **_: ben.token, "another_person"),
    "nothing": (lambda **_: "", "invalid_input"),
    "too long": (lambda **_: "x" * 2001, "invalid_input"),
}


@pytest.mark.parametrize(("bad", "code"), BAD.values(), ids=BAD)
async def test_a_token_that_will_not_do_is_refused_and_nothing_changes(school, ada, bad, code):
    ben = await school.person("Ben")
    client = await opened(school, ada.token, "/chat", "/")
    before = whose(school)
    answer = await client.call("refresh-token", {"token": bad(ada=ada, ben=ben)})
    assert answer["error"]["code"] == code
    assert whose(school) == before


async def test_a_token_of_a_sign_in_that_was_ended_is_refused(school, ada):
    other = await signs_in(school, ada)
    await other.post("/api/auth/logout")
    client = await opened(school, ada.token)
    assert (await client.call("refresh-token", {"token": other.token}))["error"]["code"] == "not_signed_in"
    assert (await client.call("leave-room", "x", ack=2))["error"]["code"] == "invalid_input", "still in"


async def test_a_sign_in_that_is_ended_while_a_client_moves_to_it_takes_nobody(school, ada, monkeypatch):
    other = await signs_in(school, ada)
    client = await opened(school, ada.token)
    asked, go = asyncio.Event(), asyncio.Event()
    read = MemoryStorage.session

    async def slow(self, sign_in_id):
        found = await read(self, sign_in_id)
        asked.set()
        await go.wait()
        return found

    await school.services.sessions._storage._cache.invalidate_cache_pattern("^sign-in:")
    monkeypatch.setattr(MemoryStorage, "session", slow)
    moving = asyncio.create_task(client.call("refresh-token", {"token": other.token}))
    await asked.wait()  # the sign-in was read, and was good
    await school.services.sessions.revoke(other.refresh_token.partition(".")[0])
    go.set()
    assert (await moving)["error"]["code"] == "not_signed_in"
    assert not engine(school).manager.subscribers["/chat"].get(f"sign-in:{other.refresh_token.partition('.')[0]}")


async def test_who_is_put_out_while_renewing_stays_out(school, ada, monkeypatch):
    other = await signs_in(school, ada)
    client = await opened(school, ada.token)
    asked, go = asyncio.Event(), asyncio.Event()
    read = MemoryStorage.session

    async def slow(self, sign_in_id):
        asked.set()
        await go.wait()
        return await read(self, sign_in_id)

    await school.services.sessions._storage._cache.invalidate_cache_pattern("^sign-in:")
    monkeypatch.setattr(MemoryStorage, "session", slow)
    await client.send(event("refresh-token", {"token": other.token}, ack=1))
    await asked.wait()
    await school.services.sessions.revoke(ada.refresh_token.partition(".")[0])
    go.set()
    await client.closed()
    assert not engine(school).manager.connections
    assert not engine(school).manager.subscribers["/chat"]


# How it is kept


class Sockets:
    """Publisher that records the connections that are warned and closed."""

    def __init__(self):
        self.warned, self.closed = [], []
        self.on_closed = self.on_warned = lambda: None

    def send(self, connection, event):
        assert isinstance(event, TokenExpiring)
        self.warned.append(connection)
        self.on_warned()

    def drop_expired(self, connection):
        self.closed.append(connection)
        connection.alive = False
        self.on_closed()

    def sibling_connections(self, connection):
        return [connection]

    def rebind_session(self, connection, sign_in_id):
        connection.session_id = sign_in_id


class Wall:
    """The wall clock, which a test may set."""

    def __init__(self):
        self.set_by = 0.0

    def time(self):
        return time.time() + self.set_by


@pytest.fixture
def wall(monkeypatch):
    wall = Wall()
    monkeypatch.setattr(token_expiry, "time", wall)
    return wall


def watched(kept, number, seconds):
    """Open a connection with a token that expires in so many seconds."""
    connection = Connection(f"connection {number}", CHAT)
    connection.alive, connection.token_expires = True, time.time() + seconds
    kept.track(connection)
    return connection


async def test_connections_that_are_gone_leave_little_behind():
    kept = TokenExpiryMonitor(None, Sockets(), LONG)
    stay = [watched(kept, number, LONG) for number in range(10)]
    for number in range(1000):
        watched(kept, 10 + number, LONG).alive = False
        kept.note_closed()
        assert len(kept) <= 10 + 2 * token_expiry.MIN_STALE_TO_COMPACT
    assert {entry.connection for entry in kept._entries} >= set(stay)


async def test_who_renewed_several_times_is_warned_once_and_closed_once(monkeypatch):
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 0.1)

    class SignIns:
        async def authenticate(self, _):
            return SimpleNamespace(user=SimpleNamespace(id=""), session_id="", token_expires=next(expires))

    sockets, expires = Sockets(), iter([time.time() + 0.2 + 0.01 * number for number in range(5)])
    kept = TokenExpiryMonitor(SignIns(), sockets, 0.2)
    sockets.on_closed = kept.note_closed
    connection = watched(kept, 1, 0.15)
    for _ in range(5):
        await kept.renew(connection, "")  # all of them before anything can be due
    await until(lambda: sockets.closed)
    await asyncio.sleep(0.1)
    assert (sockets.warned, sockets.closed, len(kept), kept._stale) == ([connection], [connection], 0, 0)


async def test_a_server_keeps_no_more_ends_than_twice_its_connections_and_a_few(school, ada):
    for _ in range(5):
        clients = [await opened(school, ada.token) for _ in range(40)]
        for client in clients:
            await client.close()
        await until(lambda: not engine(school).manager.connections)
    assert len(school.services.token_expiry) <= 2 * token_expiry.MIN_STALE_TO_COMPACT


async def test_a_crowd_whose_tokens_end_together_is_closed_a_part_at_a_time(monkeypatch):
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 0.0)
    sockets = Sockets()
    kept = TokenExpiryMonitor(None, sockets, 0.02)
    crowd = [watched(kept, number, 0.01) for number in range(1000)]
    parts, before = [], 0
    async with asyncio.timeout(10):
        while len(sockets.closed) < len(crowd):
            await asyncio.sleep(0)
            done = len(sockets.warned) + len(sockets.closed)
            parts.append(done - before)
            before = done
    assert max(parts) <= token_expiry.BATCH_SIZE
    assert len(sockets.warned) == len(crowd)
    assert not len(kept)


async def test_a_clock_that_is_set_back_closes_nobody_too_early(wall, monkeypatch):
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 0.05)
    sockets = Sockets()
    kept = TokenExpiryMonitor(None, sockets, 0.1)
    sockets.on_warned = lambda: setattr(wall, "set_by", -LONG)
    connection = watched(kept, 1, 0.1)
    await until(lambda: sockets.warned)
    await asyncio.sleep(0.2)
    assert (sockets.closed, len(sockets.warned), len(kept)) == ([], 1, 1)
    assert connection.check_at - asyncio.get_running_loop().time() > token_expiry.MAX_CHECK_INTERVAL - 1


async def test_a_clock_that_is_set_ahead_is_noticed(wall, monkeypatch):
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 0.05)
    monkeypatch.setattr(token_expiry, "MAX_CHECK_INTERVAL", 0.05)
    sockets = Sockets()
    kept = TokenExpiryMonitor(None, sockets, LONG)
    connection = watched(kept, 1, LONG)
    await asyncio.sleep(0.2)
    assert (sockets.warned, sockets.closed, len(kept)) == ([], [], 1)
    wall.set_by = LONG
    await until(lambda: sockets.closed)
    assert sockets.warned == [connection]


# With the clients of others


class Renewing(Told):
    """renewing.mjs again, on python-socketio's client."""

    @classmethod
    async def run(cls, stack, school, transport):
        person = cls()
        person._client = socketio.AsyncClient(reconnection_delay=0.1, http_session=school.http)
        person._tokens = asyncio.Queue()
        stack.push_async_callback(person._client.disconnect)
        for word, name in {
            "connected": "connect",
            "disconnected": "disconnect",
            "token-expiring": "token-expiring",
        }.items():
            person._client.on(name, partial(person._hear, word), namespace="/chat")
        person.connecting = asyncio.create_task(
            person._client.connect(
                school.url,
                auth=person._auth,
                namespaces=["/chat"],
                transports=[transport],
                wait_timeout=official.WITHIN,
            )
        )
        return person

    async def _hear(self, word, *said):
        self.tell(word, said[0] if said else None)

    async def _auth(self):
        self.tell("wants")
        return {"token": await self._tokens.get()}

    def do(self, word, value):
        if word == "take":
            self._tokens.put_nowait(value)
        else:
            self._sending = asyncio.create_task(self._emit(*value))

    async def _emit(self, name, argument):
        self.tell("acked", await self._client.call(name, argument, namespace="/chat"))


CLIENTS = [pytest.param("javascript", marks=pytest.mark.processes), "python"]


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize("client", CLIENTS)
async def test_an_official_client_comes_back_by_itself_with_a_fresh_token(school, ada, ends, soon, client, transport):
    async with AsyncExitStack() as stack:
        if client == "javascript":
            official.look_for_npms()
            page = await Script.run(stack, "renewing.mjs", url=school.url, transports=[transport])
        else:
            page = await Renewing.run(stack, school, transport)
        await page.hears("wants")
        ends[ada.token] = 0.3
        page.do("take", ada.token)
        await page.hears("connected")
        await page.hears("token-expiring")

        reason = await page.hears("disconnected")
        assert reason == {"javascript": {"websocket": "transport close", "polling": "transport error"}}.get(
            client, {}
        ).get(transport, "transport error")
        renewed = await school.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})
        await page.hears("wants", 2)
        page.do("take", renewed.body["token"])
        await page.hears("connected", 2)

        page.do("emit", ["leave-room", "x"])
        assert (await page.hears("acked"))["error"]["code"] == "invalid_input"
        assert page.of("connect_error") == []


@pytest.mark.parametrize("client", CLIENTS)
async def test_an_official_client_renews_and_stays(school, ada, ends, soon, client, monkeypatch):
    # a process that is busy has time to renew
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 3.0 if client == "javascript" else 1.0)
    async with AsyncExitStack() as stack:
        if client == "javascript":
            official.look_for_npms()
            page = await Script.run(stack, "renewing.mjs", url=school.url, transports=["websocket"])
        else:
            page = await Renewing.run(stack, school, "websocket")
        await page.hears("wants")
        ends[ada.token] = 0.3
        page.do("take", ada.token)
        await page.hears("token-expiring")
        renewed = await school.request("POST", "/api/auth/refresh", {"refreshToken": ada.refresh_token})
        page.do("emit", ["refresh-token", {"token": renewed.body["token"]}])
        assert (await page.hears("acked"))["ok"]
        await until(lambda: len(school.services.token_expiry) == 1)  # the old end and the time after it have passed
        page.do("emit", ["leave-room", "x"])
        assert (await page.hears("acked", 2))["error"]["code"] == "invalid_input", "still in"
        assert page.of("disconnected") == []
