"""Attacks with HTTP itself, and through another user's browser."""

import itertools
import json
import re

import aiohttp
import pytest
import pytest_asyncio

import handlers
from tests.cases.authorisation import HTTP
from tests.support import raw_sockets
from tests.support.authorisation import UNSEEING
from tests.support.raw_sockets import RawPolling, RawWebSocket
from tests.support.scene import Scene
from tests.support.served import STILL, Served, served

ROOM = "/api/study-rooms/{id}"
EVIL = "https://evil.example"
GETS = [route.path for route in handlers.ROUTES if route.method == "GET"]
WITH_BODY = [row for row in HTTP if row.body]
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


NUMBERS = itertools.count(1)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def school():
    """A server in memory, for all tests."""
    async with served("memory://", STILL) as school:
        yield school


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(school):
    """A scene that no test changes."""
    return await Scene.set(school, 0, private=True)


@pytest_asyncio.fixture(loop_scope="module")
async def own_scene(school):
    """A scene that the test may change."""
    return await Scene.set(school, next(NUMBERS), private=True)


def _bearer(scene: Scene, actor: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {scene.people[actor].token}"}


async def _asked(school: Served, method: str, path: str, **options) -> tuple[int, dict[str, str], str]:
    async with school.http.request(method, school.url + path, **options) as answer:
        return answer.status, dict(answer.headers), await answer.text()


# Methods


@pytest.mark.parametrize("path", GETS)
async def test_head_tells_nobody_more_than_get(school, scene, path):
    path = re.sub(r"{\w+}", scene.values["room"], path)
    for actor in (*UNSEEING[1:], "member"):
        headers = _bearer(scene, actor) | {"Accept-Encoding": "identity"}  # compressed, the time of the answer counts
        got, asked = [await _asked(school, method, path, headers=headers) for method in ("GET", "HEAD")]
        assert (asked[0], asked[2]) == (got[0], "")
        assert asked[1].get("Content-Length") in (None, got[1].get("Content-Length"))
        assert scene.leaks(actor, str(asked[1])) == []


@pytest.mark.parametrize("header", OVERRIDES)
async def test_a_method_is_the_one_of_the_request_line(school, scene, header):
    room = f"/api/study-rooms/{scene.values['room']}"
    headers = _bearer(scene, "owner") | {header: "DELETE"}
    before = scene.digest()

    for method, path in (("POST", f"{room}/join"), ("GET", room), ("GET", "/api/auth/me")):
        for query in ("", "?_method=DELETE", "?method=DELETE"):
            status, *_ = await _asked(school, method, path + query, headers=headers)
            assert status == 200

    assert scene.digest() == before


@pytest.mark.parametrize("method", [b"TRACE", b"TRACK", b"CONNECT", b"PROPFIND", b"SEARCH", b"delete", b"GETT"])
async def test_a_method_that_is_none_does_nothing_and_echoes_no_token(school, scene, method):
    room = f"/api/study-rooms/{scene.values['room']}".encode()
    token = scene.people["owner"].token.encode()
    before = scene.digest()

    for path in (room, room + b"/join", b"/api/auth/me", b"/", b"*"):
        head = b"%b %b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n\r\n" % (method, path, token)
        said = await raw_sockets.http(school, head)
        assert said.status in {400, 404, 405}, said
        assert token.decode() not in said.text

    assert scene.digest() == before


# Somebody else's browser: it sends no header of its own, and cookies without being asked


@pytest.mark.parametrize("row", WITH_BODY, ids=lambda row: row.name)
async def test_a_form_of_another_page_is_refused_even_with_a_token(school, scene, row):
    body = json.dumps(row.body)
    method, path = row.does.split(" ")
    path = re.sub(r":\w+", scene.values["room"], path)
    kinds = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; json")
    before = scene.digest()

    for kind in (*kinds, "application/json, text/plain"):
        for origin in (EVIL, "null"):
            headers = _bearer(scene, "owner") | {"Content-Type": kind, "Origin": origin}
            status, said, _ = await _asked(school, method, path, data=body, headers=headers)
            assert status == 415
            assert "Access-Control-Allow-Origin" not in said

    assert scene.digest() == before


@pytest.mark.parametrize("route", handlers.AUTHENTICATED_ROUTES, ids=lambda route: route.name)
async def test_a_token_counts_in_the_authorization_header_alone(school, scene, route):
    token = scene.people["owner"].token
    path = re.sub(r"{\w+}", scene.values["room"], route.path)
    names = ("token", "access_token", "Authorization", "auth", "jwt", "session", "io", "sid")
    cookie = "; ".join(f"{name}={token}" for name in names)
    query = "&".join(f"{name}={token}" for name in names)
    attempts = [
        ({"Cookie": cookie}, path),
        ({"Cookie": f'Authorization="Bearer {token}"'}, path),
        ({}, f"{path}?{query}"),
        ({"X-Access-Token": token, "X-Auth-Token": token, "Proxy-Authorization": f"Bearer {token}"}, path),
        ({"Authorization": f"Basic {token}"}, path),
    ]
    before = scene.digest()

    for headers, asked in attempts:
        for body in (None, {"token": token, "access_token": token}):
            status, _, text = await _asked(school, route.method, asked, headers=headers, json=body)
            assert (status, json.loads(text)["code"]) == (401, "not_signed_in")

    assert scene.digest() == before


@pytest.mark.parametrize("row", HTTP, ids=lambda row: row.name)
async def test_no_answer_sets_a_cookie_or_lets_a_page_elsewhere_read_it(school, own_scene, row):
    for actor in ("owner", "nobody"):
        method, path = row.does.split(" ")
        path = re.sub(r":\w+", own_scene.values["room"], path)
        headers = (_bearer(own_scene, actor) if actor in own_scene.people else {}) | {"Origin": EVIL}
        _, said, _ = await _asked(school, method, path, headers=headers, json=row.body)
        assert "Set-Cookie" not in said
        assert not [name for name in said if name.startswith("Access-Control-")]


HANDSHAKES = {
    "another origin": EVIL,
    "another port": "http://127.0.0.1:1",
    "another scheme": "ftp://{host}",
    "a sandboxed frame": "null",
    "one that begins like it": "http://{host}.evil.example",
    "one that ends like it": "http://evil.example@{host}.evil.example",
    "with somebody in it": "http://evil@{host}",
    "a path behind it": "http://{host}/",
    "two of them": "http://{host}, https://evil.example",
}


@pytest.mark.parametrize("name", HANDSHAKES)
async def test_a_page_elsewhere_opens_no_socket_though_the_browser_has_a_cookie(school, scene, name):
    token = scene.people["owner"].token
    origin = HANDSHAKES[name].format(host=f"127.0.0.1:{school.port}")
    headers = {"Origin": origin, "Cookie": f"token={token}; Authorization=Bearer {token}; io={token}"}
    before = scene.digest()

    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await RawWebSocket.handshake(school, **headers)
    polled = await _asked(school, "GET", f"{raw_sockets.PATH}&transport=polling", headers=headers)

    assert (refused.value.status, polled[0]) == (400, 400)
    assert "Access-Control-Allow-Origin" not in polled[1]
    assert scene.digest() == before


@pytest.mark.parametrize("namespace", ["/", "/chat"])
async def test_a_socket_with_a_cookie_and_without_a_token_is_nobodys(school, scene, namespace):
    token = scene.people["owner"].token
    headers = {"Cookie": f"token={token}; io={token}", "Authorization": f"Bearer {token}"}
    prefix = "" if namespace == "/" else f"{namespace},"

    for query in ("", f"&token={token}", f"&auth={token}"):
        client = await RawWebSocket.handshake(school, query, **headers)
        assert (await client.next()).startswith("0")
        await client.send(f"40{prefix}")
        assert json.loads((await client.next()).removeprefix(f"44{prefix}"))["data"]["code"] == "token_required"
        await client.close()


async def test_the_session_id_of_a_socket_is_no_token_and_only_its_holder_can_use_it(school, own_scene):
    theirs = await RawPolling.open(school)
    await theirs.join(own_scene.people["owner"].token)
    room = own_scene.values["room"]

    status, _, text = await _asked(school, "GET", "/api/auth/me", headers={"Authorization": f"Bearer {theirs.sid}"})
    assert (status, json.loads(text)["code"]) == (401, "not_signed_in")
    mine = await RawWebSocket.open(school)
    assert mine.sid != theirs.sid
    await mine.send(raw_sockets.connect(theirs.sid))
    assert (await mine.next()).startswith("44/chat,")
    for guess in (theirs.sid[:-1] + "A", theirs.sid.lower(), theirs.sid.swapcase(), "", own_scene.people["owner"].id):
        if guess == theirs.sid:
            continue
        path = f"{raw_sockets.PATH}&transport=polling&sid={guess}"
        assert (await _asked(school, "GET", path))[0] == 400
        said = raw_sockets.event("join-room", room)
        assert (await _asked(school, "POST", path, data=said))[0] == 400
    await mine.close()
    assert len(theirs.sid) >= 20, "15 random bytes"
