"""PostgreSQL backend: killed and frozen servers, statement timeouts, and cancelled operations."""

import asyncio
import gc

import pytest

from tests.support.factories import draft
from tests.support.postgres_faults import (
    PATIENCE,
    SLOW,
    TOO_SLOW,
    assert_unavailable_in_time,
    in_a_second,
    until_it_answers,
    until_it_runs,
)

pytestmark = pytest.mark.both_loops


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
