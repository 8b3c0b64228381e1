"""Errors of messages."""

import math
from collections.abc import Mapping

from domain.base import Timestamp
from domain.clock import seconds_between
from domain.errors.base import AppError


class MessageNotFound(AppError):
    """There is no such message in this room."""

    status, code = 404, "message_not_found"


class TooManyHeld(AppError):
    """Too many messages are waiting for the break.

    Storages pass the time when they are released; the service that answers computes the seconds until then.
    """

    status, code = 409, "too_many_held"

    def __init__(self, until: Timestamp, retry_after: float | None = None) -> None:
        self.until = until
        self.retry_after = retry_after
        super().__init__("Too many messages are waiting for the break. Try again then.")

    def at(self, now: Timestamp) -> "TooManyHeld":
        """Return the error with the seconds from `now` to the release."""
        return TooManyHeld(self.until, max(0.0, seconds_between(now, self.until)))

    @property
    def headers(self) -> Mapping[str, str]:
        """`Retry-After` in whole seconds, rounded up."""
        return {"Retry-After": f"{math.ceil(self.retry_after or 0)}"}
