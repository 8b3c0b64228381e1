"""The bad-input matrix: the rows of every area. Cells follow from them by rule (tests/support/bad_requests.py).

Nothing here was recorded from a server: a row states the contract of a route, an event or a field.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from domain.base import Payload
from tests.cases import (
    accounts,
    admin,
    focus,
    messages,
    moderation,
    presence,
    progress,
    rooms,
    schedule,
    server,
    tasks,
    timers,
)
from tests.support.bad_input import Cell, Event, Route
from tests.support.bad_values import Value
from tests.support.outcomes import Outcome

_AREAS = (server, accounts, admin, rooms, messages, moderation, presence, schedule, tasks, timers, focus, progress)
Key = TypeVar("Key")
Item = TypeVar("Item")


def merged(tables: Iterable[Mapping[Key, Item]]) -> dict[Key, Item]:
    """Return one table; a key of two areas is an error."""
    found: dict[Key, Item] = {}
    for table in tables:
        assert not found.keys() & table.keys()
        found |= table
    return found


FIELDS: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    shape: {field: list(values) for field, values in fields.items()}
    for shape, fields in merged(area.FIELDS for area in _AREAS).items()
}
QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = merged(area.QUERIES for area in _AREAS)
QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = merged(area.QUERY_COMBINATIONS for area in _AREAS)
ROUTES: Mapping[tuple[str, str], Route] = merged(area.ROUTES for area in _AREAS)
EVENTS: Mapping[str, Event] = merged(area.EVENTS for area in _AREAS)
SPECIAL: list[Cell] = [cell for area in _AREAS for cell in area.SPECIAL]
