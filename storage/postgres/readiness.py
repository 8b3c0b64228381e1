"""Readiness of the database: a committed write, and rights on every table, on a session of our own."""

import re
from functools import cache

from storage.migrations import migrations_for

# one round trip and one transaction: what is written is committed, so that a full disk and a standby refuse it
CHECK = """
UPDATE meta SET pinged_at = clock_timestamp();
SELECT pg_backend_pid(), (
    SELECT string_agg(name, ', ') FROM unnest(%s::text[]) AS name
    WHERE NOT coalesce(
        has_table_privilege(to_regclass(name), 'SELECT') AND has_table_privilege(to_regclass(name), 'INSERT')
        AND has_table_privilege(to_regclass(name), 'UPDATE') AND has_table_privilege(to_regclass(name), 'DELETE'),
        false
    )
)
"""


@cache
def tables() -> list[str]:
    """Return the names of the tables that the steps make."""
    return [
        name
        for step in migrations_for("postgres")
        for name in re.findall(r"^CREATE TABLE (\w+)", step.sql, re.MULTILINE)
    ]
