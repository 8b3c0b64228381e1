"""Compression of JSON answers: which, for whom, and never those that hold secrets."""

import gzip
import json
import re

import aiohttp
import pytest

from handlers import AUTHENTICATED_ROUTES, PUBLIC_ROUTES
from handlers.compression import _SECRET_ROUTES, MAX_BYTES_ON_LOOP, MIN_BYTES, takes_gzip
from handlers.routing import Route
from tests.support import described
from tests.support.served import served

SECRETS = {"token", "refreshToken", "secret", "uri", "recoveryCodes", "code"}


async def raw(school, path, person=None, accepted="gzip", method="GET", **more):
    headers = {"Accept-Encoding": accepted, **({"Authorization": f"Bearer {person.token}"} if person else {}), **more}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as http,
        http.request(method, school.url + path, headers=headers) as response,
    ):
        return response.headers, await response.read()


@pytest.fixture
async def crowd(school):
    """Ada, and a room with so many messages that a page of them has more bytes than the loop compresses itself."""
    ada = await school.person()
    room = await ada.opens()
    for number in range(20):
        await ada.post(f"/api/study-rooms/{room}/messages", {"content": f"{number} " + "lorem ipsum " * 200})
    return ada, room


async def test_large_json_is_compressed_on_and_off_the_loop(school, crowd):
    ada, room = crowd
    for limit in (1, 20):
        path = f"/api/study-rooms/{room}/messages?limit={limit}"
        _, plain = await raw(school, path, ada, "identity")
        assert (len(plain) > MAX_BYTES_ON_LOOP) == (limit == 20)
        headers, packed = await raw(school, path, ada, "br, gzip;q=0.5")
        assert (headers["Content-Encoding"], headers["Content-Length"]) == ("gzip", str(len(packed)))
        assert len(packed) < len(plain) / 5
        assert json.loads(gzip.decompress(packed)) == json.loads(plain)
        for answer in (headers, (await raw(school, path, ada, "identity"))[0]):
            assert answer["Vary"] == "Accept-Encoding"
        asked, empty = await raw(school, path, ada, method="HEAD")
        assert (asked["Content-Encoding"], asked["Content-Length"], empty) == ("gzip", headers["Content-Length"], b"")


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "gzip; q=0.000", "deflate, br", "xgzip"])
async def test_who_takes_no_gzip_gets_plain_json(school, crowd, accepted):
    ada, room = crowd
    headers, body = await raw(school, f"/api/study-rooms/{room}/messages", ada, accepted)
    assert "Content-Encoding" not in headers
    assert json.loads(body)["success"]


async def test_small_json_stays_as_it_is(school, crowd):
    ada, room = crowd
    headers, body = await raw(school, f"/api/study-rooms/{room}/presence", ada)
    assert len(body) < MIN_BYTES
    assert "Content-Encoding" not in headers
    assert headers["Vary"] == "Accept-Encoding"


async def test_answers_with_secrets_are_never_compressed(school):
    ada = await school.person()
    room = await ada.opens()
    for _ in range(10):
        await ada.post(f"/api/study-rooms/{room}/invites", {})
    for path in (f"/api/study-rooms/{room}/invites", "/api/auth/sessions", "/api/auth/me"):
        headers, body = await raw(school, path, ada)
        assert json.loads(body)["success"]
        assert "Content-Encoding" not in headers
    assert len((await raw(school, f"/api/study-rooms/{room}/invites", ada))[1]) > MIN_BYTES


def test_every_route_that_hands_out_secrets_is_left_out():
    def names(schema, seen=()):
        if isinstance(schema, list):
            return set().union(*(names(part, seen) for part in schema))
        if not isinstance(schema, dict):
            return set()
        found = set(schema.get("properties", {})) if isinstance(schema.get("properties"), dict) else set()
        if (ref := schema.get("$ref")) and ref not in seen and ref.startswith("#/components/schemas/"):
            return names(described.OPENAPI["components"]["schemas"][ref.rpartition("/")[2]], (*seen, ref))
        return found.union(*(names(part, seen) for part in schema.values()))

    checked = 0
    for route in [*PUBLIC_ROUTES, *AUTHENTICATED_ROUTES]:
        assert isinstance(route, Route)
        answers = described.OPENAPI["paths"][route.path][route.method.lower()]["responses"]
        success = [answer for status, answer in answers.items() if re.match("2", status)]
        if names(success) & SECRETS:
            checked += 1
            assert _SECRET_ROUTES.match(route.path), route.name
    assert checked >= 6


async def test_vary_names_both_where_origins_are_listed():
    async with served(environ={"STUDYHALL_CORS_ORIGINS": "https://a.example"}) as school:
        ada = await school.person()
        headers, _ = await raw(school, "/api/study-rooms", ada, Origin="https://a.example")
        assert {part.strip() for part in headers["Vary"].split(",")} == {"Accept-Encoding", "Origin"}


def test_weights_are_read():
    assert takes_gzip("gzip;q=0.01")
    assert not takes_gzip("*")
