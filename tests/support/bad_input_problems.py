"""Answers over HTTP, compared with the members that the contract requires of each."""

import json
from http import HTTPStatus
from typing import Any

import aiohttp

from tests.support import described
from tests.support.bad_input import Cell
from tests.support.bad_input_wire import Answer
from tests.support.field_errors import field_error_flaws

_PROBLEM = {"type", "title", "status", "detail", "code", "requestId", "success", "message"}


def read_answer(cell: Cell, response: aiohttp.ClientResponse, raw: bytes) -> Answer:
    flaws = described.wrongs(cell.method, cell.path, response.status, response.headers, raw)
    if b"Traceback" in raw or b'File "' in raw:
        flaws.append(f"a traceback: {raw[:200]!r}")
    allow = response.headers.get("Allow")
    is_problem = response.content_type == "application/problem+json"
    if is_problem != (response.status >= HTTPStatus.BAD_REQUEST):
        flaws.append(f"{response.status} as {response.content_type}")
    if cell.method == "HEAD" or response.status == HTTPStatus.NO_CONTENT:
        return Answer(response.status, flaws=tuple(flaws))
    if not response.content_type.endswith("json"):
        return Answer(response.status, flaws=(*flaws, f"no JSON: {raw[:200]!r}"))
    body = json.loads(raw)
    if not is_problem:
        return Answer(response.status, flaws=tuple(flaws), shown=body.get("user") or body.get("data"))
    flaws += _flaws(body, response) + field_error_flaws(body.get("errors", ()))
    errors = tuple((error["field"], error["message"]) for error in body.get("errors", ()))
    return Answer(response.status, body["code"], body["message"], errors, allow, flaws=tuple(flaws))


def _flaws(body: dict[str, Any], response: aiohttp.ClientResponse) -> list[str]:
    """Return what a problem lacks of the contract's members."""
    status = response.status
    expected = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": body["message"],
        "requestId": response.headers.get("X-Request-Id"),
        "success": False,
    }
    flaws = [f"{name} is {body.get(name)!r}" for name, value in expected.items() if body.get(name) != value]
    members = _PROBLEM | ({"errors"} if status == HTTPStatus.UNPROCESSABLE_ENTITY else set())
    members |= {"timer"} if body["code"] == "timer_changed" else set()
    if set(body) != members:
        flaws.append(f"its members are {sorted(body)}")
    if status == HTTPStatus.UNAUTHORIZED and body["code"] == "not_signed_in":
        flaws += [] if response.headers.get("WWW-Authenticate") == "Bearer" else ["no WWW-Authenticate"]
    return flaws
