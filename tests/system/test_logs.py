"""Log: one harmless line for each record in both formats, and a limit on repetitions."""

import io
import json
import logging
import re
import sys
import unicodedata

import aiohttp
import pytest
from hypothesis import given, strategies as st

from runtime import logs
from tests.support.raw_sockets import PATH
from tests.support.served import PATIENCE, served

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
        record("forbidden", user=said),
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
    line = logs.TextFormatter().format(
        record("forbidden", code="forbidden", user='x" code="y', operation="PUT /a b", none="")
    )
    assert line.endswith(r'''forbidden code=forbidden user="x\" code=\"y" operation="PUT /a b" none=""''')
    said = json.loads(logs.JsonFormatter().format(record("forbidden", code="forbidden")))
    assert (said["message"], said["code"], said["level"], said["logger"]) == (
        "forbidden",
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
        sparingly.log("rate_limited", user="ada")
    sparingly.log("rate_limited", user="bob")
    now[0] = 60
    sparingly.log("rate_limited", user="ada")
    assert [made.fields for made in caplog.records] == [
        {"user": "ada"},
        {"user": "bob"},
        {"user": "ada", "suppressed": "49"},
    ]
    for number in range(20_000):
        sparingly.log("rate_limited", user=str(number))
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
