"""Spellings of UUIDs."""

import re
import uuid

_OURS = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LONGEST = len("urn:uuid:{}") + 36


def normalised(text: str) -> str | None:
    """Return any spelling of a UUID (upper case, braces, no hyphens, urn:) in the one we use; None if it is none."""
    if _OURS.fullmatch(text):
        return text
    if len(text) > _LONGEST:
        return None
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
