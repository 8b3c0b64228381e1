"""Ids: lower-case UUIDv7, which sort by creation time."""

from collections.abc import Callable
from typing import TypeAlias

import uuid_utils

NewId: TypeAlias = Callable[[], str]


def new_id() -> str:
    """Return a new UUIDv7."""
    return str(uuid_utils.uuid7())
