"""Migration of the SQLite file's schema, and checks before it is used."""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from domain.errors.storage import StorageUnusable
from storage import migrations
from text import normalise

log = logging.getLogger(__name__)

SQL_FUNCTIONS = {
    "folded": normalise.casefold,
    "search_key": normalise.search_key,
    "email_key": normalise.email_key,
}
"""SQL functions that released migrations call, by name. SQLite itself folds the case of ASCII only."""

_RETRY_INTERVAL = 0.01
"""Seconds between two attempts to switch to WAL."""


def require_own_database(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `StorageUnusable` if the file belongs to another program or a newer version; changes nothing.

    A truncated file (its size is not a multiple of the page size) is rejected, too. A table with a damaged first page
    raises SQLite's error.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return
    if "schema_migrations" not in tables:
        raise StorageUnusable(f"{path} is the database of another program: set another storage url.")
    [(newest,)] = connection.execute("SELECT coalesce(max(number), 0) FROM schema_migrations")
    if newest > len(MIGRATIONS):
        raise StorageUnusable(
            f"{path} has schema {newest} and this version knows {len(MIGRATIONS)}: start the newer version, "
            "or set another storage url."
        )
    [(page_size,)] = connection.execute("PRAGMA page_size")
    wal = path.with_name(f"{path.name}-wal")  # after a crash it has the pages that the file lacks
    if path.stat().st_size % page_size and not (wal.exists() and wal.stat().st_size):
        raise StorageUnusable(f"{path} is damaged, its end is missing: restore it from a backup.")
    for table in sorted(tables):
        connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608 - names of our own


def enable_wal(connection: sqlite3.Connection, timeout: float) -> None:
    """Set the journal mode to WAL permanently; retry for `timeout` seconds while another process uses the file."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # SQLite's own busy timeout does not cover this change.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_INTERVAL)
        else:
            return


def probe_write(connection: sqlite3.Connection) -> None:
    """Write a counter that is never read: with a full disk or a read-only file, getting the lock would still succeed.

    The value must change each time, because SQLite does not write unchanged pages.
    """
    connection.execute(
        "INSERT INTO meta (name, value) VALUES ('touched', '1') ON CONFLICT DO UPDATE SET value = value + 1"
    )


def split_statements(script: str) -> Iterator[str]:
    """Yield the statements of a script in which each statement starts on a new line.

    sqlite3's executescript would commit the open transaction.
    """
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def _apply(step: migrations.Migration, connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
        "applied_at TEXT NOT NULL)"
    )
    if connection.execute("SELECT 1 FROM schema_migrations WHERE number = ?", (step.number,)).fetchone():
        return
    for name, function in SQL_FUNCTIONS.items():
        connection.create_function(name, 1, function, deterministic=True)
    for statement in split_statements(step.sql):
        connection.execute(statement)
    if step.name.endswith("_email_keys"):
        [(doubles,)] = connection.execute("SELECT count(*) FROM users WHERE email_number > 0")
        if doubles:
            log.warning(migrations.DUPLICATE_EMAILS_WARNING, doubles)
    connection.execute(
        "INSERT INTO schema_migrations VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))", (step.number, step.name)
    )


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [
    partial(_apply, step) for step in migrations.migrations_for("sqlite")
]
"""Migrations in order, each to be run in a transaction of its own; an applied one does nothing."""
