"""PostgreSQL backend: waiting for a connection of the pool, load shedding, and what a statement leaves behind."""

import asyncio
import gc

import pytest

from domain.errors.rooms import RoomFull
from domain.errors.storage import StorageUnavailable
from runtime.load_shedding import LoadShedder
from tests.support.postgres_faults import SLOW, assert_unavailable_in_time, in_a_second, until_it_runs

pytestmark = pytest.mark.both_loops


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
    database.load_shedder = LoadShedder(1, min_queue=3, max_queue=3)
    running = [asyncio.create_task(database.fetch("SELECT pg_sleep(0.2)")) for _ in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(StorageUnavailable):
        await database.fetch("SELECT 1")

    assert not any(operation.done() for operation in running), "it had to wait for others"
    await asyncio.gather(*running)
    assert await database.fetch("SELECT 1") == [(1,)]
    assert database.load_shedder.waiting == 0


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


@pytest.mark.parametrize(
    "stamp",
    ["2026-11-22T09:30:00.120Z", "2026-11-22T09:30:00.000Z", "2026-02-28T23:59:59.999Z", "2026-01-01T00:00:00.007Z"],
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
