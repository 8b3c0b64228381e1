"""Renewal of a connection's token: `refresh-token`."""

import asyncio
import time

import jwt
import pytest

from services.accounts import token_expiry
from storage.memory import MemoryStorage
from tests.support.expiring_tokens import LONG, opened, seconds, whose
from tests.support.raw_sockets import engine, event, until
from tests.support.served import signs_in

SECRET = "a secret of thirty-two bytes or so"


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
    assert LONG - 5 < seconds(answer["tokenExpires"]) - time.time() <= LONG
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
        "/chat": (ada.id, other.session_id),
        "/": (ben.id, ben.session_id),
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

    await school.services.ctx.cache.invalidate_cache_pattern("^session:")
    monkeypatch.setattr(MemoryStorage, "session", slow)
    moving = asyncio.create_task(client.call("refresh-token", {"token": other.token}))
    await asked.wait()  # the sign-in was read, and was good
    await school.services.sessions.revoke(other.session_id)
    go.set()
    assert (await moving)["error"]["code"] == "not_signed_in"
    assert not engine(school).manager.subscribers["/chat"].get(f"sign-in:{other.session_id}")


async def test_who_is_put_out_while_renewing_stays_out(school, ada, monkeypatch):
    other = await signs_in(school, ada)
    client = await opened(school, ada.token)
    asked, go = asyncio.Event(), asyncio.Event()
    read = MemoryStorage.session

    async def slow(self, sign_in_id):
        asked.set()
        await go.wait()
        return await read(self, sign_in_id)

    await school.services.ctx.cache.invalidate_cache_pattern("^session:")
    monkeypatch.setattr(MemoryStorage, "session", slow)
    await client.send(event("refresh-token", {"token": other.token}, ack=1))
    await asked.wait()
    await school.services.sessions.revoke(ada.session_id)
    go.set()
    await client.closed()
    assert not engine(school).manager.connections
    assert not engine(school).manager.subscribers["/chat"]
