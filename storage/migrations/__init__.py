"""Migrations: SQL files that bring a database's schema up to date, one folder per database, applied in order at start.

A released migration is never changed; a change of the schema is a new migration.
"""

from pathlib import Path
from typing import NamedTuple

DUPLICATE_EMAILS_WARNING = (
    "%d accounts have the address of an older account in another spelling: they stay apart, and sign in with their "
    'exact spelling; see "One address, one account" in docs/operating.md'
)
"""Log message of the migration that adds email keys. Its argument is the number of accounts."""


class Migration(NamedTuple):
    """One migration: `0001_first.sql` has the number 1."""

    number: int
    name: str
    sql: str


def migrations_for(database: str) -> list[Migration]:
    """Return the migrations for `database` ("sqlite" or "postgres"), numbered 1, 2, 3 … in that order."""
    files = sorted((Path(__file__).parent / database).glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return [Migration(int(file.stem[:4]), file.stem, file.read_text("utf-8")) for file in files]
