"""Readiness check: a committed write, rights on every table, and a session that no pooler shares."""

import re
from functools import cache

from storage.migrations import migrations_for

# One round trip and one transaction. The write is committed, so that a full disk and a standby reject it.
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
    """Return the names of the tables that the migrations create."""
    return [
        name
        for step in migrations_for("postgres")
        for name in re.findall(r"^CREATE TABLE (\w+)", step.sql, re.MULTILINE)
    ]
