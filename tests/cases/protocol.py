"""Bad input below routes and events: headers, paths, bytes that are no HTTP, frames, tokens of a handshake."""

from collections.abc import Mapping

from tests.support.outcomes import ACCEPTED, DIGITS, WRONG_TYPE, Outcome

CONTENT_TYPES: Mapping[str | None, Outcome] = {
    None: WRONG_TYPE,
    "": WRONG_TYPE,
    "text/plain": WRONG_TYPE,
    "text/json": WRONG_TYPE,
    "application/x-www-form-urlencoded": WRONG_TYPE,
    "multipart/form-data; boundary=x": WRONG_TYPE,
    "application/problem+json": WRONG_TYPE,
    "application/jsonp": WRONG_TYPE,
    "application/json, text/plain": WRONG_TYPE,
    "application/json; charset=latin-1": WRONG_TYPE,
    "application/json; charset=utf-16": WRONG_TYPE,
    "x" * 5000: WRONG_TYPE,
    "Application/JSON": ACCEPTED,
    "application/json; charset=UTF-8": ACCEPTED,
    'application/json;charset="utf-8"': ACCEPTED,
    "application/json; profile=x": ACCEPTED,
}

AUTHORIZATIONS: Mapping[str, str | None] = {
    "none": None,
    "empty": "",
    "blank": " ",
    "a scheme alone": "Bearer",
    "a scheme and a blank": "Bearer ",
    "a token alone": "<token:ada>",
    "another scheme": "Basic <token:ada>",
    "Basic": "Basic YWRhOnNlY3JldA==",
    "another word": "Token <token:ada>",
    "nonsense": "Bearer nonsense",
    "three parts of nonsense": "Bearer a.b.c",
    "null": "Bearer null",
    "two tokens": "Bearer <token:ada> <token:ada>",
    "two tokens and a comma": "Bearer <token:ada>,<token:ada>",
    "a token with quotes": 'Bearer "<token:ada>"',
    "a token cut off": "Bearer <token:cut-off>",
    "a token with another claim": "Bearer <token:tampered>",
    "a token that is over": "Bearer <token:expired>",
    "a token of another secret": "Bearer <token:foreign>",
    "a token without a signature": "Bearer <token:unsigned>",
    "a token without an end": "Bearer <token:endless>",
    "a token without a subject": "Bearer <token:of-nobody>",
    "a token with a number as its subject": "Bearer <token:of-a-number>",
    "a token of somebody unknown": "Bearer <token:of-somebody-unknown>",
    "another's name and my own sign-in": "Bearer <token:mixed>",
    "a token of a sign-in that was ended": "Bearer <token:signed-out>",
    "a token of an account that was deleted": "Bearer <token:deleted>",
    "a refresh token": "Bearer <refresh-token>",
    "not ASCII": "Bearer \u26bf\xe9",
    "8,000 characters": "Bearer " + "x" * 8_000,
}

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")

NO_ROUTES = (
    "/api", "/api/", "/api/auth", "/api/auth/me//", "/API/auth/me", "/api/auth/nothing", "/api/people",
    "/api/study-rooms/x/y", "/api/study-rooms/x/y/z", "/api/study-rooms/../auth/me",
    "/api/study-rooms/x/../y/z", "/index.php", "/.env", "/%00", "/%FF", "/%ED%A0%80", "/%2e%2e/x", "/a%0d%0ab", "/%",
    "/%zz", "/" + "x" * 7_000,
)  # fmt: skip

NO_HTTP = {
    "a path that is no ASCII": b"GET /\xff HTTP/1.1\r\n\r\n",
    "a query that is no ASCII": b"GET /api/study-rooms?search=\xff HTTP/1.1\r\n\r\n",
    "a NUL in the path": b"GET /a\0b HTTP/1.1\r\n\r\n",
    "a blank in the path": b"GET /a b HTTP/1.1\r\n\r\n",
    "a path of 10 kB": b"GET /api/study-rooms/" + b"a" * 10_240 + b" HTTP/1.1\r\n\r\n",
    "a token of 60 kB": b"GET /api/auth/me HTTP/1.1\r\nAuthorization: Bearer " + b"x" * 60_000 + b"\r\n\r\n",
    "a method that is none": b"FOO /api/auth/me HTTP/1.1\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "a length that is none": b"POST /api/auth/login HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /api/auth/login HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length and chunks": b"POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    "a chunk that is none": b"POST /api/auth/login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "a header that is none": b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n",
}
"""Bytes that aiohttp cannot parse as HTTP: it answers 400 itself and closes the connection."""

CLOSING: Mapping[str, str | bytes] = {
    "nothing": "",
    "no packet": "x",
    "an open packet": "0{}",
    "a Socket.IO packet of no type": "49/chat,1[]",
    "a binary event": '451-/chat,["send-message",{"_placeholder":true,"num":0}]',
    "a refusal, which servers send": '44/chat,{"message":"x"}',
    "an event that is an object": "42/chat,1{}",
    "an event that is text": '42/chat,1"send-message"',
    "an event that is null": "42/chat,1null",
    "an event of nothing": "42/chat,1",
    "an event without a name": "42/chat,1[]",
    "an event with a number as its name": "42/chat,1[1]",
    "an event with a list as its name": '42/chat,1[["send-message"]]',
    "an event with null as its name": "42/chat,1[null]",
    "an event where the client is not": '42/nowhere,1["send-message"]',
    "an ack id of 101 digits": "42/chat," + "1" * 101 + '["send-message"]',
    "an ack id that is no decimal digit": '42/chat,\xb2["send-message"]',
    "more than 1 MB": '42/chat,1["send-message",{"content":"' + "x" * 1_000_001 + '"}]',
    "a binary frame": b'42/chat,1["send-message"]',
}
"""WebSocket frames that are no packets of the protocol: the connection is closed, because no answer is possible."""

NO_UTF8 = (b'42/chat,1["\xff"]', b'42/chat,1["\xed\xa0\x80"]', b"\xc0\x80")
"""WebSocket text frames that are no text: the WebSocket itself closes, with 1007."""

TOKENS: Mapping[str, tuple[str, str]] = {
    "nothing": ("", "Authentication token is required"),
    "null": ("null", "Authentication token is required"),
    "a list": ("[]", "Authentication token is required"),
    "a list with a token": ('["<token:ada>"]', "Authentication token is required"),
    "text": ('"<token:ada>"', "Authentication token is required"),
    "no token": ('{"tokn":"<token:ada>"}', "Authentication token is required"),
    "a null token": ('{"token":null}', "Authentication token is required"),
    "an empty token": ('{"token":""}', "Authentication token is required"),
    "NaN": ('{"token":NaN}', "Authentication token is required"),
    "60,000 brackets": ("[" * 60_000, "Authentication token is required"),
    "a body cut off": ('{"token":"<token:ada>"', "Authentication token is required"),
    "a number as a token": ('{"token":5}', "Authentication failed"),
    "1e999": ('{"token":1e999}', "Authentication failed"),
    "5,000 digits": ('{"token":' + DIGITS.decode() + "}", "Authentication failed"),
    "false": ('{"token":false}', "Authentication failed"),
    "a list as a token": ('{"token":["<token:ada>"]}', "Authentication failed"),
    "an object as a token": ('{"token":{"token":"<token:ada>"}}', "Authentication failed"),
    "a lone surrogate": ('{"token":"\\ud800"}', "Authentication failed"),
    "a NUL": ('{"token":"\\u0000"}', "Authentication failed"),
    "a token and a NUL": ('{"token":"<token:ada>\\u0000"}', "Authentication failed"),
    "nonsense": ('{"token":"nonsense"}', "Authentication failed"),
    "60,000 characters": ('{"token":"' + "x" * 60_000 + '"}', "Authentication failed"),
    "a token cut off": ('{"token":"<token:cut-off>"}', "Authentication failed"),
    "a token with another claim": ('{"token":"<token:tampered>"}', "Authentication failed"),
    "a token that is over": ('{"token":"<token:expired>"}', "Authentication failed"),
    "a token of another secret": ('{"token":"<token:foreign>"}', "Authentication failed"),
    "a token without a signature": ('{"token":"<token:unsigned>"}', "Authentication failed"),
    "a token without an end": ('{"token":"<token:endless>"}', "Authentication failed"),
    "a refresh token": ('{"token":"<refresh-token>"}', "Authentication failed"),
    "a token without a subject": ('{"token":"<token:of-nobody>"}', "Invalid authentication token"),
    "a token of somebody unknown": ('{"token":"<token:of-somebody-unknown>"}', "Invalid authentication token"),
    "another's name and my own sign-in": ('{"token":"<token:mixed>"}', "Invalid authentication token"),
    "a token of a sign-in that was ended": ('{"token":"<token:signed-out>"}', "Invalid authentication token"),
    "a token of an account that was deleted": ('{"token":"<token:deleted>"}', "Invalid authentication token"),
}
"""Bodies of CONNECT, and the message of the seed that refuses each."""
