"""Validation of responses, acks and events against the API's documents. All those in the tests are validated."""

import json
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import jsonschema_rs

import api_docs

ASYNCAPI = json.loads(api_docs.documents()["asyncapi.json"].body)
OPENAPI = json.loads(api_docs.documents()["openapi.json"].body)

_OUTSIDE = {"method_not_allowed", "route_not_found", "bad_request"}
"""Error codes of responses before or without a matching route. No route can describe them."""


def wrongs(method: str, path: str, status: int, headers: Any, body: bytes) -> list[str]:
    """Return differences between a response and the OpenAPI document; [] if there are none, or for other paths."""
    found = _route(method, path.partition("?")[0])
    said = _json(body) if headers.get("Content-Type", "").partition(";")[0].endswith("json") else None
    if found is None or (isinstance(said, dict) and said.get("code") in _OUTSIDE) or status == 304:
        return []
    operation = OPENAPI["paths"][found][method.lower() if method != "HEAD" else "get"]
    response = operation["responses"].get(str(status))
    if response is None:
        return [f"{method} {found} may not answer {status}: {body[:200]!r}"]
    response = _followed(response)
    content_type = headers.get("Content-Type", "").partition(";")[0]
    missing = [name for name, header in response["headers"].items() if name == "X-Request-Id" and name not in headers]
    if content_type not in response["content"]:
        return [f"{method} {found} may not answer {status} as {content_type!r}", *missing]
    if method == "HEAD" or said is None:
        return missing
    validator = _validator(json.dumps(response["content"][content_type]["schema"]))
    faults = [
        f"{method} {found} {status}: {list(error.instance_path)}: {error.message}"
        for error in validator.iter_errors(said)
    ]
    return missing + faults


def accepts(schema: dict[str, Any], value: Any, document: dict[str, Any] = OPENAPI) -> bool:
    """Return True if a value is valid for a schema of a document."""
    return bool(_validator(json.dumps(schema), json.dumps(document["components"])).is_valid(value))


@cache
def _validator(schema: str, components: str = json.dumps(OPENAPI["components"])) -> Any:
    whole = {**json.loads(schema), "components": json.loads(components)}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


@cache
def _templates() -> list[tuple[re.Pattern[str], str, set[str]]]:
    """Return the pattern, template and methods of each path; those without a parameter come first."""
    return [
        (re.compile(re.sub(r"{\w+}", "[^/]+", path)), path, set(operations))
        for path, operations in sorted(OPENAPI["paths"].items(), key=lambda found: "{" in found[0])
    ]


@lru_cache(maxsize=1000)
def _route(method: str, path: str) -> str | None:
    method = "get" if method == "HEAD" else method.lower()
    for pattern, template, methods in _templates():
        if pattern.fullmatch(path) and method in methods:
            return template
    return None


def _followed(response: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in response:
        return response
    found = OPENAPI["components"]["responses"][response["$ref"].rpartition("/")[2]]
    assert isinstance(found, dict)
    return found


def _json(body: bytes) -> Any:
    return json.loads(body) if body else None


# Over Socket.IO


def wrong_ack(event: str, answer: Any) -> list[str]:
    """Return differences between the ack of an event and its declaration; [] if it is not declared."""
    which = f"{event}.done" if isinstance(answer, dict) and answer.get("ok") else f"{event}.failed"
    return _wrong_message("chat", which, [answer])


def wrong_event(event: str, arguments: Sequence[Any], channel: str = "chat") -> list[str]:
    """Return differences between a received event and its declaration; [] if it is not declared."""
    return _wrong_message(channel, event, list(arguments))


def _wrong_message(channel: str, name: str, arguments: list[Any]) -> list[str]:
    message = ASYNCAPI["channels"][channel]["messages"].get(name)
    if message is None:
        return []
    validator = _of_message(json.dumps(message["payload"]))
    return [f"{name}: {list(error.instance_path)}: {error.message}" for error in validator.iter_errors(arguments)]


@cache
def _of_message(schema: str) -> Any:
    whole = {**json.loads(schema), "components": ASYNCAPI["components"]}
    return jsonschema_rs.Draft7Validator(whole, validate_formats=True)
