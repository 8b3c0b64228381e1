"""PostgreSQL backend: operations whose connection is lost, or that lose a deadlock, run again."""

import asyncio
import os
import signal
import socket

import pytest

from domain.accounts import PasswordResetToken
from domain.errors.base import Forbidden
from runtime.cache import Cache
from storage.lookups import Lookups
from storage.postgres.transaction import Transaction
from tests.support.factories import at, draft, make_admin, make_sign_in
from tests.support.postgres_faults import PATIENCE, SLOW_ONCE, until, until_it_runs

pytestmark = pytest.mark.both_loops


@pytest.fixture
def loses_answer(server, monkeypatch):
    """Return a function; the transaction after it is committed, but its connection is lost before the answer."""
    end = Transaction.end

    async def lose(transaction, how):
        await end(transaction, how)
        if how == "COMMIT":
            monkeypatch.setattr(Transaction, "end", end)
            await asyncio.to_thread(server.terminate_connections)
            await transaction.fetch("SELECT 1")

    return lambda: monkeypatch.setattr(Transaction, "end", lose)


async def test_connections_that_died_while_idle_fail_nothing(server, storage, room):
    assert await asyncio.gather(*(storage.room(room.id) for _ in range(2))) == [room, room]
    server.terminate_connections()  # without a turn of the loop: nobody has noticed
    assert await asyncio.gather(*(storage.room(room.id) for _ in range(4))) == [room] * 4


async def test_a_write_on_a_connection_that_died_is_kept_once(server, storage, room, ada):
    server.terminate_connections()
    (message,) = await storage.add_messages([draft(room, ada)])
    assert await storage.messages_after(room.id, 0, 10) == [message]


async def test_reset_that_is_used_in_a_lost_run_ends_the_cached_session(storage, ada, loses_answer):
    session = await make_sign_in(storage, ada)
    await storage.add_password_reset(PasswordResetToken(ada.id, "a reset", at(100), mailed=True))
    lookups = Lookups(storage, Cache())
    assert not (await lookups.session(session.id)).revoked
    assert (await lookups.user(ada.id)).verified_at is None
    loses_answer()
    assert await storage.use_password_reset("a reset", "another hash", at(10)) is None, "the second run finds none"
    assert (await lookups.session(session.id)).revoked
    assert (await lookups.user(ada.id)).verified_at == at(10)


async def test_admin_who_resigns_in_a_lost_run_is_no_cached_admin(storage, loses_answer):
    grace, _ = await make_admin(storage, "Grace"), await make_admin(storage, "Mary")
    lookups = Lookups(storage, Cache())
    assert (await lookups.user(grace.id)).is_admin
    loses_answer()
    with pytest.raises(Forbidden):  # by the second run
        await storage.set_access(grace.id, role="student", actor_id=grace.id)
    assert not (await lookups.user(grace.id)).is_admin


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
