"""Headers of every response, whatever the request."""

import asyncio
import re

import pytest

from tests.support.process import SECRET
from tests.support.raw_sockets import PATH
from tests.support.served import served

PAGE = "https://study.example.org"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
BROWSER = {"Accept": "text/html"}

ASKED = [
    ("GET", "/healthz", {}, 200),
    ("HEAD", "/healthz", {}, 200),
    ("GET", "/readyz", {}, 200),
    ("GET", "/", BROWSER, 200),
    ("GET", "/rooms/nowhere", BROWSER, 200),
    ("GET", "/nowhere", {}, 404),
    ("GET", "/nowhere", BROWSER, 200),
    ("GET", "/nowhere", {"Accept": "application/json"}, 404),
    ("GET", "/assets/0/nothing.js", {}, 404),
    ("GET", "/api/openapi.json", {}, 200),
    ("GET", "/api/auth/me", {}, 401),
    ("PATCH", "/api/auth/login", {}, 405),
    ("POST", "/api/auth/login", {}, 415),
    ("POST", "/api/auth/login", {"Content-Type": "application/json"}, 400),
    ("OPTIONS", "/api/study-rooms", {"Origin": PAGE, **PREFLIGHT}, 200),
    ("OPTIONS", "/api/study-rooms", {"Origin": "https://evil.example", **PREFLIGHT}, 403),
    ("GET", PATH + "&transport=polling", {}, 200),
    ("OPTIONS", PATH + "&transport=polling", {"Origin": PAGE}, 200),
    ("GET", PATH + "&transport=polling", {"Origin": "https://evil.example"}, 400),
    ("GET", PATH + "&transport=websocket", {}, 400),
    ("POST", PATH + "&transport=polling&sid=none", {}, 400),
    ("PUT", PATH, {}, 400),
]

NO_HTTP = {
    "no HTTP": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "no request line": b"hello\r\n\r\n",
    "another protocol": b"GET / FTP/1.0\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
    "a NUL in a header": b"GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n",
    "a header of 9 kB": b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 9000 + b"\r\n\r\n",
    "a path of 9 kB": b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a wish": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: a miracle\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
}


@pytest.fixture
async def school():
    async with served(environ={"STUDYHALL_CORS_ORIGINS": PAGE}) as running:
        yield running


def lacking(headers):
    """Return what the headers of an answer lack, or have too much."""
    wrong = {name: headers.get(name) for name, value in ALWAYS.items() if headers.get(name) != value}
    policy = headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy:
        wrong["Content-Security-Policy"] = policy
    if "Server" in headers:
        wrong["Server"] = headers["Server"]
    return wrong


@pytest.mark.parametrize(("method", "path", "headers", "status"), ASKED)
async def test_an_answer_carries_the_headers(school, method, path, headers, status):
    answer = await school.request(method, path, headers=headers)
    assert answer.status == status
    assert lacking(answer.headers) == {}
    kept = {"/", "/rooms/nowhere", "/nowhere", "/api/openapi.json"} if status == 200 else set()
    assert answer.headers["Cache-Control"] == ("no-cache" if path in kept else "no-store")


async def test_so_do_assets_and_what_a_browser_has_already(school):
    index = await school.request("GET", "/", headers=BROWSER)
    assert "camera=()" in index.headers["Permissions-Policy"]
    for path in re.findall(r'(?:href|src)="(/assets/[^"]+)"', index.body)[:5]:
        answer = await school.request("GET", path)
        assert lacking({**answer.headers, "Content-Security-Policy": POLICY_OF_PAGES}) == {}
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        again = await school.request("GET", path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status == 304
        assert lacking({**again.headers, "Content-Security-Policy": POLICY_OF_PAGES}) == {}


POLICY_OF_PAGES = "default-src 'none'; frame-ancestors 'none'"


async def test_so_does_what_failed(school, monkeypatch):
    async def fail(**_):
        raise RuntimeError("out of order")

    monkeypatch.setattr(school.services.health, "check", fail)
    answer = await school.request("GET", "/readyz")
    assert (answer.status, lacking(answer.headers), answer.headers["Cache-Control"]) == (500, {}, "no-store")
    assert "out of order" not in str(answer.body)


async def test_so_do_data_of_people(school):
    ada = await school.person()
    for path in ("/api/auth/me", "/api/dashboard", "/api/study-rooms"):
        answer = await ada.get(path)
        assert (answer.status, lacking(answer.headers), answer.headers["Cache-Control"]) == (200, {}, "no-store")


async def ask_raw(school, sent):
    """Return the head of the answer to some bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", school.port)
    try:
        writer.write(sent)
        async with asyncio.timeout(10):
            return (await reader.readuntil(b"\r\n\r\n")).decode()
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
async def test_so_does_the_answer_to_what_is_no_http(school, sent):
    status, *lines = (await ask_raw(school, sent)).splitlines()
    assert re.search(" (400|405|417) ", status)
    assert lacking(dict(line.split(": ", 1) for line in lines if line)) == {}


async def test_a_websocket_begins_as_ever(school):
    head = await ask_raw(
        school,
        f"GET {PATH}&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode(),
    )
    status, *lines = head.strip().splitlines()
    assert status == "HTTP/1.1 101 Switching Protocols"
    assert [line.partition(":")[0] for line in lines] == ["Upgrade", "Connection", "Sec-WebSocket-Accept"]


@pytest.mark.parametrize(
    ("environment", "proxies", "forwarded", "told"),
    [
        ("production", "127.0.0.1", "https", True),
        ("production", "127.0.0.1", "http", False),
        ("production", "127.0.0.1", None, False),
        ("production", "10.0.0.1", "https", False),
        ("production", "", "https", False),
        ("development", "127.0.0.1", "https", False),
    ],
)
async def test_browsers_are_told_to_come_encrypted_where_they_do(environment, proxies, forwarded, told):
    environ = {
        "STUDYHALL_SERVER_ENVIRONMENT": environment,
        "STUDYHALL_SERVER_TRUSTED_PROXIES": proxies,
        "STUDYHALL_AUTH_SECRET": SECRET,
    }
    async with served(environ=environ) as school:
        for path in ("/healthz", "/nowhere", "/", PATH + "&transport=polling"):
            answer = await school.request("GET", path, headers={"X-Forwarded-Proto": forwarded} if forwarded else {})
            assert answer.headers.get("Strict-Transport-Security") == ("max-age=31536000" if told else None)
            encrypted = (proxies, forwarded) == ("127.0.0.1", "https")
            assert answer.headers.get("Cross-Origin-Opener-Policy") == ("same-origin" if encrypted else None)
