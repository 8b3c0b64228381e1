"""All types of the API as one OpenAPI document, from which `make api-types` generates the page's TypeScript types.

`python -m api_docs.page_types` prints it. Beside the schemas of both documents it has:
- `Routes`: query, body and data of each route, by "METHOD /path".
- `ChatEvents` and `PersonalEvents`: arguments of each event of the server, by name, in the two namespaces.
- `ClientEvents`: payload and ack of each event of clients, by name.
- `ErrorCode`: the codes of all errors.
- `FieldErrorCode`: the codes of rejected fields.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from api_docs import asyncapi, openapi
from api_docs.schemas import Schema
from socket_events import EVENTS

_PROSE = ("title", "summary", "description", "examples", "format")
_OUTSIDE = ("bad_request", "method_not_allowed", "route_not_found")
"""Codes of answers without a route, which no document has."""


def document() -> Schema:
    """Return the document. It has no prose: a better sentence must not make the generated file stale."""
    routes, events = openapi.document("", ""), asyncapi.document("", "")
    schemas = {**events["components"]["schemas"], **routes["components"]["schemas"]}
    field_codes = schemas["FieldError"]["properties"]["code"]
    schemas |= {
        "Routes": _record(dict(_routes(routes))),
        "ChatEvents": _record(dict(_server_events(events, "chat"))),
        "PersonalEvents": _record(dict(_server_events(events, "personal"))),
        "ClientEvents": _record(dict(_client_events(events))),
        "ErrorCode": {"enum": sorted({*_codes(routes), *_codes(events), *_OUTSIDE})},
        "FieldErrorCode": field_codes,
        "FieldError": {
            **schemas["FieldError"],
            "properties": {
                **schemas["FieldError"]["properties"],
                "code": {"$ref": "#/components/schemas/FieldErrorCode"},
            },
        },
    }
    return {
        "openapi": "3.1.1",
        "info": {"title": "", "version": ""},
        "paths": {},
        "components": {"schemas": {name: _bare(schemas[name]) for name in sorted(schemas)}},
    }


def _record(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _routes(document: Schema) -> Iterator[tuple[str, Schema]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            succeeded = next(found for status, found in operation["responses"].items() if status.startswith("2"))
            data = succeeded["content"].get("application/json", {}).get("schema", {"type": "string"})
            parts = {"data": data.get("properties", {}).get("data", data)}
            query = {
                found["name"]: found["schema"] for found in operation.get("parameters", ()) if found["in"] == "query"
            }
            if query:
                parts["query"] = {"type": "object", "properties": query}
            if "requestBody" in operation:
                parts["body"] = operation["requestBody"]["content"]["application/json"]["schema"]
            yield f"{method.upper()} {path}", _record(parts)


def _server_events(document: Schema, channel: str) -> Iterator[tuple[str, Schema]]:
    messages = document["channels"][channel]["messages"]
    names = (name for name in messages if "." not in name and name not in {*EVENTS, "connect", "connected"})
    for name in names:
        if name != "connect_error":
            yield name, _tuple(messages[name]["payload"])


def _client_events(document: Schema) -> Iterator[tuple[str, Schema]]:
    messages = document["channels"]["chat"]["messages"]
    for name in EVENTS:
        payload = messages[name]["payload"]["items"][0]
        done = messages[f"{name}.done"]["payload"]["items"][0]
        ack = {"oneOf": [done, {"$ref": "#/components/schemas/FailedAck"}]}
        # the older form, the id of a room alone, is for clients of other makers
        yield name, _record({"payload": payload.get("anyOf", [payload])[0], "ack": ack})


def _tuple(payload: Schema) -> Schema:
    arguments = payload["items"]
    return {"type": "array", "prefixItems": arguments, "minItems": len(arguments), "maxItems": len(arguments)}


def _codes(found: Any) -> Iterator[str]:
    """Yield the values of each property `code` that is an enumeration or a constant, except codes of fields."""
    if isinstance(found, Mapping):
        code = None if "params" in found else found.get("code")
        if isinstance(code, Mapping):
            yield from code.get("enum", ())
            if "const" in code:
                yield code["const"]
        for value in found.values():
            yield from _codes(value)
    elif isinstance(found, list):
        for value in found:
            yield from _codes(value)


def _bare(found: Any) -> Any:
    """Return a schema without prose; properties of such names stay."""
    if isinstance(found, list):
        return [_bare(value) for value in found]
    if not isinstance(found, Mapping):
        return found
    return {
        name: {field: _bare(schema) for field, schema in value.items()} if name == "properties" else _bare(value)
        for name, value in found.items()
        if name not in _PROSE
    }


if __name__ == "__main__":
    json.dump(document(), sys.stdout)
