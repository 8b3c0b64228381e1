"""Answers of the HTTP layer itself: requests that are no HTTP, or that break off being it."""

import asyncio
import json
import re

import pytest

from handlers.keys import HTTP
from tests.support.raw_sockets import RawPolling, handled
from tests.support.served import served

PAGE, OTHER = "https://study.example.org", "https://other.example.org"
JSON = b"Host: x\r\nContent-Type: application/json\r\n"
CHUNKED = JSON + b"Transfer-Encoding: chunked\r\n\r\n"
LOGIN = b"POST /api/auth/login HTTP/1.1\r\n"

UNREADABLE = {
    "an unknown method": (b"FOO / HTTP/1.1\r\nHost: x\r\n\r\n", "The method"),
    "a method in lower case": (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", "The method"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "The method"),
    "no request line": (b"hello\r\n\r\n", "The method"),
    "another protocol": (b"GET / FTP/1.0\r\n\r\n", "The first line"),
    "HTTP/2 without negotiation": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "The request"),
    "HTTP/3": (b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", "The first line"),
    "a blank in the path": (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "The first line"),
    "no path": (b"GET  HTTP/1.1\r\nHost: x\r\n\r\n", "The address"),
    "a path without its slash": (b"GET healthz HTTP/1.1\r\nHost: x\r\n\r\n", "The address"),
    "a path in UTF-8": ("GET /ü HTTP/1.1\r\nHost: x\r\n\r\n".encode(), "The address"),
    "an address without its end": (b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", "The address"),
    "a port above all ports": (b"GET http://x:99999/ HTTP/1.1\r\nHost: x\r\n\r\n", "The address"),
    "a path of 9 kB": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", "The address or a header"),
    "a header of 9 kB": (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 9000 + b"\r\n\r\n", "The address or a header"),
    "300 headers": (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 300 + b"\r\n", "The request"),
    "a header without a name": (b"GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", "The request"),
    "a NUL in a header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", "The request"),
    "a folded header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "The request"),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", "The request"),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "The request"),
    "line ends without CR": (b"GET / HTTP/1.1\nHost: x\n\n", "The first line"),
    "two lengths": (LOGIN + JSON + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "The request"),
    "a negative length": (LOGIN + JSON + b"Content-Length: -1\r\n\r\nxx", "The request"),
    "a length in words": (LOGIN + JSON + b"Content-Length: one\r\n\r\nxx", "The request"),
    "a length of 26 digits": (LOGIN + JSON + b"Content-Length: " + b"9" * 26 + b"\r\n\r\nxx", "The request"),
    "a length and chunks": (LOGIN + JSON + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", "The"),
    "an unknown transfer encoding": (LOGIN + JSON + b"Transfer-Encoding: gzip\r\n\r\nxx", "The request"),
    "a chunk without a size": (LOGIN + CHUNKED + b"zz\r\n\r\n", "The request"),
    "a chunk that nobody reads": (b"GET /healthz HTTP/1.1\r\n" + CHUNKED + b"zz\r\n\r\n", "The request"),
}  # fmt: skip


@pytest.fixture
async def school():
    async with served(environ={"STUDYHALL_CORS_ORIGINS": f"{PAGE},{OTHER}"}) as running:
        yield running


async def ask(school, *parts, between=None, to_end=True):
    """Return status line, headers and body of the only answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", school.port)
    try:
        for number, part in enumerate(parts):
            if number:
                await between()
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(8):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, *lines = head.strip().splitlines()
            headers = dict(line.split(": ", 1) for line in lines)
            body = await reader.readexactly(int(headers.get("Content-Length", 0)))
            if to_end:
                assert await reader.read() == b"", "one answer, and the connection is closed"
        return status, headers, body
    finally:
        writer.close()


def problem_of(headers, body):
    """Return the problem, which speaks to people."""
    assert headers["Content-Type"] == "application/problem+json"
    said = json.loads(body)
    assert headers["X-Request-Id"] == said["requestId"]
    assert said["code"] == "bad_request"
    assert said["detail"] == said["message"]
    assert not re.search(r"b'|b\"|\\\\|\^|0x|\n|Error|None", said["detail"]), said
    return said


@pytest.mark.parametrize(("sent", "begins"), UNREADABLE.values(), ids=UNREADABLE)
async def test_unreadable_request_gets_a_problem(school, complaints, sent, begins):
    status, headers, body = await ask(school, sent)
    said = problem_of(headers, body)
    assert (status, said["status"], headers["Connection"]) == ("HTTP/1.1 400 Bad Request", 400, "close")
    assert said["detail"].startswith(begins)
    assert len(complaints()) <= 1


@pytest.mark.parametrize("path", ["/", "/nowhere", "/api/auth/login", "/socket.io/?EIO=4&transport=polling"])
async def test_refused_expectation_is_a_problem(school, path):
    sent = f"POST {path} HTTP/1.1\r\nHost: x\r\nOrigin: {PAGE}\r\nContent-Length: 0\r\nExpect: a miracle\r\n\r\n"
    status, headers, body = await ask(school, sent.encode(), to_end=False)
    assert status == "HTTP/1.1 417 Expectation Failed"
    assert problem_of(headers, body)["status"] == 417
    assert headers["Access-Control-Allow-Origin"] == PAGE


async def test_chunk_that_is_none_ends_the_wait_for_the_body(school, complaints):
    polling = await RawPolling.open(school)
    arrived = asyncio.Event()

    async def in_hand():
        await handled(school, polling, "POST")

    sent = f"POST {polling.path} HTTP/1.1\r\n".encode() + CHUNKED, b"zz\r\n\r\n"
    status, headers, _ = await ask(school, *sent, between=in_hand)
    assert status == "HTTP/1.1 400 Bad Request"
    assert headers["Content-Type"].startswith("application/json"), "as every refusal of Socket.IO"

    async def running():
        while not school.app[HTTP].in_flight:
            await asyncio.sleep(0)
        arrived.set()

    status, headers, body = await ask(school, LOGIN + CHUNKED, b"zz\r\n\r\n", between=running)
    assert arrived.is_set()
    assert (status, problem_of(headers, body)["status"]) == ("HTTP/1.1 400 Bad Request", 400)
    assert len(complaints()) == 1


@pytest.mark.parametrize(
    ("listed", "sent", "allowed"),
    [
        (f"{PAGE},{OTHER}", PAGE, PAGE),
        (f"{PAGE},{OTHER}", OTHER, OTHER),
        (f"{PAGE},{OTHER}", "https://evil.example", None),
        (f"{PAGE},{OTHER}", None, None),
        (PAGE, None, PAGE),
        (PAGE, "https://evil.example", None),
        ("", PAGE, None),
    ],
)
async def test_listed_page_may_read_that_its_request_was_unreadable(listed, sent, allowed):
    async with served(environ={"STUDYHALL_CORS_ORIGINS": listed}) as school:
        origin = f"Origin: {sent}\r\n".encode() if sent else b""
        request = b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n" + origin + b"\r\n"
        _, headers, _ = await ask(school, request)
        assert headers.get("Access-Control-Allow-Origin") == allowed
        assert ("Origin" in headers.get("Vary", "")) == bool(listed)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /\r\n\r\n", "HTTP/1.0 200 OK"),
        (b"GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK"),
        (b"GET /healthz HTTP/2.0\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK"),
        (b"GET http://x/healthz/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK"),
        (b"GET http://x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK"),
        (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 204 No Content"),
        (b"TRACE /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"),
    ],
)
async def test_unusual_but_readable_request_is_answered(school, sent, status):
    assert (await ask(school, sent))[0] == status
