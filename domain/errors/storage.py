"""Errors of the storage."""

from collections.abc import Mapping

from domain.errors.base import AppError


class StorageUnavailable(AppError):
    """The storage does not answer: try again shortly."""

    status, code = 503, "storage_unavailable"
    retry_after = 2.0

    @property
    def headers(self) -> Mapping[str, str]:
        """`Retry-After` in seconds."""
        return {"Retry-After": "2"}


class OperationRejected(StorageUnavailable):
    """The storage does not answer: try again shortly."""

    # It was rejected before it began (load shedding, or a closed storage), so it has no effect. Clients need no
    # difference.


class HeldMessagesDue(StorageUnavailable):
    """The storage does not answer: try again shortly."""

    # Held messages of the room must be released first (`release_held`), so nothing was added. The writer does this and
    # adds again: clients receive it only if another server held messages meanwhile, each time.


class StorageUnusable(Exception):
    """The storage cannot be opened, and a retry would not help (a newer schema, no permission, not a database).

    The message is one line with the cause and the remedy. The server does not start.
    """
