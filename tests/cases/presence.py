"""Rows of both matrices, bad input and authorisation: status and presence in a room."""

from collections.abc import Iterable, Mapping

from domain.base import Payload
from domain.presence import StatusChange, UpdateStatus, UserActive
from tests.support.authorisation import ROOM, Row, in_room, signed_in
from tests.support.bad_ids import room_id
from tests.support.bad_input import ROOM_ID, ROOM_PATH, Cell, Event, Route
from tests.support.bad_values import Value, text, word
from tests.support.outcomes import ACCEPTED, NOT_A_MEMBER, NOT_PRESENT, Outcome

# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {
    StatusChange: {
        "status": word("away", "busy", "active", "automatic", required=False),
        "activity": text(80, 0, required=False),
    },
    UserActive: {},
    UpdateStatus: {
        "roomId": room_id(NOT_A_MEMBER),
        "status": word("away", "busy", "active", "automatic", required=False),
        "activity": text(80, 0, required=False, well_formed=ACCEPTED),
    },
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", ROOM_PATH + "/presence"): Route(public=NOT_A_MEMBER),
    ("POST", ROOM_PATH + "/presence"): Route(
        200, StatusChange, {"status": b'"busy"'}, public=NOT_A_MEMBER, member=NOT_PRESENT
    ),
    ("DELETE", ROOM_PATH + "/presence"): Route(public=NOT_A_MEMBER),
}

EVENTS: Mapping[str, Event] = {
    "update-status": Event(UpdateStatus, ROOM_ID | {"status": b'"busy"'}),
    "user-active": Event(UserActive, {}),
}

SPECIAL: list[Cell] = []


# Authorisation

ROUTE_ROWS: tuple[Row, ...] = (
    in_room(f"GET {ROOM}/presence", admin="not_a_member"),
    in_room(f"POST {ROOM}/presence", {"status": "busy"}, admin="not_a_member", inside=True),
    in_room(f"DELETE {ROOM}/presence", admin="not_a_member", inside=True),
)

EVENT_ROWS: tuple[Row, ...] = (
    in_room("update-status", {"roomId": "<room>", "status": "busy"}, admin="not_a_member", inside=True),
    signed_in("user-active", {})._replace(inside=True),
)
