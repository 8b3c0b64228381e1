"""Bytes that are no HTTP, and bodies that stall or break off: answered or closed, without harm to other clients."""

import asyncio

import pytest

from tests.cases.protocol import NO_HTTP
from tests.support.bad_input import Cell
from tests.support.bad_input_wire import PATIENCE
from tests.support.outcomes import ACCEPTED

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("log_without_errors")]

_HEAD = (
    b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)


async def test_what_is_no_http_is_answered_with_400_and_the_connection_closes(stages):
    [stage, *_] = stages.values()
    for name, raw in NO_HTTP.items():
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.school.port)

        writer.write(raw.replace(b" HTTP/1.1\r\n", b" HTTP/1.1\r\nHost: x\r\n"))
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()
        await writer.wait_closed()

        assert answer.split(b" ")[1] == b"400", name
        assert b"Traceback" not in answer, name


@pytest.mark.parametrize("rest", [b"", b"1\r\n{\r\n"], ids=["none of it", "some of it"])
async def test_a_body_that_does_not_arrive_is_told_so(stages, rest, monkeypatch):
    monkeypatch.setattr("handlers.request.BODY_TIMEOUT", 0.1)
    [stage, *_] = stages.values()
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.school.port)

    writer.write(_HEAD)
    await writer.drain()
    writer.write(rest)
    async with asyncio.timeout(PATIENCE):
        answer = await reader.readuntil(b"stalled_body")
    writer.close()
    await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_breaks_off_with_its_connection_harms_nobody(stages):
    [stage, *_] = stages.values()
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.school.port)

    writer.write(_HEAD + b"1\r\n{\r\n")
    writer.write_eof()
    async with asyncio.timeout(PATIENCE):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()

    assert (await stage.ask(Cell("", ACCEPTED, "GET", "/api/auth/me", caller="ada"))).status == 200
