"""Rows of both matrices, bad input and authorisation: timers of rooms and of users alone."""

from collections.abc import Iterable, Iterator, Mapping

from domain.base import Payload
from domain.study.timer import SetTimer, TimerChange
from tests.support.authorisation import ROOM, Row, in_room, signed_in
from tests.support.bad_ids import room_id
from tests.support.bad_input import ROOM_ID, ROOM_PATH, Cell, Event, Route, special
from tests.support.bad_queries import LARGEST_SEQ
from tests.support.bad_values import Value, any_field, flag, integer, word
from tests.support.outcomes import ACCEPTED, INVALID, NOT_A_MEMBER, Accepted, Outcome, Refused, invalid

TIMER_CHANGED = Refused(409, "timer_changed")
UNCHANGED = {"action": b'"configure"', "version": b"0"}
"""A change that changes nothing, so that the version stays 0."""


def _version() -> Iterator[Value]:
    for value in integer(0, LARGEST_SEQ):
        is_present = value.raw in {b"0", b"0.0"} or not isinstance(value.outcome, Accepted)
        yield value if is_present else value._replace(outcome=TIMER_CHANGED)


def plan() -> Iterator[Value]:
    """Yield values of a field with lengths of phases."""
    yield from (value for value in any_field(required=False) if value.raw not in {b"{}", b'{"id":"x"}'})
    for good in (
        b"{}",
        b'{"id":"x"}',
        b'{"focus":1500.0}',
        b'{"focus":1500,"shortBreak":300,"longBreak":900,"rounds":4}',
    ):
        yield Value(good.decode(), good, ACCEPTED)
    yield Value("a plan of text", b'"25/5"', INVALID)


def _changes() -> dict[str, Iterable[Value]]:
    return {
        "action": word("configure"),
        "version": _version(),
        "plan": plan(),
        "autoContinue": (value for value in flag() if value.raw != b"false"),
        "seconds": integer(60, 1800, required=False),
    }


# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {
    TimerChange: _changes(),
    SetTimer: {**_changes(), "roomId": room_id(NOT_A_MEMBER)},
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", ROOM_PATH + "/timer"): Route(public=NOT_A_MEMBER),
    ("PUT", ROOM_PATH + "/timer"): Route(200, TimerChange, UNCHANGED, public=NOT_A_MEMBER),
    ("GET", "/api/focus/timer"): Route(),
    ("PUT", "/api/focus/timer"): Route(200, TimerChange, UNCHANGED),
}

EVENTS: Mapping[str, Event] = {
    "set-timer": Event(SetTimer, ROOM_ID | UNCHANGED),
}


def _of_plan(name: str, plan: bytes, *fields: str) -> Cell:
    body = {**UNCHANGED, "plan": plan}
    return special(f"plan: {name}", "PUT", "/api/focus/timer", "ada", body, invalid(*fields))


SPECIAL: list[Cell] = [
    _of_plan("a focus phase that is too short", b'{"focus":59}', "plan.focus"),
    _of_plan("a focus phase that is too long", b'{"focus":14401}', "plan.focus"),
    _of_plan("half a second", b'{"focus":60.5}', "plan.focus"),
    _of_plan("a short break that is too short", b'{"shortBreak":29}', "plan.shortBreak"),
    _of_plan("a short break that is too long", b'{"shortBreak":7201}', "plan.shortBreak"),
    _of_plan("a long break that is too short", b'{"longBreak":29}', "plan.longBreak"),
    _of_plan("a long break that is too long", b'{"longBreak":7201}', "plan.longBreak"),
    _of_plan("no rounds", b'{"rounds":0}', "plan.rounds"),
    _of_plan("13 rounds", b'{"rounds":13}', "plan.rounds"),
    _of_plan("text and 1e999", b'{"focus":"1500","rounds":1e999}', "plan.focus", "plan.rounds"),
    special(
        "an extension without seconds",
        "PUT",
        "/api/focus/timer",
        "ada",
        {"action": b'"extend"', "version": b"0"},
        invalid("seconds"),
    ),
    special(
        "a pause of a timer that does not run",
        "PUT",
        "/api/focus/timer",
        "ada",
        {"action": b'"pause"', "version": b"0"},
        Refused(409, "timer_state"),
    ),
]


# Authorisation

_START = {"action": "start", "version": 0}

ROUTE_ROWS: tuple[Row, ...] = (
    in_room(f"GET {ROOM}/timer", admin="not_a_member"),
    in_room(f"PUT {ROOM}/timer", _START, admin="not_a_member", muted="muted"),
    signed_in("GET /api/focus/timer"),
    signed_in("PUT /api/focus/timer", _START),
)

EVENT_ROWS: tuple[Row, ...] = (
    in_room("set-timer", {"roomId": "<room>", **_START}, admin="not_a_member", muted="muted"),
)
