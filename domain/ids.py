"""Ids: UUIDv7 in lower case, so that they sort by the time they were made."""

from collections.abc import Callable
from typing import TypeAlias

import uuid_utils

NewId: TypeAlias = Callable[[], str]


def new_id() -> str:
    """Return a new UUIDv7."""
    return str(uuid_utils.uuid7())
