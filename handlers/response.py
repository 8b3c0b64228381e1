"""Errors over HTTP: problem+json (RFC 9457), with the fields `success` and `message` of the older API."""

from http import HTTPStatus
from typing import Literal

from aiohttp import web
from msgspec import UNSET, UnsetType

from domain.base import Record
from domain.errors.base import AppError
from domain.errors.fields import FieldError
from domain.errors.study import TimerChanged
from domain.study.timer import TimerView
from handlers.keys import REQUEST_ID
from runtime import json_codec


class Problem(Record, kw_only=True, frozen=True):
    """An error. `code` is for programs and stable; `detail` and `message`, which are equal, are for people.

    `errors` lists the rejected fields of the input; `retryAfter` is the number of seconds until a retry makes sense.
    `timer` is the present timer, only of `timer_changed`.
    """

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    success: Literal[False] = False
    message: str
    errors: tuple[FieldError, ...] | UnsetType = UNSET
    retry_after: float | UnsetType = UNSET
    timer: TimerView | UnsetType = UNSET


def problem_response(request: web.BaseRequest, failure: AppError, status: int | None = None) -> web.Response:
    """Return an error as a response; `status` replaces the error's own."""
    status = status or failure.status
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=failure.message,
        code=failure.code,
        request_id=request[REQUEST_ID],
        message=failure.message,
        errors=failure.errors or UNSET,
        retry_after=UNSET if failure.retry_after is None else failure.retry_after,
        timer=failure.timer if isinstance(failure, TimerChanged) else UNSET,
    )
    return web.Response(
        body=json_codec.dumps(body), status=status, content_type="application/problem+json", headers=failure.headers
    )
