"""Ids: UUIDv7 in lower case, so that they sort by the time they were made."""

import uuid
from collections.abc import Callable
from typing import TypeAlias

import uuid_utils

NewId: TypeAlias = Callable[[], str]

_LONGEST = len("urn:uuid:{}") + 36


def new_id() -> str:
    """Return a new UUIDv7."""
    return str(uuid_utils.uuid7())


def normalised(text: str) -> str | None:
    """Return any spelling of a UUID (upper case, braces, no hyphens, urn:) in the one we use; None if it is none."""
    if len(text) > _LONGEST:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
