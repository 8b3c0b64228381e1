"""Columns and mappers of records, one of each per record, shared by the SQLite and PostgreSQL backends.

A mapper returns the record from a row of its columns. The databases return the same values with one exception: SQLite
has no booleans and returns 0 and 1. Every mapper converts its flags, because a record with a number in place of a flag
would be sent to clients as such. Ids and timestamps are text in both: the PostgreSQL connection converts timestamps.
JSON is stored as text in both.

Conditions and queries with the same SQL in both databases are next to the columns of their tables.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

Row: TypeAlias = Sequence[Any]


def columns(names: Iterable[str], table: str = "") -> str:
    """Return the names, in their order, as a list of columns in SQL, each qualified by `table` if it is given."""
    return ", ".join(f"{table}.{name}" if table else name for name in names)


def set_clause(changes: Mapping[str, Any], allowed: frozenset[str], placeholder: str) -> tuple[str, list[Any]]:
    """Return the assignments of a SET clause and their parameters.

    Args:
        changes: new values by column.
        allowed: columns that may be changed.
        placeholder: placeholder of a parameter, `?` or `%s`.

    Raises:
        ValueError: a column is not in `allowed`.
    """
    if unknown := changes.keys() - allowed:
        raise ValueError(f"not to be changed: {', '.join(sorted(unknown))}")
    return ", ".join(f"{column} = {placeholder}" for column in changes), list(changes.values())
