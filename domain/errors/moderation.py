"""Errors of moderation."""

import math
from collections.abc import Mapping

from domain.base import Timestamp
from domain.clock import seconds_between
from domain.errors.base import AppError


class Banned(AppError):
    """You were banned from this room."""

    status, code = 403, "banned"


class Muted(AppError):
    """You may not write here at the moment.

    Storages pass the time when it ends; the service that answers computes the seconds until then.
    """

    status, code = 403, "muted"

    def __init__(self, until: Timestamp, retry_after: float | None = None) -> None:
        self.until = until
        self.retry_after = retry_after
        super().__init__("You may not write in this room at the moment.")

    def at(self, now: Timestamp) -> "Muted":
        """Return the error with the seconds from `now` to the end of the mute."""
        return Muted(self.until, max(0.0, seconds_between(now, self.until)))

    @property
    def headers(self) -> Mapping[str, str]:
        """`Retry-After` in whole seconds, rounded up."""
        return {"Retry-After": f"{math.ceil(self.retry_after or 0)}"}


class ReportNotFound(AppError):
    """There is no such report in this room."""

    status, code = 404, "report_not_found"
