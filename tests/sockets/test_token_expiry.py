"""Connections whose token expires: the warning, and the end of the connection."""

import time

import jwt
import pytest

from domain.clock import format_timestamp
from services.accounts import token_expiry
from tests.support.expiring_tokens import opened, seconds
from tests.support.raw_sockets import RawPolling, RawWebSocket, engine, event, until
from tests.support.served import PASSWORD


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
    assert time.time() - 10 < seconds(in_chat["expiresAt"]) < time.time()
    assert [packet for packet in client.heard if packet.startswith('42["token-expiring"')]
    assert not [packet for packet in client.heard if packet.startswith(("41", "1"))], "clients take these for final"
    assert not engine(school).manager.connections


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


async def test_a_server_keeps_no_more_ends_than_twice_its_connections_and_a_few(school, ada):
    for _ in range(5):
        clients = [await opened(school, ada.token) for _ in range(40)]
        for client in clients:
            await client.close()
        await until(lambda: not engine(school).manager.connections)
    assert len(school.services.token_expiry) <= 2 * token_expiry.MIN_STALE_TO_COMPACT
