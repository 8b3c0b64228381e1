"""PostgreSQL backend: opening, migrating and closing a database."""

import asyncio
import socket
import time

import psycopg2
import pytest

from domain.errors.storage import StorageUnavailable, StorageUnusable
from storage.postgres import PostgresStorage
from storage.postgres.database import PostgresDatabase
from tests.support.postgres_faults import PATIENCE, TIMEOUT

pytestmark = pytest.mark.both_loops


async def test_close_waits_for_what_is_running(dsn):
    database = PostgresDatabase(dsn, pool_size=1, timeout=PATIENCE)
    await database.open(PATIENCE)
    query = asyncio.create_task(database.fetch("SELECT pg_sleep(0.3)::text, 7"))
    await asyncio.sleep(0)
    await database.close()
    assert query.done()
    assert await query == [("", 7)]


async def test_close_is_bounded_when_the_server_does_not_answer(server, dsn):
    database = PostgresDatabase(dsn, pool_size=1, timeout=TIMEOUT)
    await database.open(PATIENCE)
    server.freeze()
    try:
        queries = [asyncio.create_task(database.fetch("SELECT 1")) for _ in range(3)]
        await asyncio.sleep(0)
        started = time.monotonic()
        await database.close()
        assert time.monotonic() - started < 2 * TIMEOUT
    finally:
        server.thaw()
    answers = await asyncio.gather(*queries, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StorageUnavailable] * 3


async def test_after_close_everything_is_unavailable_and_close_does_nothing(dsn):
    storage = PostgresStorage(dsn)
    await storage.open()
    await storage.close()
    await storage.close()
    with pytest.raises(StorageUnavailable):
        await storage.ping()


async def test_open_waits_for_a_server_that_is_still_down(server, dsn):
    server.kill()
    storage = PostgresStorage(dsn, timeout=PATIENCE, open_timeout=PATIENCE)
    try:
        opening = asyncio.create_task(storage.open())
        await asyncio.sleep(0.5)
        assert not opening.done()
    finally:
        await asyncio.to_thread(server.start_again)
    await opening
    await storage.ping()
    await storage.close()


async def test_open_gives_up_on_a_server_that_stays_down():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        storage = PostgresStorage(f"postgresql://127.0.0.1:{nobody.getsockname()[1]}/x", open_timeout=0.5)
        started = time.monotonic()
        with pytest.raises(StorageUnavailable, match=r"did not answer within 0.5 s"):
            await storage.open()
        assert 0.2 < time.monotonic() - started < 5


@pytest.mark.parametrize(
    "wrong",
    [
        lambda server: server.dsn("postgres", password="s3cr3t"),
        lambda server: server.dsn("no_such_database"),
        lambda server: server.dsn("postgres", password="s3cr3t").replace("127.0.0.1", "127.0.0.1:x"),
        lambda server: server.dsn("postgres", password="s3cr3t/x"),
        lambda server: server.dsn("postgres?sslmode=nonsense"),
        lambda server: server.dsn("postgres?nonsense=1"),
    ],
    ids=["password", "database", "port", "slash", "value", "option"],
)
async def test_what_waiting_will_not_mend_ends_the_start_at_once_in_one_line(server, wrong):
    started = time.monotonic()
    with pytest.raises(StorageUnusable) as refused:
        await PostgresStorage(wrong(server)).open()
    assert time.monotonic() - started < 10, "it would wait for 20"
    message = str(refused.value)
    assert message
    assert "\n" not in message
    assert "s3cr3t" not in message
    assert "open-sesame" not in message


async def test_a_second_address_is_tried_when_the_first_does_not_answer(dsn):
    storage = PostgresStorage(dsn.replace("127.0.0.1", "127.0.0.2,127.0.0.1"), timeout=PATIENCE)
    await storage.open()
    await storage.ping()
    await storage.close()


async def test_a_name_is_looked_up(dsn):
    storage = PostgresStorage(dsn.replace("127.0.0.1", "localhost"), timeout=PATIENCE)
    await storage.open()
    await storage.ping()
    await storage.close()


async def test_storages_that_open_an_empty_database_at_once_share_one_history(dsn):
    storages = [PostgresStorage(dsn, pool_size=1) for _ in range(4)]
    await asyncio.gather(*(storage.open() for storage in storages))
    assert len({await storage.epoch() for storage in storages}) == 1
    for storage in storages:
        await storage.close()


async def test_a_newer_schema_is_refused(server, dsn):
    storage = PostgresStorage(dsn)
    await storage.open()
    await storage.close()
    newer = psycopg2.connect(dsn)
    with newer, newer.cursor() as cursor:
        cursor.execute("INSERT INTO schema_migrations (number, name) VALUES (9999, 'from the future')")
    newer.close()
    with pytest.raises(StorageUnusable, match="9999"):
        await PostgresStorage(dsn).open()


async def test_a_migration_may_take_longer_than_a_statement(dsn):
    database = PostgresDatabase(dsn, pool_size=1, timeout=0.5)
    await database.open(PATIENCE)
    assert await database.without_timeout(lambda transaction: transaction.fetch("SELECT pg_sleep(1)::text, 5")) == [
        ("", 5)
    ]
    await database.close()


async def test_the_urls_own_options_stay(dsn):
    database = PostgresDatabase(
        f"{dsn}?options=-c%20work_mem%3D5MB&application_name=hall", pool_size=1, timeout=PATIENCE
    )
    await database.open(PATIENCE)
    assert await database.fetch(
        "SELECT current_setting('work_mem'), current_setting('application_name'), current_setting('TimeZone')"
    ) == [("5MB", "hall", "UTC")]
    await database.close()


async def test_a_server_that_is_too_old_is_refused(server, dsn):
    database = dsn.rpartition("/")[2]
    server.execute("CREATE SCHEMA old", database=database)
    server.execute(
        "CREATE FUNCTION old.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT '120022' $$",
        database=database,
    )
    server.execute(f"ALTER DATABASE {database} SET search_path = old, pg_catalog, public")
    storage = PostgresStorage(dsn)
    with pytest.raises(StorageUnusable, match="PostgreSQL 12 is too old: 13 or newer"):
        await storage.open()
