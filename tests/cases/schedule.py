"""Rows of both matrices, bad input and authorisation: schedules of rooms."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.base import Payload
from domain.study.attendance import AttendanceQuery
from domain.study.schedule import FromQuery, NewScheduledSession, ScheduledSessionChange
from tests.cases.timers import plan
from tests.support.authorisation import ROOM, Row, everybody, in_room, of_moderator, signed_in
from tests.support.bad_input import ROOM_PATH, Cell, Event, Route, special
from tests.support.bad_values import (
    CONTROL_CHARACTERS,
    EMPTY,
    LONE_SURROGATES,
    NUMBERS,
    Value,
    any_field,
    integer,
    named,
    quoted,
    text,
    time_zone,
    word,
)
from tests.support.outcomes import ACCEPTED, INVALID, NOT_A_MEMBER, Outcome, Refused, invalid

SCHEDULED = ROOM_PATH + "/schedule/<scheduled>"
SCHEDULED_SESSION_NOT_FOUND = Refused(404, "scheduled_session_not_found")

_TODAY = datetime.now(UTC).date()
FIRST, LAST = _TODAY + timedelta(days=20), _TODAY + timedelta(days=30)
"""First and last date of the session of the tests: further away than all dates are listed."""
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SESSION: Mapping[str, Any] = {
    "title": "Exam preparation",
    "startsAt": f"{FIRST}T17:00",
    "minutes": 90,
    "timeZone": "UTC",
    "repeat": "weekly",
    "days": WEEK,
    "until": f"{LAST}",
}
"""A session that both stages plan."""
_BASE = {
    "startsAt": b'"%sT17:00"' % f"{FIRST}".encode(),
    "minutes": b"90",
    "timeZone": b'"Europe/Berlin"',
    "repeat": b'"weekly"',
    "days": b'["mon","tue","wed","thu","fri","sat","sun"]',
    "until": quoted(f"{LAST}"),
}


def _no_text(bad: Iterable[str], *, required: bool) -> Iterator[Value]:
    yield from any_field(required=required)
    yield from named(invalid("?"), NUMBERS | LONE_SURROGATES | CONTROL_CHARACTERS | EMPTY)
    for value in (*bad, "x" * 60_000):
        yield Value(value[:30], quoted(value), invalid("?"))


def _start(*, required: bool) -> Iterator[Value]:
    """Yield values of a field for a date and a time."""
    bad = ("2026-12-07", "17:00", "2026-02-30T17:00", "2026-12-07T25:00", "1999-01-01T00:00", f"{FIRST}T17:00+99:00")
    yield from _no_text(
        (*bad, f"{FIRST}T17:00 ", f"{FIRST}T17", "2000-01-01T00:00", "2999-01-01T00:00"), required=required
    )
    for good in (
        f"{FIRST}T17:00",
        f"{FIRST}T17:00:30",
        f"{FIRST} 17:00",
        f"{FIRST}T17:00:00.000Z",
        f"{FIRST}T17:00+05:30",
    ):
        yield Value(good, quoted(good), ACCEPTED)


def _until(*, required: bool) -> Iterator[Value]:
    """Yield values of the last date, of which the first is good, as an empty body needs none."""
    yield Value("the first date itself", quoted(f"{FIRST}"), ACCEPTED)
    bad = (
        "tomorrow",
        "2026-02-30",
        f"{FIRST}T17:00",
        "20261207",
        f" {FIRST}",
        f"{_TODAY}",
        f"{FIRST + timedelta(367)}",
    )
    yield from _no_text(bad, required=required)


def _list(good: bytes, bad: Iterable[bytes]) -> Iterator[Value]:
    yield from (value for value in any_field(required=False) if value.raw != b"[]")
    yield from named(invalid("?"), NUMBERS | EMPTY)
    for raw in bad:
        yield Value(raw[:40].decode(), raw, invalid("?"))
    for raw in (b"[]", good):
        yield Value(raw[:40].decode(), raw, ACCEPTED)


def _dates(many: int) -> bytes:
    return b"[%s]" % b",".join([quoted(f"{FIRST + timedelta(1)}")] * many)


def _fields(*, new: bool) -> dict[str, Iterable[Value]]:
    return {
        "startsAt": _start(required=new),
        "minutes": integer(5, 720, required=new),
        "timeZone": time_zone(required=new),
        "title": text(80, 0, required=False),
        "repeat": word("none", "weekly", required=False),
        "days": _list(b'["sun","sun"]', (b'["monday"]', b'["MON"]', b"[null]", b"[1]", b'["mon",2]')),
        "until": _until(required=new),
        "except": _list(
            _dates(366), (_dates(367), b'["mon"]', b"[1]", b"[null]", b'["2026-02-30"]', b'["%s",5]' % b"x")
        ),
        "plan": plan(),
    }


# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {
    NewScheduledSession: {**_fields(new=True), "clientId": text(100, required=False, well_formed=ACCEPTED)},
    ScheduledSessionChange: _fields(new=False),
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    FromQuery: {
        "from": [
            *(
                Value(raw[:20], raw.encode(), invalid("?"))
                for raw in ("x", "42", "%00", f"{FIRST}T17:00", "2026-02-30", "%20", "a" * 7000)
            ),
            *(Value(raw, raw.encode(), ACCEPTED) for raw in ("", f"{FIRST}", f"{FIRST + timedelta(3)}", "0001-01-01")),
        ]
    },
    AttendanceQuery: {
        "at": [
            *(
                Value(raw[:20], raw.encode(), INVALID)
                for raw in ("x", "42", "%00", f"{FIRST}", f"{FIRST}T17:00", "a" * 7000, "9999-12-31T23:59:59Z")
            ),
            *(Value(raw, raw.encode(), ACCEPTED) for raw in ("", f"{FIRST}T17:00:00Z", f"{FIRST}T17:00:00.000Z")),
            Value("no start", b"%sT17:00:01Z" % f"{FIRST}".encode(), SCHEDULED_SESSION_NOT_FOUND),
        ]
    },
}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {
    FromQuery: {"from": ACCEPTED, "&&=&": ACCEPTED, "unknown=%00": ACCEPTED},
    AttendanceQuery: {"at": ACCEPTED, f"at={FIRST}T20%3A00%3A00%2B03:00": ACCEPTED},
}

_PARTS = {"scheduled": SCHEDULED_SESSION_NOT_FOUND}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", ROOM_PATH + "/schedule"): Route(public=NOT_A_MEMBER),
    ("POST", ROOM_PATH + "/schedule"): Route(201, NewScheduledSession, _BASE, public=NOT_A_MEMBER),
    ("PUT", SCHEDULED): Route(
        200, ScheduledSessionChange, {"minutes": b"45"}, FromQuery, public=NOT_A_MEMBER, parts=_PARTS
    ),
    ("DELETE", SCHEDULED): Route(query=FromQuery, public=NOT_A_MEMBER, parts=_PARTS),
    ("GET", "/api/calendar"): Route(),
    ("POST", "/api/calendar"): Route(201),
    ("DELETE", "/api/calendar"): Route(),
    ("GET", "/calendar/<calendar>.ics"): Route(caller=None, parts={"calendar": Refused(404, "calendar_not_found")}),
    ("GET", ROOM_PATH + "/schedule/past"): Route(public=NOT_A_MEMBER),
    ("GET", SCHEDULED + "/attendance"): Route(query=AttendanceQuery, public=NOT_A_MEMBER, parts=_PARTS),
    ("PUT", SCHEDULED + "/going"): Route(public=NOT_A_MEMBER, parts=_PARTS),
    ("DELETE", SCHEDULED + "/going"): Route(public=NOT_A_MEMBER, parts=_PARTS),
}

EVENTS: Mapping[str, Event] = {}

SPECIAL: list[Cell] = [
    special(
        "a weekly one without an end",
        "POST",
        ROOM_PATH + "/schedule",
        "ada",
        {name: raw for name, raw in _BASE.items() if name != "until"},
        invalid("until"),
    ),
    special(
        "without a date that is left",
        "POST",
        ROOM_PATH + "/schedule",
        "ada",
        {**_BASE, "until": quoted(f"{FIRST}"), "except": b"[%s]" % quoted(f"{FIRST}")},
        invalid("except"),
    ),
]


# Authorisation

_ONE = {"id": "<room>", "sessionId": "<scheduled>"}
ROUTE_ROWS: tuple[Row, ...] = (
    signed_in("GET /api/calendar"),
    signed_in("POST /api/calendar", status=201),
    signed_in("DELETE /api/calendar"),
    everybody("GET /calendar/:secret.ics")._replace(parts={"secret": "<calendar>"}),
    in_room(f"GET {ROOM}/schedule"),
    in_room(f"POST {ROOM}/schedule", SESSION, 201, muted="muted", admin="not_a_member"),
    of_moderator(f"PUT {ROOM}/schedule/:sessionId", {"title": "Later"}, outsider="not_a_member", parts=_ONE),
    of_moderator(f"DELETE {ROOM}/schedule/:sessionId", outsider="not_a_member", parts=_ONE),
    in_room(f"GET {ROOM}/schedule/past", admin="not_a_member"),
    in_room(f"GET {ROOM}/schedule/:sessionId/attendance", admin="not_a_member", parts=_ONE),
    in_room(f"PUT {ROOM}/schedule/:sessionId/going", muted="muted", owner="", admin="not_a_member", parts=_ONE),
    in_room(f"DELETE {ROOM}/schedule/:sessionId/going", admin="not_a_member", parts=_ONE),
)

EVENT_ROWS: tuple[Row, ...] = ()
