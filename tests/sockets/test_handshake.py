"""Handshakes: what the server offers, invalid requests, and the origins of browsers."""

import json

import aiohttp
import pytest

from socket_engine.socket_server import MAX_PAYLOAD
from tests.support.raw_sockets import PATH, RawWebSocket, http, left_behind, settled

pytestmark = pytest.mark.both_loops

ORIGIN = "https://app.example.org"


@pytest.fixture
async def school():
    async with settled({"STUDYHALL_CORS_ORIGINS": ORIGIN}) as running:
        yield running


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_handshake_tells_exactly_what_holds(quick, transport):
    if transport == "polling":
        opening = (await quick.request("GET", f"{PATH}&transport=polling")).body
    else:
        opening = await (await RawWebSocket.handshake(quick)).ws.receive_str()

    assert opening[0] == "0"
    told = json.loads(opening[1:])
    assert isinstance(told.pop("sid"), str)
    assert told == {
        "upgrades": ["websocket"] if transport == "polling" else [],
        "pingInterval": 300,
        "pingTimeout": 200,
        "maxPayload": MAX_PAYLOAD,
    }


@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        pytest.param("GET", "EIO=4&transport=polling&j=0", 3, id="JSONP"),
        pytest.param("GET", "EIO=3&transport=polling", 5, id="an old protocol"),
        pytest.param("GET", "EIO=abc&transport=polling", 5, id="a protocol that is none"),
        pytest.param("GET", "transport=polling", 5, id="no protocol"),
        pytest.param("GET", "EIO=4&transport=carrier-pigeon", 0, id="an unknown transport"),
        pytest.param("GET", "EIO=4", 0, id="no transport"),
        pytest.param("GET", "EIO=4&transport=websocket", 3, id="a WebSocket without its handshake"),
        pytest.param("GET", "EIO=4&transport=polling&sid=nobody", 1, id="a GET with a wrong sid"),
        pytest.param("GET", "EIO=4&transport=polling&sid=", 1, id="an empty sid"),
        pytest.param("POST", "EIO=4&transport=polling&sid=nobody", 1, id="a POST with a wrong sid"),
        pytest.param("POST", "EIO=4&transport=polling&sid=%0aWARNING%20forged", 1, id="a sid with a line break"),
        pytest.param("POST", "EIO=4&transport=polling", 2, id="a POST without a sid"),
        pytest.param("PUT", "EIO=4&transport=polling", 2, id="a PUT"),
        pytest.param("GET", "EIO=4&transport=polling&sid=%ED%A0%80", 1, id="a lone surrogate"),
    ],
)
async def test_requests_that_make_no_sense_are_answered_400_in_one_line_of_log(school, complaints, method, query, code):
    for _ in range(3):
        answer = await school.request(method, f"/socket.io/?{query}", data="3" if method == "POST" else None)
        assert (answer.status, answer.body["code"]) == (400, code)

    assert left_behind(school) == {}
    assert len(complaints()) == 1
    assert not [line for line in complaints() if "\n" in line or "forged" in line]


@pytest.mark.parametrize(
    "handshake",
    [
        pytest.param({"Connection": "keep-alive", "Upgrade": "websocket"}, id="not to be upgraded"),
        pytest.param({"Connection": "Upgrade", "Upgrade": "websocket"}, id="without a key"),
        pytest.param(
            {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"},
            id="with a bad key",
        ),
    ],
)
async def test_a_broken_handshake_is_answered_400_and_leaves_nothing(school, complaints, handshake):
    head = [f"GET {PATH}&transport=websocket HTTP/1.1", "Host: localhost", *map(": ".join, handshake.items())]

    answer = await http(school, ("\r\n".join(head) + "\r\n\r\n").encode())

    assert answer.status == 400
    assert left_behind(school) == {}
    assert len(complaints()) == 1


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize(
    ("headers", "welcome"),
    [
        pytest.param({}, True, id="none"),
        pytest.param({"Origin": "http://{own}"}, True, id="its own"),
        pytest.param({"Origin": "https://{own}"}, True, id="its own behind a proxy"),
        pytest.param({"Origin": ORIGIN}, True, id="a listed one"),
        pytest.param({"Origin": "https://evil.example"}, False, id="another"),
        pytest.param({"Origin": ORIGIN + ".evil.example"}, False, id="one that begins like a listed one"),
        pytest.param({"Origin": "http://{own}.evil.example"}, False, id="one that begins like its own"),
        pytest.param({"Origin": "null"}, False, id="null"),
        pytest.param({"Origin": "null", "Host": ""}, False, id="null without a host"),
        pytest.param({"Origin": "http://["}, False, id="no address"),
        pytest.param(
            {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
            False,
            id="another with a forged X-Forwarded-Host",
        ),
    ],
)
async def test_browsers_come_from_the_servers_own_and_the_listed_origins(
    school, complaints, transport, headers, welcome
):
    headers = {name: value.format(own=f"127.0.0.1:{school.port}") for name, value in headers.items()}
    if transport == "websocket":
        try:
            client = await RawWebSocket.open(school, **headers)
            status, allowed = 200, client.answer.headers.get("Access-Control-Allow-Origin", headers.get("Origin"))
        except aiohttp.WSServerHandshakeError as error:
            status, allowed = error.status, error.headers.get("Access-Control-Allow-Origin")
    else:
        answer = await school.request("GET", f"{PATH}&transport=polling", headers=headers)
        status, allowed = answer.status, answer.headers.get("Access-Control-Allow-Origin")

    assert status == (200 if welcome else 400)
    assert allowed == (headers.get("Origin") if welcome else None)
    assert len(complaints()) == (not welcome)
