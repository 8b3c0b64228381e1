"""The API as programs know it, compared with snapshots: its documents, and the answers and events of a walk."""

import json
import time

import pytest

import handlers
import socket_events
from domain.clock import SystemClock, format_timestamp
from domain.events import SERVER_EVENTS
from tests.support import snapshot, wire_scenes, wire_walk
from tests.support.authorisation import OK
from tests.support.described import ASYNCAPI, OPENAPI
from tests.support.wire_records import Listener, with_usual_headers


@pytest.fixture
def ticking(monkeypatch):
    """Set each timestamp to its own millisecond, so that the order of lists by time is unique."""
    last = 0

    def now(_clock):
        nonlocal last
        last = max(last + 1, int(time.time() * 1000))
        return format_timestamp((last + 0.5) / 1000)

    monkeypatch.setattr(SystemClock, "now", now)


def test_openapi_document_equals_its_snapshot():
    snapshot.check("openapi", snapshot.without_prose(OPENAPI))


def test_asyncapi_document_equals_its_snapshot():
    snapshot.check("asyncapi", snapshot.without_prose(ASYNCAPI))


@pytest.mark.usefixtures("ticking")
async def test_walk_through_the_api_equals_its_snapshot():
    records = await wire_walk.walk() | await wire_scenes.walk()
    missing = uncovered(records)
    snapshot.check("wire", with_usual_headers(records))
    assert not missing, "\n".join(missing)


class Cable:
    """A WebSocket on which these packets are received."""

    def __init__(self, *packets):
        self.packets = list(packets)
        self.sent = []

    async def send_str(self, packet):
        self.sent.append(packet)

    async def receive_str(self, **_):
        return self.packets.pop(0)


@pytest.mark.parametrize(
    ("namespace", "answer", "code"),
    [
        ("/chat", '40/chat,{"sid":"1"}', OK),
        ("/chat", '44/chat,{"message":"no","data":{"code":"token_expired"}}', "token_expired"),
        ("/", '40{"sid":"1"}', OK),
        ("/", '44{"message":"no","data":{"code":"token_expired"}}', "token_expired"),
    ],
)
async def test_an_event_before_the_response_to_connecting_is_recorded(namespace, answer, code):
    """A busy machine answers so late that the first namespace has an event before the second is connected."""
    other = '42["token-expiring",{"expiresAt":"soon"}]' if namespace == "/chat" else '42/chat,["message",{"seq":1}]'
    ear = Listener(Cable(other, "2", answer))
    said = await ear.is_let_in("token", namespace)
    assert (said.code, said.raw) == (code, answer)
    assert ear.heard == [other]
    assert await ear.hears(json.loads(other[other.index("[") :])[0])
    assert ear.heard == []


def uncovered(records):
    """Return the routes and client events without a success or an error, and the server events that nobody received."""
    steps = [
        (step if name.startswith("scene: ") else name, one) for name, of in records.items() for step, one in of.items()
    ]
    answers = {(name.partition(" (")[0], one["status"] < 400) for name, one in steps if "status" in one}
    acks = {(name.partition(" (")[0], one["ack"]["ok"]) for name, one in steps if "ack" in one}
    heard = {said[0] for _, one in steps for events in one.get("events", {}).values() for said in events}
    heard |= {one["event"][0] for _, one in steps if "event" in one}
    routes = [(route.name.replace("{", ":").replace("}", ""), route) for route in handlers.ROUTES]
    missing = [f"no success of {name}" for name, _ in routes if (name, True) not in answers]
    missing += [
        f"no error of {name}"
        for name, route in routes
        if (name, False) not in answers and (route in handlers.AUTHENTICATED_ROUTES or route.path_params or route.body)
    ]
    missing += [
        f"no ack {ok=} of {name}" for name in socket_events.EVENTS for ok in (True, False) if (name, ok) not in acks
    ]
    return missing + [f"nobody received {event.EVENT}" for event in SERVER_EVENTS if event.EVENT not in heard]


def test_what_a_walk_lacks_is_named():
    missing = uncovered(
        {"scene: talk": {"send-message": {"ack": {"ok": True}, "events": {"Ada /chat": [["message", {}]]}}}}
    )
    assert "no success of GET /healthz" in missing
    assert "no error of POST /api/auth/login" in missing
    assert "no ack ok=False of send-message" in missing
    assert "no ack ok=True of send-message" not in missing
    assert "nobody received user-joined" in missing
    assert "nobody received message" not in missing


def test_each_difference_is_a_line_with_its_path():
    before = {"GET /a": {"member may": {"status": 200, "body": [{"id": "<room>", "role": None}], "events": {}}}}
    after = {"GET /a": {"member may": {"status": 201, "body": [{"id": "<room>"}, 5], "events": {}}}}
    assert snapshot.differences(before, after) == [
        "GET /a / member may / body[0] / role: null → nothing",
        "GET /a / member may / body[1]: nothing → 5",
        "GET /a / member may / status: 200 → 201",
    ]
    assert snapshot.differences(before, before) == []
    assert snapshot.differences({"a": {}}, {"a": []}) == ["a: {} → []"]


def test_failure_names_the_file_and_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshot, "FOLDER", tmp_path)
    monkeypatch.delenv(snapshot.ACCEPT, raising=False)
    (tmp_path / "some.json").write_text(snapshot.written({"a": list(range(30))}))
    snapshot.check("some", {"a": list(range(30))})
    with pytest.raises(AssertionError, match=r"some\.json differs in 30 places") as failure:
        snapshot.check("some", {"a": list(range(1, 31))})
    assert "… and 10 more" in str(failure.value)
    assert "make snapshots" in str(failure.value)
    monkeypatch.setenv(snapshot.ACCEPT, "1")
    snapshot.check("some", {"a": 1})
    monkeypatch.delenv(snapshot.ACCEPT)
    snapshot.check("some", {"a": 1})


def test_a_document_without_prose_has_every_name():
    schema = {
        "description": "A room.",
        "properties": {"description": {"type": "string", "description": "Some lines."}, "title": {"enum": ["title"]}},
        "examples": [{"description": "x"}],
    }
    assert snapshot.without_prose({"schemas": {"summary": schema}}) == {
        "schemas": {"summary": {"properties": {"description": {"type": "string"}, "title": {"enum": ["title"]}}}}
    }
