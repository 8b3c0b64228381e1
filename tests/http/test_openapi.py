"""/api/openapi.json: well-formed, whole, and made of what runs."""

import copy
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api_docs import openapi
from api_docs.schemas import MissingSchema, Schemas
from domain import messages
from domain.base import Payload, QueryParams, Record
from domain.errors.base import AppError
from handlers import AUTHENTICATED_ROUTES, PROBES, PUBLIC_ROUTES, ROUTES
from tests.support import described
from tests.support.described import OPENAPI, accepts
from tests.support.served import served
from text import normalise

OPERATIONS = {(path, method): found for path, methods in OPENAPI["paths"].items() for method, found in methods.items()}


def operation(method: str, path: str) -> dict[str, Any]:
    return OPERATIONS[path, method]


def codes(found: dict[str, Any]) -> set[str]:
    """Every code that an operation may fail with."""
    places = [response["$ref"].rpartition("/")[2] for response in found["responses"].values() if "$ref" in response]
    return {code for place in places for code in place.split("-or-")}


def test_the_document_is_openapi():
    OpenAPIV31SpecValidator(OPENAPI).validate()
    broken = copy.deepcopy(OPENAPI)
    del broken["info"]["title"]
    assert any(True for _ in OpenAPIV31SpecValidator(broken).iter_errors())


async def test_anybody_may_read_it():
    async with served() as school:
        answer = await school.request("GET", "/api/openapi.json")
    assert (answer.status, answer.body) == (200, OPENAPI)
    assert answer.headers["Content-Type"] == "application/json"


def test_every_route_is_in_it_with_who_may_ask():
    assert set(OPERATIONS) == {(route.path, route.method.lower()) for route in ROUTES}
    for route in ROUTES:
        found = operation(route.method.lower(), route.path)
        assert found["security"] == ([{"bearer": []}] if route in AUTHENTICATED_ROUTES else [])
        assert found["summary"]
    names = [found["operationId"] for found in OPERATIONS.values()]
    assert len(names) == len(set(names))


def test_how_a_route_may_fail_follows_from_its_line_and_its_shape():
    always = {"internal_error", "storage_unavailable"}
    limited = {*always, "rate_limited"}
    body = {"invalid_json", "stalled_body", "payload_too_large", "unsupported_media_type", "invalid_input"}
    signed_in = {*limited, "account_pending", "not_signed_in"}
    room = {*signed_in, "room_not_found"}
    assert codes(operation("get", "/readyz")) == always
    assert codes(operation("post", "/api/auth/refresh")) == {*limited, *body, "invalid_refresh_token"}
    assert codes(operation("get", "/api/auth/me")) == {*limited, "not_signed_in"}
    assert codes(operation("get", "/api/study-rooms")) == {*signed_in, "invalid_input"}
    assert codes(operation("post", "/api/study-rooms/{id}/join")) == {
        *room,
        "banned",
        "email_not_verified",
        "room_full",
    }
    assert codes(operation("post", "/api/study-rooms/{id}/leave")) == {*room, "owner_cannot_leave"}
    assert codes(operation("put", "/api/study-rooms/{id}")) == {
        *room, *body, "email_not_verified", "forbidden", "not_a_member", "capacity_too_small"
    }  # fmt: skip


def test_a_failure_has_its_status_and_no_code_of_another():
    responses = OPENAPI["components"]["responses"]
    schema = responses["account_pending-or-email_not_verified-or-forbidden-or-not_a_member"]["content"][
        "application/problem+json"
    ]["schema"]
    problem = {
        "type": "about:blank", "title": "Forbidden", "status": 403, "detail": "No.", "code": "forbidden",
        "requestId": "x", "success": False, "message": "No.",
    }  # fmt: skip
    assert accepts(schema, problem)
    assert accepts(schema, problem | {"code": "not_a_member", "retryAfter": 2})
    for wrong in ({"code": "room_full"}, {"status": 404}, {"success": True}, {"retryAfter": "2"}, {"errors": ["x"]}):
        assert not accepts(schema, problem | wrong), wrong
    for name in problem:
        assert not accepts(schema, {other: value for other, value in problem.items() if other != name}), name


def test_every_failure_is_told_by_a_route_but_for_those_that_none_can_tell():
    told = set().union(*(codes(found) for found in OPERATIONS.values()))
    everywhere = {"bad_request", "route_not_found", "method_not_allowed"}  # before a route is found, or where none is
    sockets = {"unknown_event", "token_invalid", "another_person"}
    known = {kind.code for kind in subclasses(AppError)}
    races = {"user_not_found"}  # the account goes while it is asked about
    commands = {"last_admin", "cannot_make_admin"}
    invitations = {"invite_not_found", "too_many_invites"}  # kept already, and asked for by no route yet
    assert known - told <= everywhere | sockets | races | commands | invitations
    assert told <= known


def subclasses(kind: type[Any]) -> set[type[Any]]:
    return {found for below in kind.__subclasses__() for found in {below, *subclasses(below)}}


BODIES = sorted(
    (kind for kind in subclasses(Payload) if kind.__module__.startswith("domain.")), key=lambda kind: kind.__name__
)
SENT = [kind for kind in BODIES if not issubclass(kind, QueryParams)]


@pytest.mark.parametrize("kind", SENT, ids=lambda kind: kind.__name__)
def test_the_example_of_a_body_is_accepted_by_the_server_and_by_its_schema(kind):
    assert kind.EXAMPLE or not kind.__struct_fields__
    assert msgspec.convert(kind.EXAMPLE, kind)
    schemas = Schemas([kind])
    assert accepts(schemas.of(kind), kind.EXAMPLE, {"components": {"schemas": schemas.components}})


@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
def test_every_rule_of_a_body_is_in_its_schema(kind):
    schema = Schemas([kind]).components[kind.__name__]
    names = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    for name, rule in kind.RULES.items():
        field = schema["properties"][names[name]]
        [of_text] = [choice for choice in field.get("anyOf", [field]) if choice.get("type") == "string"]
        assert normalise.SCHEMAS[rule].items() <= of_text.items()


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (normalise.line, ["a", "a" * 80, "\U0001f600" * 80], ["", "a" * 81, "a\0b", "a\nb", "a\x85b"]),
        (normalise.optional_line, [""], ["a" * 81]),
        (normalise.paragraph, ["", "a\r\n\tb", "a" * 1000], ["a" * 1001, "a\0b", "a\x7fb"]),
        (normalise.content, ["a\nb", "a" * 4000], ["", "a" * 4001, "a\x0bb"]),
        (normalise.search, ["", "a" * 100], ["a" * 101, "a\nb"]),
        (
            normalise.email,
            ["a@b", "A.O+x@example.org"],
            ["a", "a@", "@b", "a b@c", "a@b@c", "a\x01@b", "a" * 260 + "@b"],
        ),
        (normalise.password, ["a" * 10, " " * 128], ["a" * 9, "a" * 129, "aaaaaaaaaa\0"]),
        (normalise.any_password, ["a"], ["", "a" * 129]),
        (normalise.link, ["", "/a.png", "https://a/b", "HTTP://a"], ["a.png", "ftp://a", "/" + "a" * 500, "/\0"]),
        (normalise.opaque_token, ["a", "a" * 100], ["", "a" * 101]),
        (normalise.refresh_token, ["a" * 200], ["", "a" * 201]),
        (normalise.uuid, ["01890a5d-ac96-774b-bcce-b302099a8057"], ["x", ""]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_what_the_schema_of_a_rule_takes_the_rule_takes_and_what_it_refuses_the_rule_refuses(rule, good, bad):
    schema = dict(normalise.SCHEMAS[rule])
    for sent in good:
        assert accepts(schema, sent), sent
        rule(sent)
    for sent in bad:
        assert not accepts(schema, sent), sent
        with pytest.raises(ValueError, match="must"):
            rule(sent)


def test_what_cannot_be_described_is_found():
    class Strange(Payload, frozen=True):
        name: str
        RULES = {"name": str.strip}  # noqa: RUF012  # as in domain/, where msgspec reads it

    with pytest.raises(MissingSchema, match="no `json_schema`"):
        Schemas([Strange])

    class Message(Record, frozen=True):
        other: str

    with pytest.raises(MissingSchema, match="two types are called Message"):
        Schemas([messages.Message, Message])


def test_queries_are_parameters_and_never_null():
    parameters = {found["name"]: found for found in operation("get", "/api/study-rooms/{id}/messages")["parameters"]}
    assert set(parameters) == {"id", "before", "after", "page", "limit"}
    assert parameters["before"]["schema"] == {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
    assert parameters["id"]["required"]
    assert not parameters["before"]["required"]


def test_who_may_ask_is_one_of_three():
    everything = [*PUBLIC_ROUTES, *AUTHENTICATED_ROUTES, *PROBES]
    assert sorted(route.name for route in everything) == sorted(route.name for route in ROUTES)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize(
    ("method", "path", "status", "kind", "body", "is_wrong"),
    [
        ("GET", "/healthz", 200, "application/json", b'{"success":true,"data":{"status":"alive"}}', False),
        ("HEAD", "/healthz", 200, "application/json", b"", False),
        ("GET", "/nothing", 418, "text/plain", b"x", False),
        ("GET", "/healthz", 404, "application/problem+json", b'{"code":"route_not_found"}', False),
        ("GET", "/healthz", 200, "application/json", b'{"success":true,"data":{"status":"dead"}}', True),
        ("GET", "/healthz", 200, "application/json", b'{"success":true}', True),
        ("GET", "/healthz", 200, "text/html", b"<p>", True),
        ("GET", "/healthz", 201, "application/json", b'{"success":true,"data":{"status":"alive"}}', True),
        ("GET", "/api/study-rooms/x", 409, "application/problem+json", b'{"code":"room_full"}', True),
    ],
)
def test_an_answer_that_is_not_as_described_is_found(method, path, status, kind, body, is_wrong):
    headers = {"Content-Type": kind, "X-Request-Id": "x"}
    assert bool(described.wrongs(method, path, status, headers, body)) == is_wrong


def test_an_answer_without_the_id_of_its_request_is_found():
    alive = b'{"success":true,"data":{"status":"alive"}}'
    assert described.wrongs("GET", "/healthz", 200, {"Content-Type": "application/json"}, alive) == ["X-Request-Id"]


def test_failures_are_in_order_and_each_once():
    for route in ROUTES:
        found = openapi.failures(route)
        assert len(found) == len(set(found))
        assert [error.status for error in found] == sorted(error.status for error in found)
