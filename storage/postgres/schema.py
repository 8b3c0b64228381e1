"""Migration of the schema, safe when several processes start at once."""

import logging
from collections import Counter

import psycopg2

from domain.errors.storage import StorageUnavailable, StorageUnusable
from storage.migrations import DUPLICATE_EMAILS_WARNING, migrations_for
from storage.postgres.database import PostgresDatabase
from storage.postgres.transaction import Transaction, first_line
from text import normalise

log = logging.getLogger(__name__)

_LOCK = 7_305_419_026  # arbitrary, the same in every process; PostgreSQL releases it when its holder dies
_MIN_SERVER_VERSION = 130_000  # gen_random_uuid
_BATCH_SIZE = 1000
_MIN_ID = "00000000-0000-0000-0000-000000000000"
_ROOM_TEXTS = "name || chr(10) || subject || chr(10) || description"


async def migrate(database: PostgresDatabase, *, create: bool = True) -> None:
    """Apply the pending migrations in one transaction.

    Args:
        database: open database.
        create: False if a database without any migration must be rejected.

    Raises:
        StorageUnusable: the schema is newer than this program, the server or database is unsuitable, or it has no
            tables and `create` is False.
        StorageUnavailable: the database stopped answering.
    """
    try:
        await _check_server(database)
        applied = await _applied(database)
        if not applied and not create:
            raise StorageUnusable(
                "The database has no tables of Studyhall: name the server's with --storage or --env-file, or start the "
                "server once, which makes them."
            )
        if applied < len(migrations_for("postgres")):
            await database.without_timeout(_apply)
    except (psycopg2.OperationalError, psycopg2.InterfaceError, OSError) as failure:
        raise StorageUnavailable(f"PostgreSQL went away: {first_line(failure)}") from failure
    except psycopg2.Error as failure:
        raise StorageUnusable(f"PostgreSQL refuses the schema: {first_line(failure)}") from failure
    except StorageUnavailable as failure:
        if isinstance(failure.__cause__, psycopg2.ProgrammingError):  # a right or a table is missing
            raise StorageUnusable(f"PostgreSQL refuses the schema: {first_line(failure.__cause__)}") from failure
        raise


async def _check_server(database: PostgresDatabase) -> None:
    row = await database.fetch_one(
        "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')"
    )
    version, encoding = row or (0, "")
    if version < _MIN_SERVER_VERSION:
        raise StorageUnusable(f"PostgreSQL {version // 10_000} is too old: 13 or newer is needed.")
    if encoding != "UTF8":
        raise StorageUnusable(f"The database's encoding is {encoding}: create it with UTF8.")


async def _applied(statements: PostgresDatabase | Transaction) -> int:
    """Return the number of the last applied migration; 0 for none."""
    if await statements.fetch_one("SELECT 1 WHERE to_regclass('schema_migrations') IS NULL"):
        return 0
    row = await statements.fetch_one("SELECT coalesce(max(number), 0) FROM schema_migrations")
    applied, newest = (int(row[0]) if row else 0), len(migrations_for("postgres"))
    if applied > newest:
        raise StorageUnusable(
            f"The database has schema {applied}, this program knows {newest}: start the newer program instead."
        )
    return applied


async def _apply(transaction: Transaction) -> None:
    await transaction.fetch("SELECT pg_advisory_xact_lock(%s)", _LOCK)
    await transaction.fetch(
        "CREATE TABLE IF NOT EXISTS schema_migrations"
        " (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    applied = await _applied(transaction)
    for step in migrations_for("postgres")[applied:]:
        await transaction.fetch(step.sql)
        await transaction.fetch("INSERT INTO schema_migrations (number, name) VALUES (%s, %s)", step.number, step.name)
    await _fill_search_keys(transaction)
    await _fill_email_keys(transaction)


async def _fill_email_keys(transaction: Transaction) -> None:
    """Fill missing email keys, once. Accounts that share a key are numbered, oldest first."""
    rows = await transaction.fetch("SELECT id, email FROM users WHERE email_key = '' AND NOT deleted ORDER BY id")
    seen: Counter[str] = Counter()
    filled: list[tuple[str, str, int]] = []
    for user_id, email in rows:
        key = normalise.email_key(email)
        filled.append((user_id, key, seen[key]))
        seen[key] += 1
    if doubles := sum(number > 0 for *_, number in filled):
        log.warning(DUPLICATE_EMAILS_WARNING, doubles)
    for start in range(0, len(filled), _BATCH_SIZE):
        some = filled[start : start + _BATCH_SIZE]
        await transaction.fetch(
            "UPDATE users SET email_key = filled.key, email_number = filled.number"
            " FROM unnest(%s::uuid[], %s::text[], %s::integer[]) AS filled (id, key, number)"
            " WHERE users.id = filled.id",
            *map(list, zip(*some, strict=True)),
        )


async def _fill_search_keys(transaction: Transaction) -> None:
    """Fill search keys that a migration left empty: only Python has the Unicode rules for them."""
    for table, texts in (("users", "first_name || ' ' || last_name || chr(10) || email"), ("rooms", _ROOM_TEXTS)):
        last = _MIN_ID
        while rows := await transaction.fetch(
            f"SELECT id, {texts} FROM {table} WHERE search_text = '' AND NOT deleted AND id > %s::uuid"  # noqa: S608 - constants
            " ORDER BY id LIMIT 1000",
            last,
        ):
            last = rows[-1][0]
            await transaction.fetch(
                f"UPDATE {table} SET search_text = filled.key FROM unnest(%s::uuid[], %s::text[]) AS filled (id, key)"  # noqa: S608 - constants
                f" WHERE {table}.id = filled.id",
                *([row_id for row_id, _ in rows], [normalise.search_key(found) for _, found in rows]),
            )
