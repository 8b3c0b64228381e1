"""A private room that one is no member of is as one that is none, down to what the services ask the storage for.

What is answered, byte by byte, and who hears what, is in security/test_authorisation.py.
"""

import inspect

import pytest

from services.context import ServiceContext
from storage.base import Storage
from storage.lookups import Lookups
from tests.cases.authorisation import EVENTS, HTTP
from tests.support.authorisation import OUTSIDER, Row
from tests.support.scene import Scene

NOT_FOUND = [row for row in (*HTTP, *EVENTS) if row.private and row.private[OUTSIDER] == "room_not_found"]


def noted(context: ServiceContext) -> list[str]:
    """Record calls of the methods of storage and lookups, and return the record."""
    notes: list[str] = []

    def noting(target: Storage | Lookups, name: str):
        method = getattr(target, name)

        def call(*arguments, **options):
            notes.append(name)
            return method(*arguments, **options)

        return call

    for name, method in inspect.getmembers(Storage, inspect.iscoroutinefunction):
        if not name.startswith("_"):
            assert method
            target = context.lookups if hasattr(context.lookups, name) else context.storage
            setattr(target, name, noting(target, name))
    return notes


@pytest.mark.parametrize("row", NOT_FOUND, ids=lambda row: row.name)
async def test_the_same_is_read_for_a_private_room_as_for_one_that_is_none(school, row: Row):
    scene = await Scene.set(school, 0, private=True)
    await scene.prepare(row, OUTSIDER)
    notes = noted(school.services.ctx)
    asked = []
    for room in ("<room>", "<unknown>") * 2:
        notes.clear()
        said = await scene.asks(row, OUTSIDER, room)
        assert said.code == "room_not_found"
        asked.append(tuple(notes))
    private, none = asked[2:]  # what the first time was looked up is remembered
    assert private == none
    assert "room" in private
    assert "member" in private
    await scene.is_over()


def test_every_route_and_event_about_a_room_is_asked():
    assert len(NOT_FOUND) >= 30
    in_path = {row.does for row in HTTP if "/study-rooms/:id" in row.does}
    in_body = {row.does for row in HTTP if (row.body or {}).get("roomId") == "<room>"}
    assert {row.does for row in NOT_FOUND if not row.is_event} == in_path | in_body
    about_a_room = {row.does for row in EVENTS if "roomId" in (row.body or {})}
    assert {row.does for row in NOT_FOUND if row.is_event} == about_a_room
