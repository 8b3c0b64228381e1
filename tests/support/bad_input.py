"""Rows and cells of the bad-input matrix.

A row is the contract of a route or an event; its cells are the requests or events to send, each with its outcome. `<…>`
in a path, header or body is a placeholder that `bad_input_stage.Stage` fills.
"""

from collections.abc import Mapping
from typing import NamedTuple

from domain.base import Payload
from tests.support.bad_values import Value, quoted
from tests.support.outcomes import INVALID, ROOM_NOT_FOUND, Outcome, Refused, invalid

JSON = "application/json"
ROOM_PATH = "/api/study-rooms/<room>"
MY_PASSWORD = b'"<password>"'
ROOM_ID = {"roomId": b'"<room>"'}


class Route(NamedTuple):
    """The contract of a route.

    Attributes:
        status: of a success.
        body, query: the types that the body and the query are decoded to.
        base: a body that is accepted, as JSON for each field.
        caller: the user of the token; None for a route without one.
        room: the placeholder of the room, or session, in the path.
        absent: the answer if it does not exist.
        public, private: the answer to a user who is not a member of a public or private room; None if the user may, or
            if the path names no room.
        member: the answer to a member without another role; None if the member may.
        parts: the other placeholders of the path, with the answer to an invalid or unknown id.
    """

    status: int = 200
    body: type[Payload] | None = None
    base: Mapping[str, bytes] = {}
    query: type[Payload] | None = None
    caller: str | None = "ada"
    room: str = "room"
    absent: Refused = ROOM_NOT_FOUND
    public: Refused | None = None
    private: Refused | None = ROOM_NOT_FOUND
    member: Refused | None = None
    parts: Mapping[str, Refused] = {}


class Event(NamedTuple):
    """The contract of an event. If `named` is true, the argument may be only the id of the room."""

    argument: type[Payload]
    base: Mapping[str, bytes]
    named: bool = False


class Cell(NamedTuple):
    """One request and its outcome. `field` is the field whose value `outcome.kept` is."""

    name: str
    outcome: Outcome
    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    caller: str | None = None
    chunked: bool = False
    field: str = ""
    status: int = 200


class EventCell(NamedTuple):
    """One event and its outcome. `arguments` are the bytes after the name of the event, with their comma."""

    name: str
    outcome: Outcome
    event: bytes
    arguments: bytes
    namespace: str = "/chat"
    field: str = ""


def json_object(fields: Mapping[str, bytes]) -> bytes:
    return b"{" + b",".join(quoted(name) + b":" + raw for name, raw in fields.items()) + b"}"


def special(
    name: str, method: str, path: str, caller: str | None, fields: Mapping[str, bytes], outcome: Outcome
) -> Cell:
    """Return a cell with a body of these fields, beside those that follow from a row."""
    return Cell(name, outcome, method, path, json_object(fields), {"Content-Type": JSON}, caller)


def with_value(base: Mapping[str, bytes], field: str, value: Value) -> bytes:
    others = {name: raw for name, raw in base.items() if name != field}
    return json_object(others if value.raw is None else others | {field: value.raw})


def outcome_of(value: Value, field: str) -> Outcome:
    return invalid(field) if value.outcome == INVALID else value.outcome
