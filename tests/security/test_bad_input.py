"""The bad-input matrix over HTTP (tests/cases/), sent to servers on the three storages.

Each request is answered as the contract says, and alike by all storages if it reaches its route. The connection stays
usable, a refusal changes nothing, and nothing is logged as an error.
"""

import re
import sys

import pytest

import handlers
import socket_events
from domain.base import Payload, QueryParams
from domain.presence import PresenceUpdate
from domain.study.timer import PlanChange
from tests.cases.bad_input import EVENTS, FIELDS, QUERIES, ROUTES
from tests.cases.protocol import CLOSING, NO_HTTP, NO_UTF8, TOKENS
from tests.support import bad_events, bad_requests
from tests.support.bad_input import Cell
from tests.support.bad_input_answers import run_cells
from tests.support.outcomes import ACCEPTED, Accepted

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("log_without_errors")]


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_every_bad_request_to_a_route_is_answered_as_the_contract_says(stages, route):
    await run_cells(stages, bad_requests.cells(*route))


async def test_requests_that_go_too_far_and_bodies_that_nobody_reads(stages):
    await run_cells(stages, bad_requests.others())


async def test_a_compressed_body_is_of_the_wrong_type(stages):
    await run_cells(stages, bad_requests.compressed())


async def test_what_is_no_route_and_methods_that_a_route_does_not_take(stages):
    await run_cells(stages, bad_requests.routing())


async def test_a_route_that_is_none_is_named_and_a_method_not_taken_is_told_which_are(stages):
    [stage, *_] = stages.values()

    for path in ("/nothing", "/api/study-rooms/x/y/z", "/%C3%A9"):
        answer = await stage.ask(Cell("", ACCEPTED, "GET", path, headers={"Accept": "application/json"}))
        assert answer.message == f"Route not found: {path.replace('%C3%A9', chr(0xE9))}"
    for path in {path for _, path in ROUTES}:
        taken = bad_requests.methods_of(path)
        answer = await stage.ask(Cell("", ACCEPTED, "PROPFIND", path))
        assert set(answer.allow.split(", ")) == taken | {"OPTIONS"} | ({"HEAD"} if "GET" in taken else set())


# Size of the matrix

INSIDE = {PlanChange, PresenceUpdate}
"""Objects inside bodies, whose bad values are cells of `SPECIAL`, and the base of two bodies."""


def _known_routes() -> set[tuple[str, str]]:
    return {(route.method, re.sub(r"{\w+}", "<>", route.path)) for route in handlers.ROUTES}


def _subclasses(kind):
    return {found for below in kind.__subclasses__() for found in {below, *_subclasses(below)}}


async def test_the_matrix_has_a_row_for_every_route_event_and_field(capsys, record_property):
    fields = {**FIELDS, **QUERIES}
    assert {(method, re.sub(r"<\w+>", "<>", path)) for method, path in ROUTES} == _known_routes()
    assert set(EVENTS) == set(socket_events.EVENTS)
    assert set(fields) == {*_subclasses(Payload)} - {QueryParams} - INSIDE
    used = {shape for route in ROUTES.values() for shape in (route.body, route.query)}
    assert used | {event.argument for event in EVENTS.values()} == {*fields, None}
    for shape, rows in fields.items():
        assert set(rows) == set(shape.__struct_encode_fields__)
        assert all(len(values) >= 8 for values in rows.values())

    http = (
        [cell for route in ROUTES for cell in bad_requests.cells(*route)]
        + bad_requests.others()
        + bad_requests.routing()
    )
    http += bad_requests.compressed()
    events = [cell for event in EVENTS for cell in bad_events.event_cells(event)] + bad_events.unknown_events()
    cells = [cell._replace(name="") for cell in (*http, *events, *events)]
    figures = (
        f"the bad-input matrix: {len(ROUTES)} routes, {len(EVENTS)} events, {sum(map(len, fields.values()))} fields: "
        f"{len(http)} requests, {len(events)} events with an ack and without, {len(TOKENS)} tokens in 2 namespaces; "
        f"{len(cells) + 2 * len(TOKENS)} cells, of which {sum(isinstance(cell.outcome, Accepted) for cell in cells)} "
        f"are accepted, on 3 storages if they reach a route; "
        f"and {len(CLOSING) + len(NO_UTF8) + len(NO_HTTP)} that break the protocol"
    )
    record_property("bad_input_matrix", figures)
    with capsys.disabled():  # a person reads it
        sys.stdout.write(f"\n{figures}\n")
    assert len(set(map(repr, cells))) == len(http) + len(events), "no cell is counted twice"
