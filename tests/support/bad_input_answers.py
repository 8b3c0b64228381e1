"""Differences between the answers to the bad-input matrix and its outcomes, and between the storages."""

import asyncio
import difflib
import json
import zlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from tests.cases.bad_input import SPECIAL
from tests.support.bad_input import Cell, EventCell
from tests.support.bad_input_stage import Stage
from tests.support.bad_input_wire import Answer
from tests.support.outcomes import (
    ACCEPTED,
    METHOD_NOT_ALLOWED,
    NO_JSON,
    NOT_SIGNED_IN,
    ROUTE_NOT_FOUND,
    TOO_LARGE,
    UNKNOWN_EVENT,
    WRONG_TYPE,
    Accepted,
    Outcome,
    Refused,
    invalid,
)

BEFORE_ROUTE = {
    outcome.code
    for outcome in (
        *(NO_JSON, NOT_SIGNED_IN, METHOD_NOT_ALLOWED, ROUTE_NOT_FOUND, TOO_LARGE, WRONG_TYPE, UNKNOWN_EVENT),
        invalid(),
    )
}
"""Codes of the refusals that come before the code of a route or an event, and so before what it stores."""


def _differences(outcome: Outcome, field: str, answer: Answer, status: int) -> list[str]:
    """Return the differences between an answer and its outcome."""
    wrong = list(answer.flaws)
    if isinstance(outcome, Accepted):
        if (answer.status, answer.code) != (status, None):
            wrong.append(f"expected to be accepted, got {answer.status} {answer.code}: {answer.message!r:.200}")
        elif outcome.kept is not None and isinstance(answer.shown, dict):
            shown = answer.shown.get("message", answer.shown).get(field)
            wrong += [] if shown == outcome.kept else [f"kept as {shown!r:.200}"]
    elif (answer.status, answer.code) != (status, outcome.code):
        wrong.append(f"expected {status} {outcome.code}, got {answer.status} {answer.code}: {answer.message!r:.200}")
    if answer.message and len(answer.message) > 10_000:
        wrong.append(f"a message of {len(answer.message)} characters")
    return wrong


def http_differences(cell: Cell, answer: Answer) -> list[str]:
    if isinstance(cell.outcome, Accepted):
        return _differences(cell.outcome, cell.field, answer, cell.status)
    outcome = cell.outcome._replace(code=answer.code) if cell.method == "HEAD" else cell.outcome
    return _differences(outcome, cell.field, answer, cell.outcome.status) + _wrong_fields(cell.outcome, answer)


def _wrong_fields(outcome: Refused, answer: Answer) -> list[str]:
    wrong = []
    if tuple(field for field, _ in answer.errors) != outcome.fields:
        wrong.append(f"expected {outcome.fields} to be named, got {answer.errors}")
    if answer.errors and answer.message != "; ".join(f"{f}: {m}" if f else m for f, m in answer.errors):
        wrong.append(f"a message that is not that of its errors: {answer.message}")
    return wrong


def event_differences(cell: EventCell, answer: Answer) -> list[str]:
    if isinstance(cell.outcome, Accepted):
        return _differences(cell.outcome, cell.field, answer, 200)
    wrong = _differences(cell.outcome, cell.field, answer, 0) + _wrong_fields(cell.outcome, answer)
    name = "" if cell.outcome == NO_JSON else json.loads(cell.event)  # what cannot be read has no name
    if answer.event not in (None, name):
        wrong.append(f"an error about another event: {answer.event:.200}")
    return wrong


async def changes_since(stages: Mapping[str, Stage], before: list[list[Any]]) -> list[str]:
    """Return the changes to the stored data since `before`, which refused requests must not cause."""
    found = []
    for (name, stage), was in zip(stages.items(), before, strict=True):
        now = await stage.kept()
        if now == was:
            continue
        old, new = (json.dumps(kept, indent=1, ensure_ascii=False).splitlines() for kept in (was, now))
        changes = list(difflib.unified_diff(old, new, lineterm="", n=0))[3:]
        found += [f"{name}: a refused one left a change: {line}" for line in changes]
    return found


def split_cells(cells: list[Any]) -> tuple[list[Any], list[Any]]:
    refused = [cell for cell in cells if isinstance(cell.outcome, Refused)]
    return refused, [cell for cell in cells if isinstance(cell.outcome, Accepted)]


def asked_stages(stages: Mapping[str, Stage], cell: Cell | EventCell) -> dict[str, Stage]:
    """Return the stages to send a cell to: all, or a single one if it is refused before the code of its route.

    Dozens of routes have a cell like it, which are spread over the storages by a hash.
    """
    if isinstance(cell.outcome, Accepted) or cell.outcome.code not in BEFORE_ROUTE or cell in SPECIAL:
        return dict(stages)
    names = list(stages)
    name = names[zlib.crc32(repr(cell[:4]).encode()) % len(names)]
    return {name: stages[name]}


def report_wrong(wrong: list[str]) -> None:
    shown = "\n".join(wrong[:40])
    assert not wrong, f"{len(wrong)} answers are wrong:\n{shown}"


async def run_cells(stages: Mapping[str, Stage], cells: list[Cell]) -> None:
    """Send the cells that are refused, check that they changed nothing, then send the cells that are accepted."""
    refused, accepted = split_cells(cells)
    # an earlier test may have ended the last one's sign-in
    await asyncio.gather(*(stage.renew_for(*refused) for stage in stages.values()))
    before = [await stage.kept() for stage in stages.values()]
    wrong = [difference for cell in refused for difference in await _ask(stages, cell)]
    wrong += await changes_since(stages, before)
    for cell in accepted:
        await asyncio.gather(*(stage.renew_for(cell) for stage in stages.values()))
        wrong += await _ask(stages, cell)
    for name, stage in stages.items():
        good = await stage.ask(Cell("", ACCEPTED, "GET", "/api/auth/me", caller="ada"))
        wrong += [] if good.status == HTTPStatus.OK else [f"{name}: the connection is not usable any more: {good}"]
    report_wrong(wrong)


async def _ask(stages: Mapping[str, Stage], cell: Cell) -> list[str]:
    stages = asked_stages(stages, cell)
    answers = await asyncio.gather(*(stage.ask(cell) for stage in stages.values()))
    wrong = [
        f"{cell.method} {cell.path[:80]} [{cell.name}] {name}: {difference}"
        for name, answer in zip(stages, answers, strict=True)
        for difference in http_differences(cell, answer)
    ]
    if len({answer.comparable for answer in answers}) > 1:
        wrong.append(f"{cell.method} {cell.path[:80]} [{cell.name}]: the storages differ: {answers}")
    return wrong
