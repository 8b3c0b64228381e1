"""Spellings of UUIDs."""

import re
import uuid

_CANONICAL = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MAX_LENGTH = len("urn:uuid:{}") + 36


def normalise_uuid(text: str) -> str | None:
    """Return any spelling of a UUID (upper case, braces, no hyphens, urn:) in the one we use; None if it is none."""
    if _CANONICAL.fullmatch(text):
        return text
    if len(text) > _MAX_LENGTH:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
