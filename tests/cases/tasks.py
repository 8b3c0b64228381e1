"""Rows of both matrices, bad input and authorisation: tasks."""

from collections.abc import Iterable, Mapping

from domain.base import Payload
from domain.study.tasks import NewTask, TaskEdit, TasksQuery
from tests.support.authorisation import ROOM, Row, in_room, of_moderator, of_owner, signed_in
from tests.support.bad_ids import an_id
from tests.support.bad_input import ROOM_PATH, Cell, Event, Route, special
from tests.support.bad_queries import query_number
from tests.support.bad_values import Value, calendar_date, flag, integer, text
from tests.support.outcomes import (
    ACCEPTED,
    FORBIDDEN,
    INVALID,
    NOT_A_MEMBER,
    ROOM_NOT_FOUND,
    TASK_NOT_FOUND,
    UNKNOWN,
    Outcome,
    invalid,
)

_NO_ROOMS = dict.fromkeys(("private", "ada", "gone"), ROOM_NOT_FOUND)


def _room_id() -> Iterable[Value]:
    return an_id("room", ROOM_NOT_FOUND, {"theirs": NOT_A_MEMBER} | _NO_ROOMS, required=False)


def _task_fields(*, titled: bool) -> dict[str, Iterable[Value]]:
    return {
        "title": text(80, required=titled),
        "notes": text(1000, 0, required=False, lines=True),
        "roomId": _room_id(),
        "dueOn": calendar_date(),
        "estimateRounds": integer(1, 99, required=False),
    }


def _shared() -> Iterable[Value]:
    """Yield values of a flag; a task without a room cannot be shared, which the answer names by another field."""
    return (value for value in flag() if value.raw != b"true")


# Bad input

FIELDS: Mapping[type[Payload], Mapping[str, Iterable[Value]]] = {
    NewTask: {
        **_task_fields(titled=True),
        "shared": _shared(),
        "clientId": text(100, required=False, well_formed=ACCEPTED),
    },
    TaskEdit: {
        **_task_fields(titled=False),
        "done": flag(),
        "shared": _shared(),
        "after": an_id(
            "task", TASK_NOT_FOUND, dict.fromkeys(("room", "gone", "foreign"), TASK_NOT_FOUND), required=False
        ),
    },
}

QUERIES: Mapping[type[Payload], Mapping[str, list[Value]]] = {
    TasksQuery: {
        "status": [
            *(Value(raw[:20], raw.encode(), INVALID) for raw in ("nonsense", "OPEN", "%20open", "open%00", "x" * 7000)),
            *(Value(raw, raw.encode(), ACCEPTED) for raw in ("open", "done", "")),
        ],
        "before": [
            *(Value(raw[:20], raw.encode(), INVALID) for raw in ("x", "42", "%00", "..", "a" * 7000)),
            Value("the id of nothing, which open tasks do not need", UNKNOWN.encode(), ACCEPTED),
            Value("upper case", b"<task:upper>", ACCEPTED),
            Value("nothing", b"", ACCEPTED),
        ],
        "limit": list(query_number(1, 100)),
    },
}

QUERY_COMBINATIONS: Mapping[type[Payload], Mapping[str, Outcome]] = {
    TasksQuery: {
        "status=done&status=open": ACCEPTED,
        "status=done&before=<task>": TASK_NOT_FOUND,
        "status=done&before=<foreign>": TASK_NOT_FOUND,
        "status=done&limit=x&before=x": invalid("before", "limit"),
        "status=&before=&limit=": ACCEPTED,
        "unknown=%00": ACCEPTED,
    },
}

ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/api/tasks"): Route(query=TasksQuery),
    ("POST", "/api/tasks"): Route(201, NewTask, {"title": b'"Sheet 4"'}),
    ("PUT", "/api/tasks/<task>"): Route(200, TaskEdit, {"notes": b'"pages 3 to 5"'}, parts={"task": TASK_NOT_FOUND}),
    ("DELETE", "/api/tasks/<task>"): Route(parts={"task": TASK_NOT_FOUND}),
    ("GET", ROOM_PATH + "/tasks"): Route(public=NOT_A_MEMBER),
    ("DELETE", ROOM_PATH + "/tasks/<sharedtask>"): Route(
        public=FORBIDDEN, member=FORBIDDEN, parts={"sharedtask": TASK_NOT_FOUND}
    ),
}

EVENTS: Mapping[str, Event] = {}

SPECIAL: list[Cell] = [
    special(
        "a task of another user",
        "PUT",
        "/api/tasks/<foreign>",
        "ada",
        {"title": b'"Mine"'},
        TASK_NOT_FOUND,
    ),
    special(
        "a shared task without a room",
        "POST",
        "/api/tasks",
        "ada",
        {"title": b'"Sheet 4"', "shared": b"true"},
        invalid("roomId"),
    ),
    special(
        "three bad fields",
        "PUT",
        "/api/tasks/<task>",
        "ada",
        {"title": b'" "', "dueOn": b'"2026-02-30"', "estimateRounds": b"1", "after": b'"x"'},
        invalid("title", "dueOn", "after"),
    ),
    special(
        "fields of the wrong type beside one that breaks a rule",
        "POST",
        "/api/tasks",
        "ada",
        {"title": b"5", "dueOn": b'"2026-02-30"', "estimateRounds": b"0"},
        invalid("title", "dueOn", "estimateRounds"),
    ),
]


# Authorisation

_NEW = {"title": "Sheet 4", "roomId": "<room>"}
_MINE = {"id": "<my task>"}
_SHARED = {"id": "<room>", "taskId": "<shared task>"}
_OWNERS = {"id": "<room>", "taskId": "<owner task>"}

ROUTE_ROWS: tuple[Row, ...] = (
    signed_in("GET /api/tasks"),
    signed_in("POST /api/tasks", {"title": "Sheet 4"}, 201),
    in_room("POST /api/tasks", _NEW, 201, admin="not_a_member", about="for a room"),
    in_room(
        "POST /api/tasks", _NEW | {"shared": True}, 201, muted="muted", admin="not_a_member", about="shared with a room"
    ),
    signed_in("PUT /api/tasks/:id", {"title": "Sheet 5"})._replace(parts=_MINE),
    in_room(
        "PUT /api/tasks/:id",
        {"roomId": "<room>", "shared": True},
        muted="muted",
        admin="not_a_member",
        parts=_MINE,
        about="share it",
    ),
    signed_in("DELETE /api/tasks/:id")._replace(parts=_MINE),
    in_room(f"GET {ROOM}/tasks", admin="not_a_member"),
    of_moderator(f"DELETE {ROOM}/tasks/:taskId", parts=_SHARED),
    of_owner(
        f"DELETE {ROOM}/tasks/:taskId",
        parts=_OWNERS,
        about="of the owner",
        moderator="forbidden",
        owner="forbidden",
        admin="forbidden",
    ),
)

EVENT_ROWS: tuple[Row, ...] = ()
