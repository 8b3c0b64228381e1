"""PostgreSQL backend during real faults of its own real server."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import time

import psycopg2
import pytest

from domain import ids
from domain.accounts import User
from domain.errors.rooms import RoomFull
from domain.errors.storage import StorageUnavailable, StorageUnusable
from domain.messages import MessageDraft
from domain.rooms import Room
from runtime.load_shedding import LoadShedder
from storage.postgres import PostgresStorage
from storage.postgres.database import PostgresDatabase
from tests.support import postgres_server

pytestmark = pytest.mark.both_loops

NOW = "2026-11-22T09:30:00.120Z"
TIMEOUT = 1.0
PATIENCE = 20.0
"""Seconds that an operation may take where its time is not what is tested, on a busy machine."""
SLOW = "SELECT pg_sleep(1)"
TOO_SLOW = "SELECT pg_sleep(60)"
SLOW_ONCE = "SELECT pg_sleep(CASE nextval('runs') WHEN 1 THEN 60 ELSE 0 END)::text"


@pytest.fixture(scope="module")
def server():
    server = postgres_server.start()
    yield server
    server.stop()


@pytest.fixture
def dsn(server):
    return server.create_database()


@pytest.fixture
def timeout():
    """The timeout of an operation in seconds."""
    return PATIENCE


in_a_second = pytest.mark.parametrize("timeout", [TIMEOUT])


@pytest.fixture
async def database(dsn, timeout):
    database = PostgresDatabase(dsn, pool_size=2, timeout=timeout)
    await database.open(PATIENCE)
    yield database
    await database.close()


@pytest.fixture
async def storage(dsn, timeout):
    storage = PostgresStorage(dsn, pool_size=2, timeout=timeout)
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
async def ada(storage):
    user = User(id=ids.new_id(), first_name="Ada", last_name="Byron", email="ada@example.org", created_at=NOW)
    await storage.add_user(user, "hash")
    return user


@pytest.fixture
async def room(storage, ada):
    room = Room(id=ids.new_id(), name="Analysis", created_by=ada.id, last_active=NOW, created_at=NOW)
    await storage.add_room(room)
    return room


def draft(room, user):
    return MessageDraft(ids.new_id(), room.id, user.summary, "Good morning", NOW)


async def until_it_answers(ask, within=PATIENCE):
    """Retry until the database answers; fail if it does not `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            with contextlib.suppress(StorageUnavailable):
                return await ask()
            await asyncio.sleep(0.05)


async def until(condition):
    """Return once `condition` holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def until_it_runs(server, sql, count=1):
    """Return once `count` connections are running `sql`, in the server's own eyes."""
    async with asyncio.timeout(PATIENCE):
        while True:
            running = await asyncio.to_thread(
                server.execute, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = %s", sql
            )
            if running == [(count,)]:
                return
            await asyncio.sleep(0.02)


async def assert_unavailable_in_time(operation):
    started = time.monotonic()
    with pytest.raises(StorageUnavailable):
        await operation
    assert time.monotonic() - started < 2 * TIMEOUT


# connections


async def test_connections_that_died_while_idle_fail_nothing(server, storage, room):
    assert await asyncio.gather(*(storage.room(room.id) for _ in range(2))) == [room, room]
    server.terminate_connections()  # without a turn of the loop: nobody has noticed
    assert await asyncio.gather(*(storage.room(room.id) for _ in range(4))) == [room] * 4


async def test_a_write_on_a_connection_that_died_is_kept_once(server, storage, room, ada):
    server.terminate_connections()
    (message,) = await storage.add_messages([draft(room, ada)])
    assert await storage.messages_after(room.id, 0, 10) == [message]


async def test_a_query_that_loses_its_connection_runs_again(server, database):
    await database.fetch("CREATE SEQUENCE runs")
    query = asyncio.create_task(database.fetch(SLOW_ONCE))
    await until_it_runs(server, SLOW_ONCE)
    await asyncio.to_thread(server.terminate_connections)
    assert await query == [("",)]


async def test_a_transaction_that_loses_its_connection_runs_again_from_its_beginning(server, database):
    await database.fetch("CREATE TABLE seen (run int)")
    runs = []

    async def work(transaction):
        runs.append(len(runs) + 1)
        await transaction.fetch("INSERT INTO seen VALUES (%s)", runs[-1])
        if runs == [1]:
            await asyncio.to_thread(server.terminate_connections)
        await transaction.fetch("SELECT 1")

    await database.transaction(work)
    assert runs == [1, 2]
    assert await database.fetch("SELECT run FROM seen") == [(2,)]


async def test_a_connection_known_to_be_dead_does_not_count_as_the_first_run(server, database):
    await database.fetch("CREATE SEQUENCE runs")
    await asyncio.to_thread(server.terminate_connections)
    await until(lambda: all(connection.closed for connection in database._idle))
    query = asyncio.create_task(database.fetch(SLOW_ONCE))
    await until_it_runs(server, SLOW_ONCE)
    await asyncio.to_thread(server.terminate_connections)
    assert await query == [("",)]


async def test_the_second_run_is_on_a_new_connection(server, database):
    queries = [asyncio.create_task(database.fetch("SELECT pg_backend_pid(), pg_sleep(0.1)")) for _ in range(2)]
    [(dies, _)], [(sleeps, _)] = await asyncio.gather(*queries)
    database._idle.sort(key=lambda connection: connection.raw.get_backend_pid() == dies)  # the last one is used first
    os.kill(sleeps, signal.SIGSTOP)
    try:
        server.execute("SELECT pg_terminate_backend(%s, 5000)", dies)
        [(pid,)] = await database.fetch("SELECT pg_backend_pid()")
    finally:
        os.kill(sleeps, signal.SIGCONT)
    assert pid not in {dies, sleeps}


async def test_letting_go_of_a_connection_that_is_closed_leaves_other_sockets_alone(database):
    (connection,) = database._idle
    number = connection.raw.fileno()
    connection.close()  # as aiopg does when libpq reports an error while it is idle
    here, there = socket.socketpair()
    with here, there:
        assert here.fileno() == number
        told = asyncio.Event()
        asyncio.get_running_loop().add_reader(here, told.set)
        await database.fetch("SELECT 1")
        there.send(b"!")
        await asyncio.wait_for(told.wait(), PATIENCE)
        asyncio.get_running_loop().remove_reader(here)


async def test_the_loser_of_a_deadlock_runs_again(database):
    await database.fetch("CREATE TABLE pair AS SELECT n, 0 AS hits FROM generate_series(1, 2) n")
    both_hold_one = asyncio.Barrier(2)

    async def hit(first, second):
        waited = False

        async def work(transaction):
            nonlocal waited
            await transaction.fetch("SET LOCAL deadlock_timeout = 50")
            await transaction.fetch("UPDATE pair SET hits = hits + 1 WHERE n = %s", first)
            if not waited:
                waited = True
                await both_hold_one.wait()
            await transaction.fetch("UPDATE pair SET hits = hits + 1 WHERE n = %s", second)

        await database.transaction(work)

    await asyncio.gather(hit(1, 2), hit(2, 1))
    assert await database.fetch("SELECT hits FROM pair ORDER BY n") == [(2,), (2,)]


# the server


async def test_a_killed_server_is_reported_in_time_and_used_again_when_it_is_back(server, storage, room, ada):
    (message,) = await storage.add_messages([draft(room, ada)])
    server.kill()
    try:
        await assert_unavailable_in_time(storage.room(room.id))
        await assert_unavailable_in_time(storage.add_messages([draft(room, ada)]))
        await assert_unavailable_in_time(storage.ping())
    finally:
        server.start_again()
    await until_it_answers(storage.ping)
    assert await storage.messages_after(room.id, 0, 10) == [message]


async def test_a_query_that_is_running_when_the_server_is_killed_is_reported_in_time(server, database):
    query = asyncio.create_task(database.fetch(TOO_SLOW))
    await until_it_runs(server, TOO_SLOW)
    server.kill()
    try:
        await assert_unavailable_in_time(query)
    finally:
        server.start_again()
    assert await until_it_answers(lambda: database.fetch("SELECT 1")) == [(1,)]


@in_a_second
async def test_a_frozen_server_is_reported_in_time_and_used_again_when_it_moves(server, storage, room, ada):
    server.freeze()
    try:
        frozen = draft(room, ada)
        await asyncio.gather(
            assert_unavailable_in_time(storage.add_messages([frozen])),
            *(assert_unavailable_in_time(storage.room(room.id)) for _ in range(6)),  # more than there are connections
        )
        await assert_unavailable_in_time(storage.ping())  # which has to connect first
    finally:
        server.thaw()
    (message,) = await until_it_answers(lambda: storage.add_messages([frozen]))
    assert await storage.messages_after(room.id, 0, 10) == [message]


async def test_a_server_that_takes_no_writes_is_unavailable(server, storage, room):
    name = storage._database._parameters["dbname"]
    server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    server.terminate_connections()
    await assert_unavailable_in_time(storage.ping())
    assert await storage.room(room.id) == room
    server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    server.terminate_connections()
    await storage.ping()


# time and cancellation


@in_a_second
async def test_a_statement_that_takes_too_long_is_no_cancellation(database):
    await assert_unavailable_in_time(database.fetch(TOO_SLOW))
    assert asyncio.current_task().cancelling() == 0


@in_a_second
async def test_the_server_gives_up_on_a_statement_before_we_do(server, database):
    await assert_unavailable_in_time(database.fetch(TOO_SLOW))
    await until_it_runs(server, TOO_SLOW, count=0)


async def test_a_cancelled_caller_is_cancelled(server, database):
    caller = asyncio.create_task(database.fetch(SLOW))
    await until_it_runs(server, SLOW)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_a_failure_that_nobody_waits_for_any_more_is_not_logged(server, storage, caplog):
    server.freeze()
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await storage.ping()
    finally:
        server.kill()
        server.start_again()
    await storage.ping()
    gc.collect()  # asyncio complains when the task goes
    assert not [record for record in caplog.records if record.name == "asyncio"]


async def test_a_cancelled_write_is_wholly_there_and_leaves_the_connections_whole(server, storage, room, ada):
    drafts = [[draft(room, ada), draft(room, ada)] for _ in range(20)]
    callers = [asyncio.create_task(storage.add_messages(pair)) for pair in drafts]
    for turns, caller in enumerate(callers):  # each at another point of its way
        for _ in range(turns % 7):
            await asyncio.sleep(0)
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    kept = [message.id for message in await until_it_settles(lambda: storage.messages_after(room.id, 0, 100))]
    for first, second in drafts:
        assert (first.id in kept) == (second.id in kept)
    assert (await storage.room(room.id)).last_seq == len(kept)
    assert await asyncio.gather(*(storage.member(room.id, ada.id) for _ in range(8)))
    assert storage._database._slots._value == 2


async def until_it_settles(ask):
    """Return the first answer that comes twice, half a second apart."""
    last, answer = None, await ask()
    async with asyncio.timeout(PATIENCE):
        while answer != last:
            await asyncio.sleep(0.5)
            last, answer = answer, await ask()
    return answer


# the bounded number of connections


async def test_those_who_wait_for_a_connection_are_all_served(database):
    assert await asyncio.gather(*(database.fetch(f"SELECT pg_sleep(0.02)::text, {n}") for n in range(12))) == [
        [("", n)] for n in range(12)
    ]


async def test_those_who_wait_are_served_after_connections_were_lost(server, database):
    queries = [asyncio.create_task(database.fetch(SLOW)) for _ in range(2)]
    await until_it_runs(server, SLOW, count=2)
    waiting = [asyncio.create_task(database.fetch("SELECT 1")) for _ in range(6)]
    await asyncio.to_thread(server.terminate_connections)
    assert await asyncio.gather(*waiting) == [[(1,)]] * 6
    await asyncio.gather(*queries)


@in_a_second
async def test_waiting_for_a_connection_ends(database):
    slow = [asyncio.create_task(database.fetch("SELECT pg_sleep(60)")) for _ in range(2)]
    await asyncio.gather(*(assert_unavailable_in_time(database.fetch("SELECT pg_sleep(60)")) for _ in range(6)))
    assert {type(failure) for failure in await asyncio.gather(*slow, return_exceptions=True)} == {StorageUnavailable}
    assert await database.fetch("SELECT 1") == [(1,)]


async def test_more_than_can_be_done_in_time_is_refused_at_once(database):
    database._load_shedder = LoadShedder(1, min_queue=3, max_queue=3)
    running = [asyncio.create_task(database.fetch("SELECT pg_sleep(0.2)")) for _ in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(StorageUnavailable):
        await database.fetch("SELECT 1")

    assert not any(operation.done() for operation in running), "it had to wait for others"
    await asyncio.gather(*running)
    assert await database.fetch("SELECT 1") == [(1,)]
    assert database._load_shedder.waiting == 0


async def test_a_refusal_rolls_back_and_gives_the_connection_back(server, database):
    await database.fetch("CREATE TABLE seen (run int)")
    before = await database.fetch("SELECT pg_backend_pid()")

    async def work(transaction):
        await transaction.fetch("INSERT INTO seen VALUES (1)")
        raise RoomFull

    with pytest.raises(RoomFull):
        await database.transaction(work)
    assert await database.fetch("SELECT run FROM seen") == []
    assert await database.fetch("SELECT pg_backend_pid()") == before


async def test_a_transaction_that_never_began_commits_nothing(database):
    async def work(transaction):
        return "done"

    assert await database.transaction(work) == "done"


# opening and closing


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


@pytest.mark.parametrize(
    "stamp", [NOW, "2026-11-22T09:30:00.000Z", "2026-02-28T23:59:59.999Z", "2026-01-01T00:00:00.007Z"]
)
async def test_a_stamp_comes_back_as_it_was_given(database, stamp):
    assert await database.fetch("SELECT %s::timestamptz(3), NULL::timestamptz", stamp) == [(stamp, None)]


async def test_a_statement_leaves_nothing_for_the_garbage_collector(database):
    await database.fetch("SELECT 1")
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            await database.fetch("SELECT %s", "x" * 100_000)
        assert gc.collect() == 0, "aiopg's cursors hold the text of their statement, and themselves"
    finally:
        gc.enable()


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
