"""PostgreSQL databases that tests share: the next test gets empty tables, or another database."""

import pytest

from storage.postgres import PostgresStorage
from tests.support.factories import make_task, make_user

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE x (a int)",
        "DROP TABLE going",
        "ALTER TABLE users ADD COLUMN x int",
        "ALTER TABLE users ALTER COLUMN first_name SET DEFAULT 'x'",
        "CREATE INDEX x ON users (created_at)",
        "CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "GRANT SELECT ON users TO public",
        "ALTER DATABASE {} SET default_transaction_read_only = on",
    ],
)
def test_changed_schema_is_given_to_no_other_test(postgres, postgres_databases, sql):
    database = postgres_databases.take()
    postgres.execute(sql.format(database.name), database=database.name)

    postgres_databases.give_back(database)

    other = postgres_databases.take()
    assert other is not database
    postgres_databases.give_back(other)
    assert postgres.execute("SELECT 1 FROM pg_database WHERE datname = %s", database.name) == []


async def test_rows_are_those_of_new_tables(postgres_databases):
    database = postgres_databases.take()
    tables = ("meta", "schema_migrations", "users", "tasks")
    before = [sorted(database.execute(f"TABLE {table}")) for table in tables]
    storage = PostgresStorage(database.dsn)
    await storage.open()
    await make_task(storage, await make_user(storage))
    await storage.close()
    database.execute("UPDATE meta SET epoch = gen_random_uuid(); DELETE FROM schema_migrations WHERE number > 3")

    postgres_databases.give_back(database)

    assert postgres_databases.take() is database
    assert [sorted(database.execute(f"TABLE {table}")) for table in tables] == before
    postgres_databases.give_back(database)
