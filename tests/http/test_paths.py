"""Slashes at the end of paths, of which one rule holds for all routes."""

import pytest

from tests.support.raw_sockets import RawPolling, RawWebSocket
from tests.support.served import PASSWORD

BROWSER = {"Accept": "text/html"}


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/readyz",
        "/api/docs",
        "/api/docs/events",
        "/api/docs/style.css",
        "/api/openapi.json",
        "/api/asyncapi.json",
        "/api/auth/me",
        "/api/auth/nothing",
        "/api/study-rooms?limit=1",
        "/rooms/0198",
        "/invite/abc",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_slash_at_the_end_changes_nothing(school, method, path):
    before, question, query = path.partition("?")
    plain = await school.request(method, path, headers=BROWSER)
    slashed = await school.request(method, f"{before}/{question}{query}", headers=BROWSER)
    assert slashed.status == plain.status
    assert plain.status == 404 or slashed.headers.get("Allow") == plain.headers.get("Allow")
    if path != "/api/auth/me" and plain.status == 200:
        assert slashed.body == plain.body


async def test_slash_at_the_end_of_what_changes_something(school):
    ada = await school.person()
    credentials = {"email": ada.user["email"], "password": PASSWORD}
    assert (await school.request("POST", "/api/auth/login/", credentials)).status == 200
    assert (await ada.put("/api/auth/me/", {"bio": "Numbers"})).data["bio"] == "Numbers"
    room = (await ada.post("/api/study-rooms/", {"name": "Calculus"})).data["id"]
    assert (await ada.post(f"/api/study-rooms/{room}/messages/", {"content": "hello"})).status == 201
    assert len((await ada.get(f"/api/study-rooms/{room}/messages/?limit=5")).data["messages"]) == 1


async def test_delete_without_an_id_deletes_nothing(school):
    ada = await school.person()
    other = await school.request("POST", "/api/auth/login", {"email": ada.user["email"], "password": PASSWORD})
    assert (await ada.delete("/api/auth/sessions/")).status == 404
    assert (await school.request("GET", "/api/auth/me", token=other.body["token"])).status == 200


@pytest.mark.parametrize("path", ["/assets/x/", "//", "/healthz//", "/api//auth/me"])
async def test_other_slashes_count(school, path):
    assert (await school.request("GET", path)).status == 404


@pytest.mark.parametrize("transport", [RawPolling, RawWebSocket])
async def test_socket_io_is_found_without_its_slash(school, transport, monkeypatch):
    monkeypatch.setattr("tests.support.raw_sockets.PATH", "/socket.io?EIO=4")
    ada = await school.person()
    room = await ada.opens()
    client = await transport.open(school)
    await client.join(ada.token)
    assert (await client.call("join-room", room))["ok"]
