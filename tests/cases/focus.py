"""Rows of both matrices, bad input and authorisation: focus sessions."""

from collections.abc import Iterable, Iterator, Mapping

from domain.base import Payload
from domain.clock import SystemClock, from_milliseconds, to_milliseconds
from domain.rooms import MembershipChange
from domain.study.focus import FocusChange, FocusCommand, FocusSessionsQuery, NewManualSession, StartFocus
from tests.support.authorisation import ROOM, SIGNED_IN, Row, in_room, signed_in
from tests.support.bad_ids import an_id
from tests.support.bad_input import ROOM_PATH, Cell, Event, Route, special
from tests.support.bad_queries import REPORTS_PAGE, query_number
from tests.support.bad_values import Value, flag, text, timestamp
from tests.support.outcomes import (
    ACCEPTED,
    FOCUS_SESSION_NOT_FOUND,
    NOT_A_MEMBER,
    ROOM_NOT_FOUND,
    TASK_NOT_FOUND,
    UNKNOWN,
    Outcome,
    invalid,
)

_ELSEWHERE = {"theirs": NOT_A_MEMBER, **dict.fromkeys(("private", "ada", "gone"), ROOM_NOT_FOUND)}
_MADE_MANUALLY = {"upper case", "braces", "a URN"}
"""Values of `an_id` with the id of the session of the stage, which was not counted and cannot be continued."""


def _resumed() -> Iterator[Value]:
    for value in an_id("focus", FOCUS_SESSION_NOT_FOUND, {"room": FOCUS_SESSION_NOT_FOUND}, required=False):
        yield value._replace(outcome=FOCUS_SESSION_NOT_FOUND) if value.name in _MADE_MANUALLY else value


def _subject() -> dict[str, Iterable[Value]]:
    return {
        "roomId": an_id("room", ROOM_NOT_FOUND, _ELSEWHERE, required=False),
        "taskId": an_id("task", TASK_NOT_FOUND, {"room": TASK_NOT_FOUND, "foreign": TASK_NOT_FOUND}, required=False),
        "activity": text(80, 0, required=False),
        "clientId": text(100, required=False, well_formed=ACCEPTED),
    }


_TIMES = {"startedAt": b'"<study:start>"', "endedAt": b'"<study:end>"'}

# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {
    StartFocus: _subject() | {"resume": _resumed(), "activity": text(80, 0, required=False, well_formed=ACCEPTED)},
    FocusCommand: {},
    MembershipChange: {"followTimer": flag(), "showOnLeaderboard": flag()},
    NewManualSession: {
        **_subject(),
        "startedAt": timestamp(_TIMES["startedAt"]),
        "endedAt": timestamp(_TIMES["endedAt"]),
    },
    FocusChange: {
        "activity": text(80, 0, required=False),
        "taskId": an_id("task", TASK_NOT_FOUND, {"room": TASK_NOT_FOUND, "foreign": TASK_NOT_FOUND}, required=False),
        "startedAt": timestamp(b'"<focus:start>"', required=False),
        "endedAt": timestamp(b'"<focus:end>"', required=False),
    },
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    FocusSessionsQuery: {"before": REPORTS_PAGE["before"], "limit": list(query_number(1, 100))},
}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {
    FocusSessionsQuery: {
        "before=&limit=1": ACCEPTED,
        "before=x&limit=0": invalid("before", "limit"),
    },
}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("PUT", ROOM_PATH + "/membership"): Route(200, MembershipChange, {"followTimer": b"false"}, public=NOT_A_MEMBER),
    ("GET", "/api/focus/current"): Route(),
    ("GET", "/api/focus/sessions"): Route(query=FocusSessionsQuery),
    ("POST", "/api/focus"): Route(200, StartFocus, {"activity": b'"Essay"'}),
    ("POST", "/api/focus/stop"): Route(),
    ("POST", "/api/focus/confirm"): Route(),
    ("POST", "/api/focus/manual"): Route(201, NewManualSession, _TIMES),
    ("PUT", "/api/focus/<focus>"): Route(
        200, FocusChange, {"activity": b'"Essay"'}, room="focus", absent=FOCUS_SESSION_NOT_FOUND, private=None
    ),
    ("DELETE", "/api/focus/<focus>"): Route(room="focus", absent=FOCUS_SESSION_NOT_FOUND, private=None),
}

EVENTS: Mapping[str, Event] = {
    "start-focus": Event(StartFocus, {"activity": b'"Essay"'}),
    "stop-focus": Event(FocusCommand, {}),
    "confirm-focus": Event(FocusCommand, {}),
}


def _ago(seconds: float) -> str:
    return from_milliseconds(to_milliseconds(SystemClock().now()) - int(seconds * 1000))


def _quoted_ago(seconds: float) -> bytes:
    return f'"{_ago(seconds)}"'.encode()


_DAY = 24 * 3600
_MANUAL = "POST", "/api/focus/manual", "ada"

SPECIAL: list[Cell] = [
    special(name, *_MANUAL, {"startedAt": _quoted_ago(start), "endedAt": _quoted_ago(end)}, outcome)
    for name, start, end, outcome in (
        ("a session in the future", 60, -3600, invalid("endedAt")),
        ("a session of last month", 32 * _DAY, 32 * _DAY - 600, invalid("startedAt")),
        ("a session that ends before it starts", 600, 1200, invalid("endedAt")),
        ("a session of 59 seconds", 659, 600, invalid("endedAt")),
        ("a session of 13 hours", 14 * 3600, 3600, invalid("endedAt")),
    )
] + [
    special(
        "a session beyond the time that was counted",
        "PUT",
        "/api/focus/<focus>",
        "ada",
        {"startedAt": _quoted_ago(40 * _DAY), "endedAt": _quoted_ago(-_DAY)},
        invalid("startedAt", "endedAt"),
    ),
    special(
        "a session of another user", "PUT", "/api/focus/<focus>", "cleo", {"activity": b'"x"'}, FOCUS_SESSION_NOT_FOUND
    ),
]


# Authorisation

_NOT_CONNECTED: dict[str, str] = dict.fromkeys(SIGNED_IN, "not_present")
_NO_SESSION: dict[str, str] = dict.fromkeys(SIGNED_IN, FOCUS_SESSION_NOT_FOUND.code)
_START = {"roomId": "<room>"}

ROUTE_ROWS: tuple[Row, ...] = (
    in_room(f"PUT {ROOM}/membership", {"followTimer": False}, admin="not_a_member"),
    signed_in("GET /api/focus/current"),
    signed_in("GET /api/focus/sessions"),
    signed_in("POST /api/focus", {}, about="without a connection", **_NOT_CONNECTED),
    in_room("POST /api/focus", _START, about="in a room", admin="not_a_member", inside=True),
    signed_in("POST /api/focus/stop")._replace(is_empty=True),
    signed_in("POST /api/focus/confirm")._replace(is_empty=True),
    signed_in("POST /api/focus/manual", {"startedAt": _ago(7200), "endedAt": _ago(3600)}, status=201),
    in_room(
        "POST /api/focus/manual",
        _START | {"startedAt": _ago(9000), "endedAt": _ago(8000)},
        201,
        about="in a room",
        admin="not_a_member",
    ),
    signed_in("PUT /api/focus/:id", {"activity": "x"}, **_NO_SESSION)._replace(parts={"id": UNKNOWN}),
    signed_in("DELETE /api/focus/:id", **_NO_SESSION)._replace(parts={"id": UNKNOWN}),
)

EVENT_ROWS: tuple[Row, ...] = (
    in_room("start-focus", _START, admin="not_a_member", inside=True),
    signed_in("start-focus", {}, about="without a room"),
    signed_in("stop-focus", {})._replace(is_empty=True),
    signed_in("confirm-focus", {})._replace(is_empty=True),
)
