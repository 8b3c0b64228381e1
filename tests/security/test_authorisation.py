"""The authorisation matrix (authorisation.py), asked of a whole server over real sockets.

Who is refused is told so and nothing more, has changed nothing and is heard by nobody; a private room does not exist
for whoever is not to know of it, in no byte of an answer or an event.
"""

import re
import sys

import pytest

import handlers
import socket_events
from tests.cases.authorisation import ADMISSION, EVENTS, HTTP
from tests.support.authorisation import ACTORS, BANNED, OK, OUTSIDER, Row
from tests.support.doc_checks import error_codes
from tests.support.scene import Ear, Said, Scene, heard_on, school_on

ROWS = (*HTTP, *EVENTS)
ON_SQLITE = ROWS[::8]
"""A sample: what decides is above the storages, which have a suite of their own."""


@pytest.mark.parametrize(
    ("storage", "row"),
    [("memory", row) for row in ROWS] + [("sqlite", row) for row in ON_SQLITE],
    ids=lambda part: part if isinstance(part, str) else part.name,
)
async def test_everybody_gets_what_they_may_and_nothing_more(storage, row, tmp_path):
    async with school_on(storage, tmp_path) as school:
        wrong = await _refusals(row, [await Scene.set(school, number, private=number == 1) for number in (0, 1)])
        if not row.only_shows:
            changed = False
            for number, (actor, private, code) in enumerate(row.expected(), 2):
                if code == OK:
                    scene = await Scene.set(school, number, private=private)
                    found, has_changed = await _allowed(row, scene, actor)
                    await scene.is_over()
                    wrong += found
                    changed |= has_changed
            if changed == row.is_empty and OK in row.public.values():
                wrong.append("nobody who may do this changed anything: a state does not show what was done")
    assert not wrong, f"{len(wrong)} cells are wrong:\n" + "\n".join(wrong)


async def _refusals(row: Row, scenes: list[Scene]) -> list[str]:
    """Return what is wrong with the answers to those who may not, and to those who only look."""
    wrong = []
    for scene in scenes:
        await scene.goes_in("target")
        (await scene.ears["target"].settles()).clear()
    for actor, private, code in row.expected():
        if code != OK or row.only_shows:
            wrong += await _refused(row, scenes[private], actor, code)
    for scene in scenes:
        heard = await scene.ears["target"].settles()
        # pushed up to two seconds after the target went in, and true as long as nobody else came or went
        room = scene.values["room"]
        alone = f'42["room-presence",{{"roomId":"{room}","activeMembers":1}}]'
        wrong += [f"a member present received what was refused: {event}" for event in heard if event != alone]
        await scene.is_over()
    return wrong


async def _refused(row: Row, scene: Scene, actor: str, code: str) -> list[str]:
    await scene.prepare(row, actor)
    before = scene.digest()
    said = await scene.asks(row, actor)
    wrong = _differences(row, said, code)
    if scene.digest() != before:
        wrong.append("changed something")
    heard = scene.ears[actor].heard if actor in scene.ears else []
    if not (row.tells and code == OK):
        wrong += [f"leaked {leak}" for leak in scene.leaks(actor, said.raw, *heard)]
    if code == "room_not_found":
        unknown = await scene.asks(row, actor, "<unknown>")
        if (said.status, _unnumbered(said.raw)) != (unknown.status, _unnumbered(unknown.raw)):
            wrong.append(f"is told something else than of a room that is none: {said.raw} {unknown.raw}")
    return [f"{_cell(scene, actor, said)}: {what}" for what in wrong]


async def _allowed(row: Row, scene: Scene, actor: str) -> tuple[list[str], bool]:
    """Return what is wrong with the answer to somebody who may, and whether it changed anything."""
    await scene.prepare(row, actor)
    listeners = {who: await scene.ear(who) for who in (OUTSIDER, BANNED) if scene.private and actor != who}
    before = scene.digest()
    said = await scene.asks(row, actor)
    wrong = _differences(row, said, OK)
    changed = scene.digest() != before
    wrong += [] if row.tells else [f"leaked {leak} to who asked" for leak in scene.leaks(actor, said.raw)]
    for who, ear in listeners.items():
        wrong += [f"leaked {leak} to {who}" for leak in scene.leaks(who, *await ear.settles())]
    return [f"{_cell(scene, actor, said)}: {what}" for what in wrong], changed


def _differences(row: Row, said: Said, code: str) -> list[str]:
    if code == OK:
        wanted = 200 if row.is_event else row.status, OK
    else:
        wanted = 0 if row.is_event else error_codes()[code], code
    return [] if (said.status, said.code) == wanted else [f"expected {wanted[0]} {code or 'ok'}; {said.raw:.200}"]


def _cell(scene: Scene, actor: str, said: Said) -> str:
    return f"{actor}, {'private' if scene.private else 'public'} room: {said.status} {said.code or 'ok'}"


def _unnumbered(raw: str) -> str:
    return re.sub(r"^43/chat,\d+", "", raw)


@pytest.mark.parametrize("namespace", ["/", "/chat"])
async def test_only_who_is_signed_in_is_let_into_a_namespace(school, namespace):
    scene = await Scene.set(school, 0, private=True)
    wrong = []
    for actor in ACTORS:
        ear = await Ear.opened(school)
        before = repr(heard_on(school))
        said = await ear.is_let_in(scene.people[actor].token if actor in scene.people else None, namespace)
        wrong += [] if said.code == ADMISSION[actor] else [_cell(scene, actor, said)]
        wrong += [] if said.code == OK or repr(heard_on(school)) == before else [f"{actor} will hear something"]
        wrong += [f"{actor}: leaked {leak}" for leak in scene.leaks(actor, said.raw)]
        await ear.close()
    assert not wrong


# Its size


def api() -> set[str]:
    """Every route, as docs/protocol.md names it."""
    return {f"{route.method} " + re.sub(r"{(\w+)[^}]*}", r":\1", route.path) for route in handlers.ROUTES}


def missing(routes: set[str], events: set[str]) -> list[str]:
    """Return the routes and events without a row, and the rows of others, each with the remedy."""
    found = []
    for table, rows, known in (("ROUTE_ROWS", HTTP, routes), ("EVENT_ROWS", EVENTS, events)):
        said = {row.does for row in rows}
        found += [
            f"tests/cases/ has no row for {name}: add one to {table} of its area, such as "
            f"in_room({name!r}, {{…}}, outsider='not_a_member'), signed_in(…) or everybody(…)"
            for name in sorted(known - said)
        ]
        found += [f"tests/cases/: {name} in {table} does not exist any more" for name in sorted(said - known)]
    return found


def test_the_matrix_has_a_row_for_every_route_and_event(capsys, record_property):
    assert missing(api(), set(socket_events.EVENTS)) == []
    assert all(set(row.public) == set(ACTORS) for row in ROWS)

    cells = [cell for row in ROWS for cell in row.expected()]
    sample = sum(len(row.expected()) for row in ON_SQLITE)
    figures = (
        f"the authorisation matrix: {len(HTTP)} rows for {len(api())} routes, {len(EVENTS)} for "
        f"{len(socket_events.EVENTS)} events, {len(ACTORS)} actors, 2 rooms: {len(cells)} cells in memory, of which "
        f"{sum(code != OK for _, _, code in cells)} refuse, and {sample} on SQLite; {2 * len(ACTORS)} admissions"
    )
    record_property("authorisation_matrix", figures)
    with capsys.disabled():  # a person reads it
        sys.stdout.write(f"\n{figures}\n")


def test_a_route_or_an_event_without_a_row_is_named():
    [route] = missing({*api(), "GET /api/secrets"}, set(socket_events.EVENTS))
    [event] = missing(api(), {*socket_events.EVENTS, "tell-secrets"})

    assert "GET /api/secrets: add one to ROUTE_ROWS" in route
    assert "tell-secrets: add one to EVENT_ROWS" in event
