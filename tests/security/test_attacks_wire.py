"""Attacks below the API: request smuggling, endless requests, headers, paths, bodies."""

import asyncio
import contextlib
import json
import re
import time

import pytest

from tests.support.served import served

SECOND = b"GET /api/auth/me HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
END = b"\r\n0\r\n\r\n" + SECOND

SMUGGLED = {
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345" + SECOND,
    "two equal lengths": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n12345" + SECOND,
    "two lengths in one": POST + b"Content-Length: 5, 5\r\n\r\n12345" + SECOND,
    "a length and chunks": POST + b"Content-Length: 4\r\n" + CHUNKED + END,
    "chunks and a length": POST + CHUNKED + b"Content-Length: 60\r\n" + END,
    "two encodings": POST + CHUNKED + b"Transfer-Encoding: identity\r\n" + END,
    "an unknown encoding": POST + b"Transfer-Encoding: xchunked\r\n" + END,
    "an encoding behind a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n" + END,
    "an encoding before a blank": POST + b"Transfer-Encoding : chunked\r\n" + END,
    "an encoding in a folded line": POST + b"Transfer-Encoding:\r\n chunked\r\n" + END,
    "chunks in HTTP/1.0": POST.replace(b"1.1", b"1.0") + CHUNKED + END,
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\n12345" + SECOND,
    "a negative length": POST + b"Content-Length: -5\r\n\r\n12345" + SECOND,
    "a length in hexadecimal": POST + b"Content-Length: 0x5\r\n\r\n12345" + SECOND,
    "a length of 23 digits": POST + b"Content-Length: 99999999999999999999999\r\n\r\n12345" + SECOND,
    "a header line that goes on": POST + b"A: b\r\n Content-Length: 5\r\n\r\n12345" + SECOND,
    "lines without CR": POST.replace(b"\r\n", b"\n") + b"\n" + SECOND,
    "a CR alone": POST + b"A: b\rContent-Length: 5\r\n\r\n12345" + SECOND,
    "a chunk's extension with a line break": POST + CHUNKED + b"\r\n2;\n\r\n{}\r\n0\r\n\r\n" + SECOND,
    "a chunk of a negative size": POST + CHUNKED + b"\r\n-2\r\n{}\r\n0\r\n\r\n" + SECOND,
    "a chunk's size with a prefix": POST + CHUNKED + b"\r\n0x2\r\n{}\r\n0\r\n\r\n" + SECOND,
    "a chunk that is longer than it says": POST + CHUNKED + b"\r\n2\r\n{}X\r\n0\r\n\r\n" + SECOND,
    "a length behind the chunks": POST + CHUNKED + b"\r\n2\r\n{}\r\n0\r\nContent-Length: 50\r\n\r\n" + SECOND,
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + SECOND,
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n" + SECOND,
}
TOO_MUCH = {
    "a header of 10 kB": b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 10_000 + b"\r\n\r\n",
    "a name of 10 kB": b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A" * 10_000 + b": x\r\n\r\n",
    "a path of 10 kB": b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "2,000 headers": b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A: x\r\n" * 2_000 + b"\r\n",
    "a token of 10 kB": b"GET /api/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + b"x" * 10_000 + b"\r\n\r\n",
}


@pytest.fixture
async def school():
    async with served() as running:
        yield running


async def heard(port, sent, within=5.0):
    """Send bytes and return all that comes until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    try:
        writer.write(sent)
        async with asyncio.timeout(within):
            while more := await reader.read(65536):
                said += more
    except ConnectionError:  # it did not read to the end
        pass
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    return said


def statuses(said):
    return re.findall(rb"^HTTP/1\.[01] (\d{3})", said, re.MULTILINE)


@pytest.mark.parametrize("sent", SMUGGLED.values(), ids=SMUGGLED)
async def test_one_request_never_holds_another(school, sent):
    """A proxy may have read it otherwise: what is behind it is not even looked at."""
    assert statuses(await heard(school.port, sent)) == [b"400"]


async def test_a_body_that_nobody_asked_for_is_a_body(school):
    sent = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(SECOND)
    assert statuses(await heard(school.port, sent + SECOND)) == [b"200"]


@pytest.mark.parametrize("sent", TOO_MUCH.values(), ids=TOO_MUCH)
async def test_what_is_too_much_is_refused(school, sent):
    assert statuses(await heard(school.port, sent)) == [b"400"]


async def test_headers_without_an_end_are_cut_off(school):
    began = time.monotonic()
    sent = b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"".join(b"A%d: %b\r\n" % (n, b"x" * 4000) for n in range(5000))
    assert statuses(await heard(school.port, sent)) in ([b"400"], [b"431"], [])
    assert time.monotonic() - began < 5, "20 MB were read"


# What comes a byte at a time


async def dribble(port, head, drops, every):
    """Send `head`, then a byte every so many seconds until the server has enough; return what it said, and when."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()

    async def go_on():
        for drop in drops:
            await asyncio.sleep(every)
            writer.write(drop)
            await writer.drain()

    dripping = asyncio.create_task(go_on())
    said = b""
    try:
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                writer.write(head)
                while more := await reader.read(65536):
                    said += more
        return said, time.monotonic() - began
    finally:
        dripping.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await dripping
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_head_that_comes_a_byte_at_a_time_is_cut_off():
    async with served(environ={"STUDYHALL_SERVER_KEEPALIVE_TIMEOUT": "1"}) as school:
        head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: "
        said, took = await dribble(school.port, head, [b"x"] * 200, 0.1)
        assert statuses(said) in ([], [b"400"], [b"408"])
        assert took < 5


@pytest.fixture
def soon(school, monkeypatch):
    """A server that waits half a second for the next part of a body, and then as long for the client to hear of it."""
    monkeypatch.setattr("handlers.request.BODY_TIMEOUT", 0.5)
    monkeypatch.setitem(school.runner.server._kwargs, "lingering_time", 0.5)


@pytest.mark.usefixtures("soon")
async def test_a_body_that_comes_a_byte_at_a_time_is_cut_off(school):
    head = POST + b"Connection: close\r\nContent-Length: 200\r\n\r\n"
    said, took = await dribble(school.port, head, [b" "] * 200, 0.1)
    assert statuses(said) == [b"408"]
    assert b"stalled_body" in said
    assert took < 10


@pytest.mark.usefixtures("soon")
async def test_so_is_a_chunk(school):
    drops = [byte.to_bytes() for byte in b"1\r\n \r\n" * 40]
    said, took = await dribble(school.port, POST + CHUNKED + b"Connection: close\r\n\r\n", drops, 0.05)
    assert statuses(said) == [b"408"]
    assert took < 10


async def test_who_dribbles_keeps_nobody_else_waiting(school):
    opened = [await asyncio.open_connection("127.0.0.1", school.port) for _ in range(150)]
    for _, writer in opened:
        writer.write(POST + b"Content-Length: 200\r\n\r\n ")
    assert (await school.request("GET", "/healthz")).status == 200
    ada = await school.person()
    assert (await ada.get("/api/auth/me")).status == 200
    for _, writer in opened:
        writer.close()


# What comes back in a header


@pytest.mark.parametrize(
    "path",
    [
        "/%0d%0aSet-Cookie:%20evil=1",
        "/assets/%0d%0aSet-Cookie:%20evil=1/x",
        "/api/study-rooms/%0d%0aSet-Cookie:%20evil=1",
        "/?next=%0d%0aSet-Cookie:%20evil=1",
        "/%E5%98%8A%E5%98%8DSet-Cookie:%20evil=1",
        "//evil.example/%2f..",
        "/\\evil.example",
        "/%5cevil.example/%2e%2e",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_no_path_becomes_a_header_or_leads_elsewhere(school, method, path):
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    said = await heard(school.port, head.encode())
    head = said.partition(b"\r\n\r\n")[0].lower()
    assert statuses(said)[0] not in {b"301", b"302", b"303", b"307", b"308", b"500"}
    assert b"\nset-cookie" not in head
    assert b"\nlocation" not in head


async def test_no_header_comes_back_but_a_listed_origin():
    page = "https://study.example.org"
    async with served(environ={"STUDYHALL_CORS_ORIGINS": page}) as school:
        for name in (
            "X-Request-Id",
            "X-Forwarded-Host",
            "Host",
            "Referer",
            "User-Agent",
            "X-Original-URL",
            "Forwarded",
        ):
            for path in ("/healthz", "/nowhere", "/", "/socket.io/?EIO=4&transport=polling"):
                answer = await school.request("GET", path, headers={name: "evil.example"})
                assert answer.status < 500
                assert "evil" not in str(answer.headers)


LOOKALIKES = [
    "https://study.example.org.evil.example",
    "https://evilstudy.example.org",
    "https://study.example.orgevil.example",
    "https://studyXexample.org",
    "http://study.example.org",
    "https://study.example.org:444",
    "https://study.example.org:443",
    "https://STUDY.example.org",
    "https://study.example.org/",
    "https://study.example.org@evil.example",
    "https://evil.example#study.example.org",
    "https://study.example.org, https://evil.example",
    "null",
    "file://",
    "*",
    "",
]


@pytest.mark.parametrize("origin", LOOKALIKES)
async def test_an_origin_that_looks_like_a_listed_one_is_another(origin):
    async with served(environ={"STUDYHALL_CORS_ORIGINS": "https://study.example.org"}) as school:
        asks = {"Origin": origin, "Access-Control-Request-Method": "DELETE"}
        for method, path in (
            ("GET", "/healthz"),
            ("OPTIONS", "/api/auth/me"),
            ("GET", "/socket.io/?EIO=4&transport=polling"),
            ("OPTIONS", "/socket.io/?EIO=4&transport=polling"),
        ):
            answer = await school.request(method, path, headers=asks)
            if origin:
                assert answer.headers.get("Access-Control-Allow-Origin") is None
            if origin and path.startswith("/socket.io"):
                assert answer.status == 400


# Files


@pytest.mark.parametrize(
    "name",
    [
        *("../server.py", "../../server.py", "../../../../../../etc/passwd", "..%2f..%2fserver.py"),
        *("%2e%2e/%2e%2e/server.py", "..%252f..%252fserver.py", "..\\..\\server.py", "..%5c..%5cserver.py"),
        *("%2fetc%2fpasswd", "//etc/passwd", "app/main.js%00.png", "app/main.js%00", "%00", ".", ".."),
        *("...//...//server.py", "./app/main.js", "/app/main.js", "..%c0%afserver.py", "..%c0%ae/server.py"),
        *("%uff0e%uff0e/server.py", "file:///etc/passwd", "data/secret", "../index.html", "../package.json"),
        *("node_modules/.package-lock.json", "app/main.js/", "app/main.js?x=../y#z"),
    ],
)
async def test_no_path_leads_out_of_the_assets(school, name):
    index = (await school.request("GET", "/", headers={"Accept": "text/html"})).body
    main = re.search(r'module" src="/assets/([^"]+)"', index)[1]
    name = name.replace("app/main.js", main)
    for prefix in ("/assets", "/assets/app", "/assets/0", ""):
        head = f"GET {prefix}/{name} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
        said = await heard(school.port, head.encode())
        if not name.startswith(f"{main}?") or prefix != "/assets":
            assert statuses(said) in ([b"404"], [b"400"], [b"405"]), said
        for secret in (b"root:", b"def create_app", b"lockfileVersion", b'preact":'):
            assert secret not in said


# Bodies


BOMBS = {
    "brackets": b"[" * 60_000,
    "objects": b'{"a":' * 12_000,
    "objects in a field": b'{"email":' * 7_000,
    "one key 6,000 times": b"{" + b",".join([b'"email":1'] * 6_000) + b"}",
    "7,000 keys": b"{" + b",".join(b'"%d":1' % number for number in range(7_000)) + b"}",
    "a number of 60,000 digits": b'{"email":' + b"9" * 60_000 + b"}",
    "an exponent of 60,000 digits": b'{"email":1e' + b"9" * 60_000 + b"}",
    "60,000 escapes": b'{"email":"' + b"\\u0041" * 10_000 + b'"}',
    "60,000 combining marks": b'{"email":"a' + "\u0301".encode() * 30_000 + b'"}',
    "a string without an end": b'{"email":"' + b"\\" * 60_000,
    "blanks": b" " * 65_000,
    "Zalgo that grows when composed": b'{"email":"' + "\ufdfa".encode() * 20_000 + b'"}',
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
async def test_a_body_made_to_explode_is_refused_at_once(school, bomb):
    headers = {"Content-Type": "application/json"}
    for path in ("/api/auth/login", "/api/auth/register"):
        began = time.process_time()
        async with school.http.post(school.url + path, data=bomb, headers=headers) as answer:
            assert answer.status in {400, 422}
            assert (await answer.json())["code"] in {"invalid_json", "invalid_input"}
        assert time.process_time() - began < 1


async def test_of_a_field_that_comes_twice_the_last_counts_for_everybody(school):
    """One reader must not check the first and another use the last: there is one reader."""
    ada = await school.person()
    room = await ada.opens()
    body = b'{"content":"<first>","content":"the last"}'
    async with school.http.post(
        f"{school.url}/api/study-rooms/{room}/messages",
        data=body,
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {ada.token}"},
    ) as answer:
        said = json.loads(await answer.text())["data"]
    assert said["content"] == "the last"
    bad = body.replace(b'"the last"', b'"\\u0000"')
    async with school.http.post(
        f"{school.url}/api/study-rooms/{room}/messages",
        data=bad,
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {ada.token}"},
    ) as answer:
        assert answer.status == 422
