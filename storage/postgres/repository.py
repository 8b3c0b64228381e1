"""What the nouns of this backend share."""

from collections.abc import Mapping
from typing import Any

from storage.postgres.database import PostgresDatabase


class PostgresRepository:
    """One noun of the storage, kept in a database."""

    _database: PostgresDatabase


def set_clause(changes: Mapping[str, Any], allowed: frozenset[str]) -> tuple[str, list[Any]]:
    """Return the inside of a SET clause and its parameters.

    Raises:
        ValueError: a field is not among the allowed ones.
    """
    if unknown := changes.keys() - allowed:
        raise ValueError(f"not to be changed: {', '.join(sorted(unknown))}")
    return ", ".join(f"{field} = %s" for field in changes), list(changes.values())
