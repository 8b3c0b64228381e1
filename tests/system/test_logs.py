"""The log: one line for each thing that happened, whatever clients send; security is in it, and no secret is."""

import asyncio
import io
import json
import logging
import re
import sys
import unicodedata

import aiohttp
import pytest
import socketio
from hypothesis import given, strategies as st

from runtime import logs
from tests.support.raw_sockets import PATH
from tests.support.served import PASSWORD, PATIENCE, served

FORGED = [
    "x\n2026-11-23 00:00:00,000 INFO studyhall: all is well",
    "x\r\nSet-Cookie: a=b",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "a\u2028b\u2029c\x85d\x0be\x0cf",
    "\u202egnp.exe\u2069",
    "\ud800 alone",
    'x" user="admin',
    "\0",
]


TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def record(message, *arguments, exception=None, **fields):
    made = logging.LogRecord("studyhall.test", logging.INFO, __file__, 1, message, arguments, exception)
    if fields:
        made.fields = fields
    return made


def failure(said):
    try:
        raise ValueError(said)  # noqa: TRY301  # to have been raised
    except ValueError:
        return sys.exc_info()


def is_harmless(line):
    return not [c for c in line if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"} or c in TURNING]


@pytest.mark.parametrize("formatter", [logs.TextFormatter(), logs.JsonFormatter()], ids=["text", "json"])
@pytest.mark.parametrize("said", FORGED)
def test_what_a_client_says_stays_within_its_line(formatter, said):
    for made in (
        record("%s", said),
        record("%r", said),
        record(said),
        record("failed", exception=failure(said)),
        record("refused", user=said),
    ):
        assert is_harmless(formatter.format(made))


@given(said=st.text(st.characters(codec=None)))
def test_so_does_anything(said):
    assert is_harmless(logs.TextFormatter().format(record("%s", said, field=said)))
    line = logs.JsonFormatter().format(record("%s", said, field=said))
    assert is_harmless(line)
    assert (
        json.loads(line)["message"] == json.loads(line)["field"] == logs.escape_control(logs.mask_personal_data(said))
    )


def test_a_line_of_text_reads_as_ever():
    made = record("Server running in %s mode on port %d", "production", 5000)
    line = logs.TextFormatter().format(made)
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(moment + r" INFO studyhall\.test: Server running in production mode on port 5000", line)


def test_fields_are_told_apart():
    line = logs.TextFormatter().format(record("refused", code="forbidden", user='x" code="y', does="PUT /a b", none=""))
    assert line.endswith(r'''refused code=forbidden user="x\" code=\"y" does="PUT /a b" none=""''')
    said = json.loads(logs.JsonFormatter().format(record("refused", code="forbidden")))
    assert (said["message"], said["code"], said["level"], said["logger"]) == (
        "refused",
        "forbidden",
        "INFO",
        "studyhall.test",
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said["time"])


def test_a_traceback_is_one_line_too():
    for formatter in (logs.TextFormatter(), logs.JsonFormatter()):
        line = formatter.format(record("failed", exception=failure("no")))
        assert is_harmless(line)
        assert "ValueError: no" in line
        assert "system/test_logs.py" in line


def test_who_does_the_same_over_and_over_is_told_of_once_a_minute(caplog):
    caplog.set_level(logging.INFO, "studyhall.security")
    now = [0.0]
    sparingly = logs.ThrottledLogger(lambda: now[0])
    for _ in range(50):
        sparingly.log("limited", user="ada")
    sparingly.log("limited", user="bob")
    now[0] = 60
    sparingly.log("limited", user="ada")
    assert [made.fields for made in caplog.records] == [
        {"user": "ada"},
        {"user": "bob"},
        {"user": "ada", "again": "49"},
    ]
    for number in range(20_000):
        sparingly.log("limited", user=str(number))
    assert len(sparingly) <= 10_000


@pytest.fixture
def written(monkeypatch):
    """Begin the log as a server does, and return what it has written."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    logs.configure("text")
    yield sys.stdout
    root.handlers = handlers
    root.setLevel(level)


async def test_connections_that_send_nonsense_fill_no_disk(written):
    async with served() as school:
        for _ in range(logs.MAX_REPEATS + 20):
            ws = await school.http.ws_connect(f"{school.url}{PATH}&transport=websocket")
            await ws.receive()
            await ws.send_bytes(b"no packet")
            while (await ws.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.TEXT:
                pass
    lines = [line for line in written.getvalue().splitlines() if "no Engine.IO text packet" in line]
    assert len(lines) == logs.MAX_REPEATS
    assert lines[-1].endswith("(further lines like this are left out for a minute)")


# What a server says


@pytest.fixture
def events(caplog):
    """A function that returns events of the security log since the last call, by name, with their fields."""
    caplog.set_level(logging.INFO, "studyhall.security")

    def taken():
        found = [(made.getMessage(), dict(made.fields)) for made in caplog.records if made.name == "studyhall.security"]
        caplog.clear()
        return found

    return taken


async def test_what_concerns_security_is_written_down(events):
    async with served() as school:
        ada = await school.person()
        credentials = {"email": ada.user["email"], "password": PASSWORD}
        [(name, fields)] = events()
        assert (name, fields["user"], fields["address"]) == ("signed_up", ada.id, "127.0.0.1")
        assert fields["request"]

        async def happens(*expected, who=ada.id):
            found = events()
            assert [name for name, _ in found] == list(expected), found
            assert [fields.get("user") for _, fields in found] == [who] * len(expected)
            assert all(fields["address"] == "127.0.0.1" for _, fields in found)
            assert all(fields["request"] for name, fields in found if name not in {"refused", "limited"})

        answer = await school.request("POST", "/api/auth/login", credentials)
        await happens("signed_in")
        await school.request("POST", "/api/auth/login", credentials | {"password": "wrong"})
        await happens("sign_in_failed")
        await school.request("POST", "/api/auth/login", {"email": "nobody@example.org", "password": "wrong"})
        await happens("sign_in_failed", who=None)
        used = {"refreshToken": answer.body["refreshToken"]}
        renewed = await school.request("POST", "/api/auth/refresh", used)
        await school.request("POST", "/api/auth/refresh", {"refreshToken": renewed.body["refreshToken"]})
        assert events() == []
        await school.request("POST", "/api/auth/refresh", used)
        await happens("refresh_token_reused")
        await ada.put("/api/auth/password", {"currentPassword": "wrong", "newPassword": PASSWORD})
        await happens("sign_in_failed", "refused")
        await ada.put("/api/auth/password", {"currentPassword": PASSWORD, "newPassword": "another password"})
        await happens("password_changed", "sign_ins_ended")
        await school.request("POST", "/api/auth/reset-password", {"token": "x" * 43, "newPassword": PASSWORD})
        await happens("refused", who=None)
        await ada.post("/api/auth/logout")
        await happens("sign_in_ended")


async def test_so_is_who_is_refused(events):
    limits = {
        "STUDYHALL_LIMITS_ENABLED": "true",
        "STUDYHALL_LIMITS_ROOMS": "1/hour",
        "STUDYHALL_LIMITS_MESSAGES": "1/hour",
    }
    async with served(environ=limits) as school:
        ada, bob, cleo = await school.person(), await school.person("Bob"), await school.person("Cleo")
        room = await ada.opens()
        await cleo.joins(room)
        await ada.put(f"/api/study-rooms/{room}", {"visibility": "private"})
        events()
        for _ in range(3):
            await cleo.delete(f"/api/study-rooms/{room}")
            await bob.get(f"/api/study-rooms/{room}")
            await bob.get(f"/api/study-rooms/{ada.id}")
            await ada.post("/api/study-rooms", {"name": "another"})
        chat = await cleo.chat(room)
        for _ in range(3):
            await chat.call("send-message", {"roomId": room, "content": "hello"})
        with pytest.raises(Exception, match="failed to connect"):
            await (await bob_with_a_bad_token(bob)).chat()
        found = events()
        assert [(name, fields["code"], fields.get("user")) for name, fields in found] == [
            ("refused", "forbidden", cleo.id),
            ("refused", "room_not_found", bob.id),
            ("limited", "rate_limited", ada.id),
            ("limited", "rate_limited", cleo.id),
            ("token_refused", "token_invalid", None),
        ]
        assert {fields["address"] for _, fields in found} == {"127.0.0.1"}


async def test_so_is_what_obeys_no_rule_by_the_names_of_its_fields_alone(events):
    async with served() as school:
        ada = await school.person()
        room = await ada.opens()
        chat = await ada.chat(room)
        events()
        for _ in range(3):
            await ada.post("/api/study-rooms", {"name": "", "capacity": "canary", "unknown": "canary"})
            await school.request("POST", "/api/auth/login", {"email": "canary", "password": "canary"})
            await ada.get(f"/api/study-rooms/{room}/messages?limit=canary")
            await ada.post("/api/study-rooms", data=b"{canary", headers={"Content-Type": "application/json"})
            await ada.post("/api/study-rooms", data=b"canary", headers={"Content-Type": "text/plain"})
            await ada.post("/api/study-rooms", {"name": "canary" * 20_000})
            await chat.call("send-message", {"roomId": room, "content": "\0canary"})
            await chat.call("canary", {})
        found = events()
        assert [
            (name, fields["does"], fields["code"], fields.get("fields"), fields.get("user")) for name, fields in found
        ] == [
            ("bad_input", "POST /api/study-rooms", "invalid_input", "name,capacity", ada.id),
            ("bad_input", "POST /api/auth/login", "invalid_input", "email", None),
            ("bad_input", "GET /api/study-rooms/{id}/messages", "invalid_input", "limit", ada.id),
            ("bad_input", "POST /api/study-rooms", "invalid_json", None, ada.id),
            ("bad_input", "POST /api/study-rooms", "unsupported_media_type", None, ada.id),
            ("bad_input", "POST /api/study-rooms", "payload_too_large", None, ada.id),
            ("bad_input", "send-message", "invalid_input", "content", ada.id),
        ]
        assert "canary" not in str(found)


async def test_no_name_that_a_client_gives_a_field_gets_past_the_once_a_minute(events):
    async with served() as school:
        ada = await school.person()
        chat = await ada.chat()
        events()
        for number in range(5):
            name = f"canary{number}" * 1000
            for odd in (
                '"\\ud800": 1, "NAME": "\\ud800"',
                '"\\ud800": "\\ud800"',
                '"NAME": "\\ud800", "email": "\\ud800", "password": "x", "\\ud800": 1',
            ):
                body = f"{{{odd.replace('NAME', name)}}}".encode()
                answer = await ada.post("/api/auth/login", data=body, headers={"Content-Type": "application/json"})
                assert answer.status == 422
                assert "canary" not in str(answer.body)
            await chat.call("send-message", {"\ud800": 1, name: "\ud800"})
            await ada.get(f"/api/study-rooms?{name}=%ED%A0%80&limit=x")
        found = [(fields["does"], fields.get("fields")) for _, fields in events()]
        assert found == [
            ("POST /api/auth/login", "email,password"),
            ("POST /api/auth/login", "email"),
            ("send-message", "roomId,content"),
            ("GET /api/study-rooms", "limit"),
        ]


async def bob_with_a_bad_token(bob):
    bob.token = "x.y.z"
    return bob


# The canary: what must not be in a log

SECRETS = {
    "password": "canary-password-5f1d",
    "new password": "canary-newpassword-77ab",
    "wrong password": "canary-wrongpassword-0c21",
    "forged token": "canary-forgedtoken-9e3a",
    "forged refresh token": "01890a5d-ac96-774b-bcce-b302099a8057.canary-forgedrefresh-1b7c",
    "session id": "canary-sessionid-aa10",
    "code": "canary-code-d00d",
    "cookie": "canary-cookie-beef",
    "reset token": "canary-resettoken-4c4c",
}


@pytest.fixture
def log():
    """The whole output of a server at every level, in both formats."""
    root, said = logging.getLogger(), io.StringIO()
    handlers = []
    for formatter in (logs.TextFormatter(), logs.JsonFormatter()):
        handler = logging.StreamHandler(said)
        handler.setFormatter(formatter)
        handlers.append(handler)
        root.addHandler(handler)
    before, ours = root.level, [logging.getLogger(name) for name in list(root.manager.loggerDict)]
    levels = [logger.level for logger in ours]
    root.setLevel(logging.DEBUG)
    for logger in ours:
        if not logger.name.startswith(("aiohttp.client", "socketio.client", "engineio.client")):
            logger.setLevel(logging.DEBUG)
    yield said
    root.setLevel(before)
    for logger, level in zip(ours, levels, strict=True):
        logger.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


async def test_no_secret_is_ever_in_the_log(log, monkeypatch, tmp_path):
    canaries = dict(SECRETS)
    async with served(f"sqlite:///{tmp_path / 'canary.db'}") as school:

        async def ask(method, path, body=None, token=None, **headers):
            headers |= {"Cookie": f"session={SECRETS['cookie']}", "Referer": f"http://x/?t={SECRETS['code']}"}
            return await school.request(method, path, body, token=token, headers=headers)

        names = {"firstName": "Ada", "lastName": "Okafor", "email": "ada@example.org"}
        made = await ask("POST", "/api/auth/register", {**names, "password": SECRETS["password"]})
        assert made.status == 201
        token = made.body["token"]
        canaries |= {"token": token, "refresh token": made.body["refreshToken"]}
        canaries |= {"half of it": made.body["refreshToken"].partition(".")[2], "signature": token.rpartition(".")[2]}
        again = await ask("POST", "/api/auth/refresh", {"refreshToken": made.body["refreshToken"]})
        canaries |= {"second token": again.body["token"], "second refresh": again.body["refreshToken"]}
        third = await ask("POST", "/api/auth/refresh", {"refreshToken": again.body["refreshToken"]})
        canaries["third refresh"] = third.body["refreshToken"]
        await fails_in_every_way(ask, school, token, made.body["refreshToken"])
        await talks(school, canaries, again.body["token"])
        await sends_no_http(school, token)
        signed_in = await ask("POST", "/api/auth/login", {"email": names["email"], "password": SECRETS["new password"]})
        canaries["third token"] = token = signed_in.body["token"]

        async def breaks(*_):
            raise RuntimeError("out of order")

        for name in [name for name in vars(type(school.services.dashboards)) if not name.startswith("_")]:
            monkeypatch.setattr(type(school.services.dashboards), name, breaks)
        assert (await ask("GET", f"/api/dashboard?token={SECRETS['code']}", token=token)).status == 500

    said = log.getvalue()
    assert "out of order" in said
    assert "signed_up" in said
    assert {name: said.count(secret) for name, secret in canaries.items() if secret in said} == {}


async def fails_in_every_way(ask, school, token, used_up):
    secret = SECRETS
    wrong = {"email": "ada@example.org", "password": secret["wrong password"]}
    for body in (wrong, wrong | {"email": "nobody@example.org"}, wrong | {"password": secret["wrong password"] * 20}):
        await ask("POST", "/api/auth/login", body)
    for bearer in (
        secret["forged token"],
        token + secret["forged token"],
        f"eyJhbGciOiJub25lIn0.{secret['forged token']}.",
    ):
        assert (await ask("GET", "/api/auth/me", token=bearer)).status == 401
    await ask("GET", "/api/auth/me", Authorization=f"Basic {secret['forged token']}")
    for body in (used_up, secret["forged refresh token"], secret["forged refresh token"][37:]):
        assert (await ask("POST", "/api/auth/refresh", {"refreshToken": body})).status == 401
    signed_in = await ask("POST", "/api/auth/login", {"email": "ada@example.org", "password": secret["password"]})
    token = signed_in.body["token"]
    for current, new in (("wrong password", "new password"), ("password", "new password")):
        change = {"currentPassword": secret[current], "newPassword": secret[new]}
        await ask("PUT", "/api/auth/password", change, token=token)
    await ask("POST", "/api/auth/reset-password", {"token": secret["reset token"], "newPassword": secret["password"]})
    await ask("POST", "/api/auth/login", {"email": secret["code"], "password": {"no": secret["password"]}})
    for path in ("/api/invites/", "/reset/", "/api/study-rooms/", "/assets/", "/nowhere?code="):
        for method in ("GET", "POST", "DELETE", "PATCH"):
            await ask(method, path + secret["code"], token=token)
    for query in (f"sid={secret['session id']}", f"transport=polling&sid={secret['session id']}"):
        for method in ("GET", "POST", "OPTIONS", "PUT"):
            await ask(method, f"{PATH}&{query}")
    await ask("GET", f"{PATH}&transport=polling", Origin="https://evil.example")


async def talks(school, canaries, token):
    """Connect, talk and be refused, over both transports."""
    http = school.http
    for transport in ("polling", "websocket"):
        for brought in (token, SECRETS["forged token"], None, {"token": SECRETS["code"]}):
            client = socketio.AsyncClient(reconnection=False)
            try:
                await client.connect(
                    school.url,
                    auth={"token": brought},
                    namespaces=["/chat"],
                    transports=[transport],
                    wait_timeout=PATIENCE,
                )
            except socketio.exceptions.ConnectionError:
                continue
            canaries[f"{transport} session"] = client.eio.sid
            canaries[f"{transport} connection"] = client.get_sid("/chat")
            await client.call("join-room", SECRETS["code"], namespace="/chat")
            await client.call(SECRETS["code"], {"token": SECRETS["code"]}, namespace="/chat")
            await client.disconnect()
    async with http.get(f"{school.url}{PATH}&transport=polling") as opened:
        sid = json.loads((await opened.text())[1:])["sid"]
    canaries["sid"] = sid
    for body in (
        f'40/chat,{{"token":"{SECRETS["forged token"]}"}}',
        f'40/chat,{{"token": "{SECRETS["code"]}',
        "9nonsense",
    ):
        with_sid = f"{school.url}{PATH}&transport=polling&sid={sid}"
        async with http.post(with_sid, data=body + SECRETS["code"]) as answer:
            await answer.read()
    async with http.ws_connect(f"{school.url}{PATH}&transport=websocket") as socket:
        await socket.send_bytes(SECRETS["code"].encode())
        while not socket.closed:
            if (await socket.receive()).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}:
                break


async def sends_no_http(school, token):
    for sent in (
        f"GET /?{SECRETS['code']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\0\r\n\r\n",
        f"{SECRETS['code']}\r\n\r\n",
        f"GET /{SECRETS['code']} {SECRETS['code']}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{SECRETS['code']}\r\n\r\n",
        f"GET / HTTP/1.1\r\n{SECRETS['code']}\0: x\r\n\r\n",
        f"POST / HTTP/1.1\r\nContent-Length: {SECRETS['code']}\r\n\r\n",
        f"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{SECRETS['code']}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: x\r\nCookie: {SECRETS['cookie'] * 900}\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", school.port)
        writer.write(sent.encode())
        async with asyncio.timeout(10):
            await reader.read(1000)
        writer.close()
        await writer.wait_closed()
