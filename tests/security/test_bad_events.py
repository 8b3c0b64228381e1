"""The bad-input matrix over sockets, sent to servers on the three storages.

Each event, token and frame is answered as the contract says, and alike by all storages that it reaches. The connection
stays usable, unless the protocol was broken; a refusal changes nothing, and nothing is logged as an error.
"""

import asyncio
import json
from collections.abc import Mapping

import aiohttp
import pytest

from tests.cases.bad_input import EVENTS
from tests.cases.protocol import CLOSING, NO_UTF8, TOKENS
from tests.support import bad_events
from tests.support.bad_input import EventCell
from tests.support.bad_input_answers import (
    asked_stages,
    changes_since,
    event_differences,
    report_wrong,
    split_cells,
)
from tests.support.bad_input_stage import Stage
from tests.support.bad_input_wire import PATIENCE, Wire

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("log_without_errors")]


@pytest.mark.parametrize("ack", [True, False], ids=["with ack", "without ack"])
@pytest.mark.parametrize("event", [*EVENTS, "no event"])
async def test_every_bad_event_is_answered_as_the_contract_says(stages, event, ack):
    refused, accepted = split_cells(bad_events.event_cells(event) if event in EVENTS else bad_events.unknown_events())
    for stage in stages.values():
        await stage.join()
    before = [await stage.kept() for stage in stages.values()]

    wrong = [difference for cell in refused for difference in await _send(stages, cell, ack=ack)]
    wrong += await changes_since(stages, before)
    wrong += [difference for cell in accepted for difference in await _send(stages, cell, ack=ack)]

    report_wrong(wrong)


async def _send(stages: Mapping[str, Stage], cell: EventCell, *, ack: bool) -> list[str]:
    stages = asked_stages(stages, cell)
    answers = await asyncio.gather(
        *(
            stage.wire.answer(
                cell.event, stage.filled_bytes(cell.arguments), cell.namespace, stage.rooms["theirs"], ack=ack
            )
            for stage in stages.values()
        )
    )
    wrong = [
        f"{cell.event[:30]!r} [{cell.name}] {name}: {difference}"
        for name, answer in zip(stages, answers, strict=True)
        for difference in event_differences(cell, answer)
    ]
    if len({answer.comparable for answer in answers}) > 1:
        wrong.append(f"{cell.event!r} [{cell.name}]: the storages differ: {answers}")
    return wrong


@pytest.mark.parametrize("namespace", ["/", "/chat"])
async def test_who_brings_no_good_token_hears_why_and_may_try_again(stages, namespace):
    prefix = "" if namespace == "/" else f"{namespace},"
    wrong = []
    for name, stage in stages.items():
        wire = await Wire.opened(stage.school)
        for what, (auth, message) in TOKENS.items():
            packet = await wire.connects(stage.filled(auth), namespace)
            said = json.loads(packet.removeprefix(f"44{prefix}")) if packet.startswith("44") else {}
            if said.get("message") != message:
                wrong.append(f"{name} [{what}]: expected {message}, got {packet[:200]}")
        assert "sid" in await wire.connects(stage.filled('{"token":"<token:ada>"}'), namespace)
        await wire.ws.close()
    report_wrong(wrong)


@pytest.mark.parametrize("frame", CLOSING)
async def test_what_is_no_packet_closes_the_connection_and_nothing_else(stages, frame):
    [stage, *_] = stages.values()
    wire = await Wire.opened(stage.school)
    assert "sid" in await wire.connects(stage.filled('{"token":"<token:ada>"}'))

    if isinstance(CLOSING[frame], bytes):
        await wire.ws.send_bytes(CLOSING[frame])
    else:
        await wire.ws.send_str(CLOSING[frame])

    async with asyncio.timeout(PATIENCE):
        while (await wire.ws.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert wire.ws.closed
    await stage.join()


@pytest.mark.parametrize("raw", NO_UTF8)
async def test_a_text_frame_that_is_no_utf8_closes_the_connection_and_nothing_else(stages, raw):
    [stage, *_] = stages.values()
    wire = await Wire.opened(stage.school)

    await wire.ws.send_frame(raw, aiohttp.WSMsgType.TEXT)

    async with asyncio.timeout(PATIENCE):
        closed = await wire.ws.receive()
    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.INVALID_TEXT)
    await stage.join()
