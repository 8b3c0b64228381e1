"""Rows of both matrices, bad input and authorisation: users, promotions, announcements, totals."""

from collections.abc import Iterable, Mapping

from domain.admin import NewAnnouncement, UserChange, UsersQuery
from domain.base import Payload
from domain.rooms import RoomsQuery
from tests.support.authorisation import Row, for_admins, signed_in
from tests.support.bad_input import Cell, Event, Route
from tests.support.bad_queries import SEARCHED_PAGE
from tests.support.bad_values import Value, flag, integer, text, word
from tests.support.outcomes import (
    ACCEPTED,
    CANNOT_MAKE_ADMIN,
    INVALID,
    PROMOTION_NOT_FOUND,
    USER_NOT_FOUND,
    Outcome,
    Refused,
    invalid,
)

# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {
    UserChange: {
        "role": [*word("student", required=False), Value("admin", b'"admin"', CANNOT_MAKE_ADMIN)],
        "disabled": flag(),
    },
    NewAnnouncement: {
        "content": text(500, lines=True),
        "endsIn": integer(60, 2_592_000, required=False),
    },
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    UsersQuery: {
        **SEARCHED_PAGE,
        "pending": [
            *(Value(raw[:20], raw.encode(), INVALID) for raw in ("x", "2", "yes", "%00", "[]", "a" * 7000)),
            *(Value(raw, raw.encode(), ACCEPTED) for raw in ("true", "false", "1", "0")),
        ],
    },
}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {
    UsersQuery: {
        "limit=1&limit=2": ACCEPTED,
        "limit=1&limit=x": invalid("limit"),
        "limit": ACCEPTED,
        "&&=&": ACCEPTED,
        "unknown=%00": ACCEPTED,
        "search=a%00&cursor=x": invalid("search", "cursor"),
    },
}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("POST", "/api/users/<waiting>/approve"): Route(caller="head", parts={"waiting": USER_NOT_FOUND}),
    ("POST", "/api/users/<applicant>/refuse"): Route(caller="head", parts={"applicant": USER_NOT_FOUND}),
    ("GET", "/api/announcements"): Route(),
    ("POST", "/api/announcements"): Route(
        201, NewAnnouncement, {"content": b'"The server restarts at six"', "endsIn": b"60"}, caller="head"
    ),
    ("DELETE", "/api/announcements/<announcement>"): Route(
        caller="head", parts={"announcement": Refused(404, "announcement_not_found")}
    ),
    ("GET", "/api/dashboard/admin"): Route(caller="head"),
    ("GET", "/api/dashboard/admin/rooms"): Route(query=RoomsQuery, caller="head"),
    ("GET", "/api/users"): Route(query=UsersQuery, caller="head"),
    ("GET", "/api/users/<gil>"): Route(caller="head", parts={"gil": USER_NOT_FOUND}),
    ("PUT", "/api/users/<gil>"): Route(
        200,
        UserChange,
        {"role": b'"student"', "disabled": b"false"},
        caller="head",
        parts={"gil": USER_NOT_FOUND},
    ),
    ("GET", "/api/promotions"): Route(caller="head"),
    ("POST", "/api/users/<gil>/promotion"): Route(201, caller="head", parts={"gil": USER_NOT_FOUND}),
    ("PUT", "/api/users/<proposed>/promotion"): Route(caller="head", parts={"proposed": PROMOTION_NOT_FOUND}),
    ("DELETE", "/api/users/<proposed>/promotion"): Route(caller="head", parts={"proposed": PROMOTION_NOT_FOUND}),
}

EVENTS: Mapping[str, Event] = {}

SPECIAL: list[Cell] = []


# Authorisation

ROUTE_ROWS: tuple[Row, ...] = (
    for_admins("GET /api/dashboard/admin"),
    for_admins("GET /api/users"),
    for_admins("GET /api/users/:id")._replace(parts={"id": "<target>"}),
    for_admins("GET /api/dashboard/admin/rooms"),
    for_admins("PUT /api/users/:id", {"disabled": True})._replace(parts={"id": "<target>"}),
    for_admins("GET /api/promotions"),
    for_admins("POST /api/users/:id/promotion")._replace(parts={"id": "<outsider>"}, status=201),
    for_admins("POST /api/users/:id/promotion", about="an admin", admin="already_admin")._replace(
        parts={"id": "<warden>"}
    ),
    for_admins("PUT /api/users/:id/promotion")._replace(parts={"id": "<guest>"}),
    for_admins("PUT /api/users/:id/promotion", about="of one's own", admin="own_promotion")._replace(
        parts={"id": "<proposed>"}
    ),
    for_admins("DELETE /api/users/:id/promotion")._replace(parts={"id": "<guest>"}),
    for_admins("PUT /api/users/:id", {"role": "admin"}, about="make an admin", admin="cannot_make_admin")._replace(
        parts={"id": "<target>"}
    ),
    for_admins("POST /api/users/:id/approve")._replace(parts={"id": "<applicant>"}),
    for_admins("POST /api/users/:id/refuse")._replace(parts={"id": "<applicant>"}),
    signed_in("GET /api/announcements"),
    for_admins("POST /api/announcements", {"content": "The server restarts at six", "endsIn": 60})._replace(status=201),
    for_admins("DELETE /api/announcements/:id")._replace(parts={"id": "<announcement>"}),
)

EVENT_ROWS: tuple[Row, ...] = ()
