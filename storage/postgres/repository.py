"""Base class and helpers of the stores in PostgreSQL."""

from collections.abc import Mapping
from typing import Any

from storage.postgres.database import PostgresDatabase


class PostgresRepository:
    """Store of one noun in a PostgreSQL database."""

    _database: PostgresDatabase


def set_clause(changes: Mapping[str, Any], allowed: frozenset[str]) -> tuple[str, list[Any]]:
    """Return the assignments of a SET clause and their parameters.

    Raises:
        ValueError: a field is not in `allowed`.
    """
    if unknown := changes.keys() - allowed:
        raise ValueError(f"not to be changed: {', '.join(sorted(unknown))}")
    return ", ".join(f"{field} = %s" for field in changes), list(changes.values())
