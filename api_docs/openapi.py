"""OpenAPI 3.1 document of the HTTP API, generated from the table of routes, the types and the errors."""

import sys
from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from itertools import groupby
from typing import Any

import handlers
from api_docs.schemas import Schema, Schemas, first_sentence, of_rule
from domain.errors.accounts import AccountPending, NotSignedIn
from domain.errors.base import (
    AppError,
    InternalError,
    InvalidInput,
    InvalidJson,
    PayloadTooLarge,
    RateLimited,
    StalledBody,
    UnsupportedMediaType,
)
from domain.errors.messages import TooManyHeld
from domain.errors.moderation import Muted
from domain.errors.storage import StorageUnavailable
from handlers.response import Problem
from handlers.routing import InPath, Route

ABOUT = """\
Study rooms: accounts, rooms, messages and presence. Live events are sent over Socket.IO (`/api/asyncapi.json`).

A success is `{"success": true, "data": …}`. A failure is `application/problem+json` (RFC 9457) with a stable `code`.
Unknown fields are ignored, and an optional field that is `null` counts as absent. Text is normalised to NFC and trimmed
before its length and characters are checked; text of only invisible characters counts as empty. A room that the user
may not see is answered like a room that does not exist."""

_BODY_ERRORS = (InvalidJson, StalledBody, PayloadTooLarge, UnsupportedMediaType, InvalidInput)
_HEADERS = {
    "RequestId": {
        "description": "Id of the request, in answers and logs",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    },
    "RetryAfter": {"description": "Seconds to wait before the next try", "schema": {"type": "string"}},
}
_REQUEST_ID, _RETRY_AFTER = ({"$ref": f"#/components/headers/{name}"} for name in _HEADERS)


def failures(route: Route) -> list[type[AppError]]:
    """Return the errors of a route, sorted by status and code: declared, and implied by its shape."""
    found = [*route.errors, *(part.error for part in route.path_params)]
    if route in handlers.AUTHENTICATED_ROUTES:
        found.append(NotSignedIn)
        if route not in handlers.PENDING_ROUTES:
            found.append(AccountPending)
    if route not in handlers.PROBES:
        found.append(RateLimited)
    if route.query:
        found.append(InvalidInput)
    if route.body:
        found += _BODY_ERRORS
    return sorted({*found, InternalError, StorageUnavailable}, key=lambda error: (error.status, error.code))


def document(version: str, base: str) -> Schema:
    """Return the OpenAPI document of version `version` of the server; `base` is its base path, or ""."""
    shapes = [shape for route in handlers.ROUTES for shape in (route.query, route.body) if shape]
    answers = [*(route.response_type for route in handlers.ROUTES), *(one.accepted for one in handlers.ROUTES)]
    schemas = Schemas([*shapes, *filter(None, answers), Problem])
    queries = {route.query.__name__ for route in handlers.ROUTES if route.query}
    paths: dict[str, Schema] = defaultdict(dict)
    for route in handlers.ROUTES:
        paths[route.path][route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.1",
        "info": {"title": "Studyhall", "version": version, "description": ABOUT},
        "servers": [{"url": base or "/"}],
        "tags": _tags(handlers.ROUTES),
        "paths": dict(paths),
        "components": {
            "schemas": {name: schema for name, schema in schemas.components.items() if name not in queries},
            "responses": {_name(errors): _failure(errors) for route in handlers.ROUTES for errors in _by_status(route)},
            "headers": _HEADERS,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _tags(routes: Iterable[Route]) -> list[Schema]:
    modules = {_tag(route): sys.modules[route.endpoint.__module__] for route in routes}
    return [{"name": name, "description": (module.__doc__ or "").strip()} for name, module in modules.items()]


def _tag(route: Route) -> str:
    """Return the tag of a route: `TAG` of its module, or the name of the module. operationIds begin with it."""
    module = route.endpoint.__module__
    return str(getattr(sys.modules[module], "TAG", module.rpartition(".")[2]))


def _operation(route: Route, schemas: Schemas) -> Schema:
    summary, _, more = " ".join((route.endpoint.__doc__ or "").split()).partition(". ")
    operation: Schema = {
        "operationId": f"{_tag(route)}_{route.endpoint.__name__}",
        "tags": [_tag(route)],
        "summary": summary.removesuffix("."),
        **({"description": more} if more else {}),
        "security": [{"bearer": []}] if route in handlers.AUTHENTICATED_ROUTES else [],
    }
    parameters = [_in_path(part) for part in route.path_params]
    if route.query:
        parameters += [
            {"name": name, "in": "query", "required": False, "allowEmptyValue": True, "schema": schema}
            for name, schema in schemas.properties(route.query).items()
        ]
    if parameters:
        operation["parameters"] = parameters
    if route.body:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas.of(route.body)}},
        }
    operation["responses"] = {
        str(route.status): _success(route, schemas),
        **({"202": _success(route, schemas, route.accepted, HTTPStatus.ACCEPTED)} if route.accepted else {}),
        **{str(errors[0].status): {"$ref": f"#/components/responses/{_name(errors)}"} for errors in _by_status(route)},
    }
    return operation


def _in_path(part: InPath) -> Schema:
    return {"name": part.name, "in": "path", "required": True, "schema": of_rule(part.rule)}


def _success(route: Route, schemas: Schemas, shape: Any = None, status: int | None = None) -> Schema:
    """Return a success of the route: of its response, or of another shape with its status."""
    schema = schemas.of(shape or route.response_type)
    if route.is_wrapped:
        schema = {
            "type": "object",
            "required": ["success", "data"],
            "properties": {"success": {"const": True}, "data": schema},
        }
    content_type = route.media.content_type if route.media else "application/json"
    return {
        "description": HTTPStatus(status or route.status).phrase,
        "headers": {"X-Request-Id": _REQUEST_ID},
        "content": {content_type: {"schema": schema}},
    }


def _by_status(route: Route) -> list[tuple[type[AppError], ...]]:
    return [tuple(errors) for _, errors in groupby(failures(route), key=lambda error: error.status)]


def _name(errors: Iterable[type[AppError]]) -> str:
    return "-or-".join(error.code for error in errors)


def _failure(errors: tuple[type[AppError], ...]) -> Schema:
    status = errors[0].status
    once = {"status": {"const": status}, "code": {"enum": [error.code for error in errors]}}
    can_wait = any(error in {Muted, RateLimited, StorageUnavailable, TooManyHeld} for error in errors)
    return {
        "description": "\n\n".join(f"`{error.code}`: {first_sentence(error)}" for error in errors),
        "headers": {"X-Request-Id": _REQUEST_ID, **({"Retry-After": _RETRY_AFTER} if can_wait else {})},
        "content": {
            "application/problem+json": {
                "schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"properties": once}]}
            }
        },
    }
