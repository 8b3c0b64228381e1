"""PostgreSQL databases with tables, used by one test after another: emptying one is faster than creating a copy."""

from typing import Any

import psycopg2

from tests.support.postgres_server import Server

_MAX_USES = 100
"""Uses of a database: deleted rows stay in its files, because the server of tests does not vacuum."""

_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_END_OTHERS = f"SELECT count(pg_terminate_backend(pid, 5000)) {_OTHERS}"
_OPEN_TRANSACTIONS = f"SELECT query {_OTHERS} AND state LIKE 'idle in transaction%'"

_OWN = "oid >= 16384"  # the first id after those of PostgreSQL
_CATALOGUES = {
    **dict.fromkeys(("pg_class", "pg_constraint", "pg_trigger", "pg_proc", "pg_namespace", "pg_type"), _OWN),
    "pg_attribute": "attrelid >= 16384",
    "pg_db_role_setting": "true",
}
_SCHEMA = " UNION ALL ".join(
    f"SELECT count(*), sum(xmin::text::bigint) FROM {name} WHERE {which}"  # noqa: S608  # constants
    for name, which in _CATALOGUES.items()
)
"""Values that differ after any change of tables, triggers, functions, rights or settings of a database."""

_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
_SEQUENCES = "SELECT relname FROM pg_class WHERE relkind = 'S'"


class Database:
    """A database, with a connection for the tests' own statements."""

    def __init__(self, server: Server, name: str) -> None:
        self.name = name
        self.dsn = server.dsn(name)
        self.uses = 0
        self._connection: Any = None
        self._schema = self.execute(_SCHEMA)
        assert self.execute(_SEQUENCES) == [], "sequences would have to be reset, too"
        self._empty = "".join(self._emptying())

    def _emptying(self):
        """Yield SQL that gives all tables their first content."""
        yield "BEGIN; SET LOCAL session_replication_role = replica;"  # no checks of references
        for (table,) in self.execute(_TABLES):
            yield f"DELETE FROM {table};"  # noqa: S608  # names of tables
            [(rows,)] = self.execute(f"SELECT json_agg({table})::text FROM {table}")  # noqa: S608  # names of tables
            if rows:
                quoted = rows.replace("'", "''")
                yield f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, '{quoted}');"  # noqa: S608
        yield "COMMIT;"

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run statements and return the rows of the last one, on a new connection if a test has ended this one."""
        try:
            return self._execute(sql)
        except psycopg2.Error:
            if self._connection is not None and not self._connection.closed:
                raise
            self._connection = None
            return self._execute(sql)

    def _execute(self, sql: str) -> list[tuple[Any, ...]]:
        if self._connection is None:
            self._connection = psycopg2.connect(self.dsn, connect_timeout=5)
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def open_transactions(self) -> list[tuple[Any, ...]]:
        """Return the last statements of connections that wait inside a transaction."""
        return self.execute(_OPEN_TRANSACTIONS)

    def is_restored(self) -> bool:
        """End all other connections, and empty the tables. Return False if another schema makes it useless."""
        self.execute(_END_OTHERS)
        if self.execute(_SCHEMA) != self._schema:
            return False
        self.execute(self._empty)
        return True


class Databases:
    """Databases of one server, each a copy of one with empty tables.

    Args:
        server: the server.
        like: name of the database with empty tables, which must have no connections.
    """

    def __init__(self, server: Server, like: str) -> None:
        self._server = server
        self._like = like
        self._free: list[Database] = []

    def take(self) -> Database:
        """Return a database with empty tables, which no other test uses."""
        if self._free:
            return self._free.pop()
        return Database(self._server, self._server.create_database(self._like).rpartition("/")[2])

    def give_back(self, database: Database) -> None:
        """Empty a database for other tests, or drop it: each has 8 MB and a thousand files."""
        database.uses += 1
        if database.uses < _MAX_USES and database.is_restored():
            self._free.append(database)
        else:
            self._server.execute(f"DROP DATABASE {database.name} WITH (FORCE)")
