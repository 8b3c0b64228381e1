"""A failure as it is told over HTTP: problem+json (RFC 9457), with the `success` and `message` of the older API."""

from http import HTTPStatus
from typing import Literal

from aiohttp import web
from msgspec import UNSET, UnsetType

from domain.base import Record
from domain.errors.base import AppError
from handlers.keys import REQUEST_ID
from runtime import json_codec


class InvalidField(Record, frozen=True):
    """A field that was refused; `field` is empty for the whole body."""

    field: str
    message: str


class Problem(Record, kw_only=True, frozen=True):
    """A failure. `code` is for programs and stays; `detail`, and `message`, which is the same, are for people.

    `errors` names what was refused of the input; `retryAfter` is the seconds until trying again makes sense.
    """

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    success: Literal[False] = False
    message: str
    errors: list[InvalidField] | UnsetType = UNSET
    retry_after: float | UnsetType = UNSET


def problem_response(request: web.BaseRequest, failure: AppError, status: int | None = None) -> web.Response:
    """Return a failure as a response; `status` where it is another than the failure's own."""
    status = status or failure.status
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=failure.message,
        code=failure.code,
        request_id=request[REQUEST_ID],
        message=failure.message,
        errors=[InvalidField(*error) for error in failure.errors] or UNSET,
        retry_after=UNSET if failure.retry_after is None else failure.retry_after,
    )
    return web.Response(
        body=json_codec.dumps(body), status=status, content_type="application/problem+json", headers=failure.headers
    )
