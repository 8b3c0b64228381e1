"""Rows of both matrices, bad input and authorisation: sending, reading, read marks."""

from collections.abc import Iterable, Mapping

from domain.base import Payload
from domain.messages import CancelHeld, HistoryQuery, MarkRead, NewMessage, SendMessage, SystemMessage
from tests.support.authorisation import OK, ROOM, Row, in_room
from tests.support.bad_ids import room_id
from tests.support.bad_input import ROOM_ID, ROOM_PATH, Cell, Event, Route
from tests.support.bad_queries import LARGEST_SEQ, query_number
from tests.support.bad_values import Value, integer, text
from tests.support.outcomes import ACCEPTED, FORBIDDEN, NOT_A_MEMBER, Outcome, invalid

# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {
    NewMessage: {
        "content": text(4000, lines=True),
        "clientMessageId": text(100, required=False),
    },
    SystemMessage: {"content": text(4000, lines=True)},
    SendMessage: {
        "roomId": room_id(NOT_A_MEMBER),
        "content": text(4000, lines=True),
        "clientMessageId": text(100, required=False),
    },
    CancelHeld: {"roomId": room_id(NOT_A_MEMBER), "clientMessageId": text(100, well_formed=ACCEPTED)},
    MarkRead: {"roomId": room_id(NOT_A_MEMBER), "seq": integer(0, LARGEST_SEQ)},
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    HistoryQuery: {
        "before": list(query_number(0, LARGEST_SEQ)),
        "after": list(query_number(0, LARGEST_SEQ)),
        "page": list(query_number(1, 1_000_000)),
        "limit": list(query_number(1, 100)),
    },
}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {
    HistoryQuery: {
        "before=1&after=1": invalid("before"),
        "before=1&page=1": invalid("before"),
        "after=1&page=1": invalid("before"),
        "before=1&after=1&page=1": invalid("before"),
        "before=1&before=2": ACCEPTED,
        "before=&after=1": ACCEPTED,
        "unknown=NaN": ACCEPTED,
    },
}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", ROOM_PATH + "/messages"): Route(query=HistoryQuery, public=NOT_A_MEMBER),
    ("POST", ROOM_PATH + "/messages"): Route(201, NewMessage, {"content": b'"hello"'}, public=NOT_A_MEMBER),
    ("POST", ROOM_PATH + "/messages/system"): Route(
        201, SystemMessage, {"content": b'"Break at four"'}, public=FORBIDDEN, member=FORBIDDEN
    ),
}

EVENTS: Mapping[str, Event] = {
    "send-message": Event(SendMessage, ROOM_ID | {"content": b'"hello"'}),
    "cancel-held": Event(CancelHeld, ROOM_ID | {"clientMessageId": b'"phone-17"'}),
    "mark-read": Event(MarkRead, ROOM_ID | {"seq": b"1"}),
}

SPECIAL: list[Cell] = []


# Authorisation

ROUTE_ROWS: tuple[Row, ...] = (
    in_room(f"GET {ROOM}/messages", admin="not_a_member"),
    in_room(f"POST {ROOM}/messages", {"content": "hello"}, 201, admin="not_a_member", muted="muted"),
    in_room(
        f"POST {ROOM}/messages/system",
        {"content": "Break at four"},
        201,
        outsider="forbidden",
        member="forbidden",
        moderator=OK,
    ),
)

EVENT_ROWS: tuple[Row, ...] = (
    in_room("send-message", {"roomId": "<room>", "content": "hello"}, admin="not_a_member", muted="muted"),
    in_room("cancel-held", {"roomId": "<room>", "clientMessageId": "phone-17"}, admin="not_a_member", is_empty=True),
    in_room("mark-read", {"roomId": "<room>", "seq": 1}, admin="not_a_member", inside=True),
)
