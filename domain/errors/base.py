"""Base class of errors that clients receive, and errors of any request."""

import math
from collections.abc import Iterable, Mapping
from typing import ClassVar

from domain.errors.fields import FieldError


class AppError(Exception):
    """Base of errors that are sent to clients.

    Attributes:
        status: HTTP status.
        code: stable snake_case code of the wire contract.
        message: one sentence for people.
        retry_after: seconds until a retry makes sense, or None.
        errors: rejected fields; empty unless the input was invalid.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    message: str
    retry_after: float | None = None
    errors: tuple[FieldError, ...] = ()

    def __init__(self, message: str | None = None) -> None:
        self.message = message or (type(self).__doc__ or type(self).__name__).strip()
        super().__init__(self.message)

    @property
    def headers(self) -> Mapping[str, str]:
        """HTTP headers of the answer."""
        return {}

    @property
    def fields(self) -> str:
        """Names of the rejected fields, for the log; "" for the whole body."""
        return ",".join(dict.fromkeys(error.field for error in self.errors))


class InvalidJson(AppError):
    """The body is not valid JSON."""

    status, code = 400, "invalid_json"


class InvalidInput(AppError):
    """Some fields are invalid."""

    status, code = 422, "invalid_input"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{e.field}: {e.message}" if e.field else e.message for e in self.errors))


class Forbidden(AppError):
    """You are not allowed to do this."""

    status, code = 403, "forbidden"


class RouteNotFound(AppError):
    """Route not found."""

    status, code = 404, "route_not_found"


class MethodNotAllowed(AppError):
    """This route does not take this method."""

    status, code = 405, "method_not_allowed"

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"This route takes {self.allowed}.")

    @property
    def headers(self) -> Mapping[str, str]:
        """`Allow`: the methods of the route (RFC 9110, 15.5.6)."""
        return {"Allow": self.allowed}


class StalledBody(AppError):
    """The body did not arrive in time."""

    status, code = 408, "stalled_body"


class PayloadTooLarge(AppError):
    """The body is larger than 64 KiB."""

    status, code = 413, "payload_too_large"


class UnsupportedMediaType(AppError):
    """The body must be application/json."""

    status, code = 415, "unsupported_media_type"


class UnknownEvent(AppError):
    """There is no such event."""

    status, code = 404, "unknown_event"


class BadRequest(AppError):
    """The request could not be read as HTTP."""

    status, code = 400, "bad_request"


class RateLimited(AppError):
    """Too many requests: try again later."""

    status, code = 429, "rate_limited"

    def __init__(self, retry_after: float) -> None:
        self.retry_after = max(1, math.ceil(retry_after * 10)) / 10  # never too short, and at most 0.1 s too long
        super().__init__(f"Too many requests: try again in {math.ceil(self.retry_after)} s.")

    @property
    def headers(self) -> Mapping[str, str]:
        """`Retry-After` in whole seconds, rounded up."""
        return {"Retry-After": f"{math.ceil(self.retry_after or 1)}"}


class InternalError(AppError):
    """The server failed; the failure has been logged under the request's id."""

    status, code = 500, "internal_error"
