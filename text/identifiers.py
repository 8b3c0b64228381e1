"""Normalisation of UUIDs to one spelling."""

import re
import uuid

_CANONICAL = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MAX_LENGTH = len("urn:uuid:{}") + 36


def normalise_uuid(text: str) -> str | None:
    """Return a UUID in lower case with hyphens; None if `text` is not a UUID.

    Every spelling that `uuid.UUID` reads is accepted: upper case, braces, without hyphens, with "urn:uuid:".
    """
    if _CANONICAL.fullmatch(text):
        return text
    if len(text) > _MAX_LENGTH:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
