"""PostgreSQL behind a real PgBouncer: session pooling works, what cannot work is refused at once in one line."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import psycopg2
import pytest

from domain.errors.storage import StorageUnavailable, StorageUnusable
from storage.postgres import PostgresStorage
from storage.postgres.connection_setup import SHARED_SESSIONS
from tests.support.factories import draft, make_room, make_user, post
from tests.support.pgbouncer import pgbouncer
from tests.support.process import SECRET, ended, started

AT_ONCE = 10.0
"""Seconds, on a busy machine; waiting would take 20."""


@pytest.fixture(scope="module")
def server(postgres):
    return postgres


@pytest.fixture
def dsn(server):
    return server.create_database()


def through(dsn, port):
    """Return the address of the same database through a pooler."""
    before, _, after = dsn.rpartition("@")
    return f"{before}@127.0.0.1:{port}/{after.rpartition('/')[2]}"


async def refusal(url):
    """Return the sentence with which the storage is refused at once."""
    begun = time.monotonic()
    with pytest.raises(StorageUnusable) as refused:
        await PostgresStorage(url).open()
    assert time.monotonic() - begun < AT_ONCE
    assert "\n" not in str(refused.value)
    assert "open-sesame" not in str(refused.value)
    return str(refused.value)


async def test_session_pooling_works_with_the_defaults_of_pgbouncer(server, dsn, tmp_path):
    with pgbouncer(server, tmp_path, pool_mode="session") as port:
        storage = PostgresStorage(through(dsn, port))
        await storage.open()
        ada = await make_user(storage)
        room = await make_room(storage, ada)
        for number in range(20):
            await post(storage, draft(room, ada, f"No. {number}"))
        assert len(await storage.messages_after(room.id, 0, 100)) == 20
        await storage.ping()
        [(zone, timeout)] = await storage._database.fetch(
            "SELECT current_setting('TimeZone'), current_setting('statement_timeout')"
        )
        await storage.close()
    assert (zone, timeout) == ("UTC", "2800ms")


async def test_used_connections_without_a_reset_are_taken_over(server, dsn, tmp_path):
    with pgbouncer(server, tmp_path, pool_mode="session", server_reset_query="", default_pool_size=5) as port:
        for _ in range(3):
            storage = PostgresStorage(through(dsn, port))
            await storage.open()
            await storage.ping()
            await storage.close()


@pytest.mark.parametrize("pool_mode", ["transaction", "statement"])
@pytest.mark.parametrize("pool_size", [1, 20])
async def test_shared_connections_are_refused_at_once(server, dsn, tmp_path, pool_mode, pool_size):
    with pgbouncer(server, tmp_path, pool_mode=pool_mode, default_pool_size=pool_size) as port:
        assert await refusal(through(dsn, port)) == SHARED_SESSIONS


async def test_shared_connections_are_refused_while_others_use_them(server, dsn, tmp_path):
    with pgbouncer(server, tmp_path, pool_mode="transaction") as port, ThreadPoolExecutor(4) as others:
        url, stopping = through(dsn, port), Event()

        def use():
            with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
                while not stopping.is_set():
                    cursor.execute("SELECT 1")
                    connection.commit()

        using = [others.submit(use) for _ in range(4)]
        try:
            for _ in range(5):
                assert await refusal(url) == SHARED_SESSIONS
        finally:
            stopping.set()
        assert [one.exception() for one in using] == [None] * 4


async def test_server_and_commands_say_what_is_wrong(server, dsn, tmp_path):
    with pgbouncer(server, tmp_path, pool_mode="transaction") as port:
        for arguments in (["--port", 0], ["create-admin", "ada@example.org"]):
            begun = time.monotonic()
            left = await ended(*arguments, "--storage", through(dsn, port), environ={"STUDYHALL_AUTH_SECRET": SECRET})
            assert time.monotonic() - begun < AT_ONCE
            assert (left.code, left.errors) == (1, [f"studyhall: {SHARED_SESSIONS}"])


async def test_pool_that_turns_to_sharing_is_not_ready(server, dsn, tmp_path):
    with pgbouncer(server, tmp_path, pool_mode="session") as port:
        storage = PostgresStorage(through(dsn, port), pool_size=2)
        await storage.open()
        await storage.ping()
    (tmp_path / "again").mkdir()
    storage._database._parameters["port"] = ""
    with pgbouncer(server, tmp_path / "again", pool_mode="transaction") as port:
        storage._database._parameters["port"] = str(port)
        for _ in range(6):
            with pytest.raises(StorageUnavailable):
                await storage.ping()
        await storage.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda url: f"{url}?options=-c%20work_mem%3D5MB", "ignore_startup_parameters"),
        (lambda url: url.replace("open-sesame", "guessed"), "correct [storage] url"),
        (lambda url: url.replace("studyhall:", "nobody:"), "correct [storage] url"),
        (lambda url: f"{url}_none", "does not exist"),
        (lambda url: f"{url}?sslmode=require", "does not support SSL"),
    ],
    ids=["options", "password", "user", "database", "tls"],
)
async def test_refusals_of_the_pooler_end_the_start_at_once(server, dsn, tmp_path, change, words):
    with pgbouncer(server, tmp_path, pool_mode="session") as port:
        assert words in await refusal(change(through(dsn, port)))


async def test_pool_that_is_too_small_is_named(server, dsn, tmp_path):
    with pgbouncer(server, tmp_path, pool_mode="session", default_pool_size=1) as port:
        storage = PostgresStorage(through(dsn, port), timeout=1.0, open_timeout=2.0)
        with pytest.raises(StorageUnavailable, match="needs a pool of at least 5"):
            await storage.open()


async def test_server_serves_behind_session_pooling(server, dsn, tmp_path):
    with pgbouncer(server, tmp_path, pool_mode="session") as port:
        async with started(
            "--port", 0, "--storage", through(dsn, port), "--demo", environ={"STUDYHALL_AUTH_SECRET": SECRET}
        ) as running:
            await running.port()
            await running.says("chiara@studyhall.example  ")
            assert (await running.stop()).code == 0
