"""The types of the API in the page are those that the server documents."""

from api_docs.page_types import document
from domain.events import SERVER_EVENTS
from handlers import ROUTES
from socket_events import EVENTS
from tests.support import missing
from tests.support.node import find_node
from tests.support.page_types import FILE, TOOLS, generated


def properties(name: str) -> dict:
    return document()["components"]["schemas"][name]["properties"]


def test_page_types_equal_the_generated_ones():
    if find_node() is None or not (TOOLS / "node_modules").is_dir():
        missing.skip("The packages of web/tools/ are not here, so types of the page are NOT tested: `make install`.")
    assert FILE.read_text("utf-8") == generated(), "the API has changed: `make api-types` writes the types again"


def test_document_has_every_route_and_event():
    assert len(properties("Routes")) == len(ROUTES)
    assert set(properties("ClientEvents")) == set(EVENTS)
    in_namespaces = {*properties("ChatEvents"), *properties("PersonalEvents")}
    assert in_namespaces == {event.EVENT for event in SERVER_EVENTS}


def test_document_has_the_codes_of_routes_events_and_connecting():
    codes = document()["components"]["schemas"]["ErrorCode"]["enum"]
    assert {"room_full", "muted", "route_not_found", "token_required", "wrong_password"} <= set(codes)


def test_document_has_no_prose():
    assert document()["components"]["schemas"]["Ack"] == {
        "type": "object",
        "properties": {"ok": {"enum": [True]}},
        "required": ["ok"],
    }
