"""Ids: lower-case UUIDv7, which sort by creation time; secrets of links."""

import secrets
from collections.abc import Callable
from typing import TypeAlias

import uuid_utils

NewId: TypeAlias = Callable[[], str]


def new_id() -> str:
    """Return a new UUIDv7."""
    return str(uuid_utils.uuid7())


def new_link_secret(size: int) -> str:
    """Return a random secret for a link: `size` bytes in the URL-safe alphabet.

    It ends with a letter or a digit. Programs that find links in text, such as mail programs and our own page, leave
    out "_" and "-" at the end.
    """
    while not (secret := secrets.token_urlsafe(size))[-1].isalnum():
        pass
    return secret
