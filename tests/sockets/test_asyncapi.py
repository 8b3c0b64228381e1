"""/api/asyncapi.json: well-formed, whole, and made of what runs."""

import copy
import json
from typing import Any

import jsonschema_rs
import pytest
import socketio

from domain import connections, events
from domain.accounts import Caller
from domain.connections import Connection
from domain.errors.rooms import NotAMember
from domain.messages import MarkRead
from domain.rooms import RoomRef
from services.container import Services
from socket_events import EVENTS
from socket_events.routing import Ack, InvalidEvent, event
from tests.support import described
from tests.support.described import ASYNCAPI
from tests.support.paths import ROOT
from tests.support.served import PATIENCE, served

SPECS = ROOT / "tests" / "asyncapi" / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"
MESSAGES = ASYNCAPI["channels"]["chat"]["messages"]
PERSONAL = ASYNCAPI["channels"]["personal"]["messages"]
ROOM = "01890a5d-ac96-774b-bcce-b302099a8057"


def codes(name: str) -> set[str]:
    """Every code that an event may fail with."""
    [answer] = MESSAGES[f"{name}.failed"]["payload"]["items"]
    return set(answer["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"])


def test_the_document_is_asyncapi():
    schema = jsonschema_rs.Draft7Validator(json.loads(SPECS.read_text("utf-8")))
    assert list(schema.iter_errors(ASYNCAPI)) == []
    for break_it in (
        lambda broken: broken["info"].pop("title"),
        lambda broken: broken["operations"]["join-room"].update(action="publish"),
        lambda broken: broken["channels"]["chat"]["messages"]["message"].update(payload=5),
        lambda broken: broken["servers"]["here"].pop("protocol"),
    ):
        broken = copy.deepcopy(ASYNCAPI)
        break_it(broken)
        assert list(schema.iter_errors(broken))


def test_every_reference_leads_somewhere():
    found = references(ASYNCAPI)
    assert len(found) > 30
    for reference in found:
        place: Any = ASYNCAPI
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def references(part: Any) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(references, part))
    if not isinstance(part, dict):
        return set()
    here = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
    return here.union(*map(references, part.values()))


ON_PERSONAL = {
    *("notification", "read-updated", "room-activity", "room-presence", "announcement", "announcement-ended"),
    *("held-updated", "held-refused", "tasks-updated", "focus-updated", "focus-check"),
}
"""Events on the personal namespace alone."""


async def test_anybody_may_read_it():
    async with served() as school:
        answer = await school.request("GET", "/api/asyncapi.json")
    assert (answer.status, answer.body) == (200, ASYNCAPI)


def test_every_event_is_in_it_and_nothing_else():
    operations = ASYNCAPI["operations"]
    received = {name for name, operation in operations.items() if operation["action"] == "receive"}
    assert received == {*EVENTS, "connect-chat", "connect-personal"}
    entering = {"connect", "connected", "connect_error"}
    acks = {f"{name}.{end}" for name in EVENTS for end in ("done", "failed")}
    heard = {declared.EVENT for declared in events.SERVER_EVENTS}
    assert set(MESSAGES) == {*EVENTS, *acks, *entering, *heard} - ON_PERSONAL
    assert set(PERSONAL) == {*entering, *ON_PERSONAL, "error", "timer-updated", "token-expiring", "user-updated"}
    sent = {operation["messages"][0]["$ref"].rpartition("/")[2] for operation in operations.values()} - received
    assert heard <= sent
    for name in EVENTS:
        assert [reply["$ref"] for reply in operations[name]["reply"]["messages"]] == [
            f"#/channels/chat/messages/{name}.done",
            f"#/channels/chat/messages/{name}.failed",
        ]


def test_how_an_event_may_fail_follows_from_its_line_and_its_shape():
    any_may = {
        "invalid_input", "invalid_json", "not_signed_in", "rate_limited", "room_not_found", "internal_error",
        "storage_unavailable",
    }  # fmt: skip
    assert codes("leave-room") == any_may
    assert codes("update-status") >= {*any_may, "not_a_member", "not_present"}


@pytest.mark.parametrize("name", EVENTS)
def test_an_ack_begins_with_how_it_went(name):
    assert next(iter(EVENTS[name].ack_type.__struct_encode_fields__)) == "ok"


def test_who_is_not_let_in_is_told_one_of_the_reasons():
    schema = jsonschema_rs.Draft7Validator(MESSAGES["connect_error"]["payload"])
    for code, message in connections.CONNECT_ERRORS.items():
        assert schema.is_valid({"message": message, "data": {"code": code}})
        assert not schema.is_valid({"message": "Something else", "data": {"code": code}})
    assert schema.is_valid({"message": "Invalid namespace"})
    assert not schema.is_valid({"message": "Authentication failed"})


# Real servers


def filled(payload: list[Any], room: str) -> list[Any]:
    """The example with a room that there is."""
    return json.loads(json.dumps(payload).replace(ROOM, room))


@pytest.mark.parametrize("name", EVENTS)
async def test_the_examples_of_an_event_are_done_and_acked_as_described(school, name):
    ada = await school.person()
    room = await ada.opens()
    for number, example in enumerate(MESSAGES[name]["examples"]):
        assert described.wrong_event(name, example["payload"]) == []
        chat = await ada.chat(room)
        [argument] = filled(example["payload"], room)
        if "token" in argument:
            argument = {**argument, "token": ada.token}
        answer = await chat.call(name, argument)
        assert answer["ok"], (number, answer)
        assert described.wrong_ack(name, answer) == []


@pytest.mark.parametrize("name", EVENTS)
async def test_a_refused_event_is_acked_and_told_as_described(school, name):
    ada, bob = await school.person(), await school.person("Bob")
    room = await ada.opens(visibility="private")
    chat = await bob.chat()
    [argument] = filled(MESSAGES[name]["examples"][0]["payload"], room)
    # without fields there is no other bad argument
    refused = [argument, {"roomId": 5}, [], 5] if argument else [[], 5, "", None]
    for sent in refused:
        answer = await chat.call(name, sent)
        assert not answer["ok"]
        assert answer["error"]["code"] in codes(name)
        assert described.wrong_ack(name, answer) == []
        await chat.emit(name, sent)
    await chat.call(name, 5)  # whatever was said before is heard before its ack
    assert len(chat.of("error")) == 4


@pytest.mark.parametrize("token", ["", "nonsense"])
async def test_who_is_refused_is_told_so_as_described(school, token):
    schema = jsonschema_rs.Draft7Validator(MESSAGES["connect_error"]["payload"])
    told: list[Any] = []
    client = socketio.AsyncClient(reconnection=False)
    client.on("connect_error", told.append, namespace="/chat")
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(school.url, auth={"token": token}, namespaces=["/chat"], wait_timeout=PATIENCE)
    await client.disconnect()
    assert [schema.is_valid(reason) for reason in told] == [True]


# What is declared wrongly


def test_what_does_not_fit_is_found():
    assert described.wrong_ack("mark-read", {"ok": True, "unread": 3}) == []
    assert described.wrong_ack("mark-read", {"ok": True, "unread": "3"})
    assert described.wrong_ack("mark-read", {"ok": False, "error": {"code": "room_full", "message": "x"}})
    left = {"userId": ROOM, "roomId": ROOM, "activeMembers": 1, "version": 2}
    assert described.wrong_event("user-left", [left]) == []
    assert described.wrong_event("user-left", [])
    assert described.wrong_event("user-left", [{**left, "version": None}])
    assert described.wrong_event("room-users", [[{"id": ROOM}], {"roomId": ROOM, "version": 1}])


async def no_type(services: Services, connection: Connection, wanted) -> Ack:
    """Take anything."""
    return Ack()


async def no_answer(services: Services, connection: Connection, wanted: RoomRef) -> None:
    """Say nothing."""


async def no_docstring(services: Services, connection: Connection, wanted: RoomRef) -> Ack:
    return Ack()


async def too_much(services: Services, connection: Connection, wanted: RoomRef, more: MarkRead) -> Ack:
    """Take two arguments."""
    return Ack()


async def caller_behind_connection(services: Services, connection: Connection, caller: Caller, payload: RoomRef) -> Ack:
    """Take the caller behind the connection."""
    return Ack()


async def no_services(connection: Connection, payload: RoomRef) -> Ack:
    """Take no services."""
    return Ack()


class LastOk(Ack, frozen=True):
    """An ack that would not begin with ok."""

    number: int


async def last_ok(services: Services, connection: Connection, wanted: RoomRef) -> LastOk:
    """Say ok at the end."""
    return LastOk(number=1)


@pytest.mark.parametrize(
    "handler", [no_type, no_answer, no_docstring, too_much, last_ok, caller_behind_connection, no_services]
)
def test_an_event_that_is_declared_wrongly_stops_the_start(handler):
    with pytest.raises(InvalidEvent, match=handler.__name__):
        event(handler, NotAMember)
