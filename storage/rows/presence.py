"""Columns and mapper of presence."""

from domain.presence import PresenceRecord
from storage.rows import Row, columns

PRESENCE = columns(PresenceRecord.__struct_fields__, "p")
"""Columns of `presence p` for `presence_of`."""


def presence_of(row: Row) -> PresenceRecord:
    """Return the presence of a user from a row of `PRESENCE`."""
    return PresenceRecord(*row)
