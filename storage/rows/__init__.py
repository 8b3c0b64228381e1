"""Columns and mappers of the records in the SQL databases, one of each a record, for both SQL backends.

A mapper returns the record from a row of its columns. The databases return the same values with one exception: SQLite
has no booleans and returns 0 and 1. Every mapper converts its flags, because a record with a number in place of a flag
would be sent to clients as such. Ids and timestamps are text in both: the PostgreSQL connection converts timestamps.
JSON is stored as text in both.

Conditions and queries with the same SQL in both databases are next to the columns of their tables.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = Sequence[Any]


def columns(names: Iterable[str], table: str = "") -> str:
    """Return the names, in their order, as a list of columns, each with the table's name or alias if there is one."""
    return ", ".join(f"{table}.{name}" if table else name for name in names)
