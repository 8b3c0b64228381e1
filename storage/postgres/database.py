"""PostgreSQL through aiopg: a pool of connections, with workarounds for the defects of aiopg.

Behaviour of aiopg 1.4, and the workaround here:

- A `statement_timeout` surfaces as CancelledError. Every operation runs in a task of its own that only `close` cancels:
  inside it, CancelledError means that the database did not answer.
- Cancelling a coroutine leaves its statement running in the server with unknown outcome. The caller's cancellation does
  not reach the task, and the server's timeout is shorter than ours.
- `aiopg.Pool` does not wake waiting tasks when a connection comes back broken, and connects while it holds its lock. A
  semaphore and a list replace it.
- Only autocommit is available. `Transaction` sends BEGIN and COMMIT.
- A connection that died while idle fails at the next statement. Closed connections are skipped, and an operation that
  lost its connection runs once more on another: every operation here must be idempotent.
- `Connection.close` on a connection that aiopg has closed removes the reader of another socket. It is called only once.
- A URL with several addresses hangs, and resolving names blocks the event loop: see dsn.py.
"""

import asyncio
import contextlib
import logging
import time
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import aiopg
import psycopg2.errors
import psycopg2.extensions

from domain.base import Timestamp
from domain.errors.storage import OperationRejected, StorageUnavailable, StorageUnusable
from runtime.load_shedding import LoadShedder
from runtime.shielded_tasks import ShieldedTasks
from storage.postgres import connection_setup, dsn as targets, readiness
from storage.postgres.transaction import CONNECTION_ERRORS, Row, Statements, Transaction, first_line, transact

log = logging.getLogger("studyhall.storage")

T = TypeVar("T")

MAX_WAIT = 1.5
"""Maximum expected wait for a connection in seconds; an operation that would wait longer is rejected at once."""
MIN_QUEUE, MAX_QUEUE = 2_000, 10_000
"""Bounds of the queue length, for slow and for fast operations. A school that reconnects needs this many at once."""
_MIN_RETRY_DELAY, _MAX_RETRY_DELAY = 0.05, 1.0  # seconds between two attempts to open
_DEADLOCK_BACKOFF = (
    0.05  # seconds for the winner of a deadlock to finish; an immediate retry would take the same lock again
)
_MIGRATION_TIMEOUT = 24 * 3600.0  # seconds
_SERVER_TIMEOUT_SHARE = 0.8  # the server's timeout as a share of ours
_TIMESTAMPTZ_OID = 1184
_SELECT_BACKEND_PID = "SELECT pg_backend_pid()"
_SHARING_PROBES = 8

_CLOSED_BY_US = 1  # psycopg2's value; 2 means closed by the server

# Errors of a database that answers but rejects the work: revoked rights, dropped tables, shared sessions.
_ACCESS_ERRORS = (
    psycopg2.errors.InsufficientPrivilege,
    psycopg2.errors.UndefinedTable,
    psycopg2.errors.InvalidSchemaName,
    psycopg2.errors.InvalidSqlStatementName,
    psycopg2.errors.DuplicatePreparedStatement,
)
_CONFLICT_ERRORS = (psycopg2.extensions.TransactionRollbackError, psycopg2.errors.UniqueViolation)


class _RetryableError(Exception):
    """Failure of an operation that may succeed when it is run again."""


class Answer:
    """An answer of the database, received at this monotonic time in seconds; None if it has not come yet."""

    received_at: float | None = None


class PostgresDatabase:
    """Bounded pool of connections to one database, each opened when it is first needed.

    Every operation takes at most `timeout` seconds, including the wait for a connection. It raises `StorageUnavailable`
    if the database does not answer in that time. Load shedding: it raises at once if too many operations wait.
    """

    def __init__(self, dsn: str, *, pool_size: int, timeout: float) -> None:
        """Configure the pool without connecting.

        Args:
            dsn: a `postgresql://` URL.
            pool_size: maximum number of connections.
            timeout: maximum duration of an operation in seconds.
        """
        self._dsn = dsn
        self._timeout = timeout
        self._parameters: targets.Parameters = {}
        self._prepared = ""
        self._slots = asyncio.Semaphore(pool_size)
        self._idle: list[aiopg.Connection] = []
        self._backends: weakref.WeakKeyDictionary[aiopg.Connection, int] = weakref.WeakKeyDictionary()
        self._reported = ""
        self._reporting = False  # during the start, the raised error reports the reason
        self._sharing_unchecked = True  # since the last new connection, no check for a pooler that shares sessions
        self.load_shedder = LoadShedder(MAX_WAIT, MIN_QUEUE, MAX_QUEUE)
        """Admission control of work that waits for a connection."""
        self._operations = ShieldedTasks(self._on_operation_done)
        self._closed = False
        self._next_answer: Answer | None = None
        self.lost_runs = 0
        """Number of runs of operations that lost their connection, perhaps after the commit."""

    def next_answer(self) -> "Answer":
        """Return the next answer to any operation, which has not been received yet."""
        if self._next_answer is None:
            self._next_answer = Answer()
        return self._next_answer

    async def open(self, connect_timeout: float) -> None:
        """Open the first connection; retry for up to `connect_timeout` seconds while the database does not answer.

        Raises:
            StorageUnusable: the database answers but retrying will not help, or a pooler shares sessions.
            StorageUnavailable: the database did not answer in time.
        """
        self._parameters = targets.parse(self._dsn)
        now = asyncio.get_running_loop().time
        give_up, pause, reason = now() + connect_timeout, _MIN_RETRY_DELAY, ""
        while True:
            try:
                await _run_in_task(self._connect_first(min(give_up, now() + self._timeout)))
            except (psycopg2.Error, OSError) as failure:
                reason = first_line(failure) if str(failure) or not reason else reason
                if refusal := connection_setup.permanent_error(reason):
                    raise StorageUnusable(refusal) from None
                if now() + pause >= give_up:
                    raise StorageUnavailable(
                        f"PostgreSQL did not answer within {connect_timeout:g} s: {reason}"
                    ) from None
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, _MAX_RETRY_DELAY)

    async def _connect_first(self, deadline: float) -> None:
        connection = await self._connect(deadline)
        try:
            if await self._is_shared(connection, deadline):
                raise StorageUnusable(connection_setup.SHARED_SESSIONS)  # noqa: TRY301  # closed as after any failure
        except BaseException:
            _discard(connection)
            raise
        self._idle.append(connection)

    async def _is_shared(self, connection: aiopg.Connection, deadline: float) -> bool:
        """Return True if a pooler also gives the connection's backend to other clients."""
        try:
            other = await self._connect(deadline)
        except TimeoutError:
            raise TimeoutError(connection_setup.TOO_FEW_CONNECTIONS) from None
        try:
            # A sharing pooler gives the other client the backend that this one has just left, or this one a new one.
            [(others,)] = await Statements(other, deadline).fetch("BEGIN; SELECT pg_backend_pid()")
            own = self._backends[connection]
            is_shared = bool(others == own)
            for _ in range(_SHARING_PROBES):  # with more clients on the pooler it may be the same one by chance
                is_shared = is_shared or await Statements(connection, deadline).fetch(_SELECT_BACKEND_PID) != [(own,)]
        finally:
            _discard(other)
        self._sharing_unchecked = is_shared
        return is_shared

    async def ping(self) -> None:
        """Return if a write commits, all tables are readable and writable, and no pooler shares the session.

        Raises:
            StorageUnavailable: otherwise; the reason is logged.
        """
        if refused := await self._readiness_error():
            self._report(refused)
            raise StorageUnavailable
        self._reported = ""

    async def require_ready(self) -> None:
        """Raise `StorageUnusable` if `ping` would fail with a reason; `StorageUnavailable` if there is no answer."""
        if refused := await self._readiness_error():
            known = refused == connection_setup.SHARED_SESSIONS
            raise StorageUnusable(refused if known else f"PostgreSQL does not let Studyhall work: {refused}.")

    async def _readiness_error(self) -> str | None:
        try:
            return await self._run(self._check)
        except StorageUnavailable as failure:
            if isinstance(failure.__cause__, (psycopg2.errors.ReadOnlySqlTransaction, *_ACCESS_ERRORS)):
                return first_line(failure.__cause__)
            raise

    async def _check(self, connection: aiopg.Connection, deadline: float) -> str | None:
        [(backend, tables)] = await Statements(connection, deadline).fetch(readiness.CHECK, readiness.tables())
        if tables:
            return f"no right to read and write {tables}, or no such table"
        is_shared = bool(backend != self._backends[connection])
        if self._sharing_unchecked and not is_shared:
            with contextlib.suppress(
                *CONNECTION_ERRORS
            ):  # a database without a free connection for the check is still ready
                is_shared = await self._is_shared(connection, deadline)
        return connection_setup.SHARED_SESSIONS if is_shared else None

    def _report(self, reason: str) -> None:
        if self._reporting and reason != self._reported:
            self._reported = reason
            log.warning("PostgreSQL refuses the work: %s", reason)

    def prepare(self, sql: str) -> None:
        """Run these PREPARE statements at the start of every connection from now on.

        The tables in them must exist. Statements planned once save the database the planning.
        """
        self._prepared = sql
        self._reporting = True
        self._discard_idle()

    async def close(self) -> None:
        """Wait up to `timeout` seconds for running operations, then cancel them and close all connections."""
        self._closed = True
        await self._operations.wait(self._timeout)
        await self._operations.cancel()
        self._discard_idle()

    async def fetch(self, sql: str, *params: object) -> list[Row]:
        """Run one statement in its own transaction; return its rows, [] if it returns none."""
        return await self._run(lambda connection, deadline: Statements(connection, deadline).fetch(sql, *params))

    async def fetch_one(self, sql: str, *params: object) -> Row | None:
        """Run one statement in its own transaction; return its first row, or None."""
        rows = await self.fetch(sql, *params)
        return rows[0] if rows else None

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in a transaction: committed when it returns, rolled back when it raises.

        `work` runs a second time if the first run lost its connection (perhaps after the commit) or a conflict with
        another transaction.
        """
        return await self._run(lambda connection, deadline: transact(Transaction(connection, deadline), work))

    async def without_timeout(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` once, in a transaction on a connection of its own without a statement timeout."""
        now = asyncio.get_running_loop().time()
        connection = await self._connect(now + self._timeout, statement_timeout=0)
        try:
            return await transact(Transaction(connection, now + _MIGRATION_TIMEOUT), work)
        finally:
            _discard(connection)

    async def _run(self, attempt: Callable[[aiopg.Connection, float], Awaitable[T]]) -> T:
        if self._closed:
            raise OperationRejected
        if self.load_shedder.is_overloaded:
            raise OperationRejected("Too much waits for the storage: try again shortly.")
        self.load_shedder.enter()
        return await self._operations.run(self._run_with_retry(attempt))

    def _on_operation_done(self) -> None:
        self.load_shedder.leave()

    async def _run_with_retry(self, attempt: Callable[[aiopg.Connection, float], Awaitable[T]]) -> T:
        deadline = asyncio.get_running_loop().time() + self._timeout
        try:
            try:
                result = await self._attempt(attempt, deadline)
            except _RetryableError:
                await asyncio.sleep(_DEADLOCK_BACKOFF)
                result = await self._attempt(attempt, deadline)
        except _ACCESS_ERRORS as failure:
            self._report(first_line(failure))
            raise StorageUnavailable from failure
        except (*CONNECTION_ERRORS, _RetryableError, asyncio.CancelledError) as failure:
            raise StorageUnavailable from failure
        if self._next_answer is not None:
            self._next_answer.received_at, self._next_answer = time.monotonic(), None
        return result

    async def _attempt(self, attempt: Callable[[aiopg.Connection, float], Awaitable[T]], deadline: float) -> T:
        connection = await self._acquire(deadline)
        try:
            return await attempt(connection, deadline)
        except psycopg2.Error as failure:
            if connection.closed:
                self.lost_runs += 1
                self._discard_idle()  # the others have most likely died, too: the second run opens a new one
                raise _RetryableError from failure
            if isinstance(failure, _CONFLICT_ERRORS):
                raise _RetryableError from failure
            raise
        finally:
            self._release(connection)

    async def _acquire(self, deadline: float) -> aiopg.Connection:
        await self._slots.acquire()  # bounded: the operations that hold slots began earlier, and so end earlier
        try:
            while self._idle:
                connection = self._idle.pop()
                if not connection.closed:
                    return connection
                _discard(connection)
            return await self._connect(deadline)
        except BaseException:
            self._slots.release()
            raise

    def _release(self, connection: aiopg.Connection) -> None:
        if connection.raw.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_IDLE:
            self._idle.append(connection)
        else:
            _discard(connection)
        self._slots.release()

    def _discard_idle(self) -> None:
        while self._idle:
            _discard(self._idle.pop())

    async def _connect(self, deadline: float, *, statement_timeout: float | None = None) -> aiopg.Connection:
        now = asyncio.get_running_loop().time
        async with asyncio.timeout_at(deadline):
            places = await targets.resolve(self._parameters)
        failure: Exception = TimeoutError()
        for tried, place in enumerate(places):
            patience = (deadline - now()) / (len(places) - tried)
            try:
                parameters: dict[str, Any] = self._default_parameters | place | {"client_encoding": "UTF8"}
                connection = await aiopg.connect(
                    timeout=patience, enable_json=False, enable_hstore=False, enable_uuid=False, **parameters
                )
            except (psycopg2.Error, OSError) as error:
                failure = error
            else:
                psycopg2.extensions.register_type(_TIMESTAMPTZ, connection.raw)
                await self._configure(connection, deadline, statement_timeout)
                return connection
        raise failure

    async def _configure(self, connection: aiopg.Connection, deadline: float, statement_timeout: float | None) -> None:
        if statement_timeout is None:
            statement_timeout = _SERVER_TIMEOUT_SHARE * self._timeout
        setup = connection_setup.setup_sql(statement_timeout, self._timeout)
        try:
            [(backend,)] = await Statements(connection, deadline).fetch(
                f"{setup} {self._prepared.rstrip().removesuffix(';')}; SELECT pg_backend_pid()"
            )
        except BaseException:
            _discard(connection)
            raise
        self._backends[connection] = backend
        self._sharing_unchecked = True

    @property
    def _default_parameters(self) -> targets.Parameters:
        """Return defaults that the URL may override: the kernel detects a peer that vanished silently."""
        return {
            "fallback_application_name": "studyhall",
            "keepalives_idle": "10",
            "keepalives_interval": "3",
            "keepalives_count": "3",
            "tcp_user_timeout": str(round(1000 * self._timeout)),
        }


async def _run_in_task(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in a task of its own and return its result; TimeoutError if aiopg cancels it at a timeout."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task})
        raise
    if task.cancelled():
        raise TimeoutError
    return task.result()


def _discard(connection: aiopg.Connection) -> None:
    # A second close would remove the reader of the socket that has reused the file number.
    if connection.closed != _CLOSED_BY_US:
        connection.close()


def _timestamp(text: str | None, _cursor: object) -> Timestamp | None:
    """Parse `2026-11-22 09:30:00.1+00`; the server omits trailing zeros."""
    if text is None:
        return None
    whole, _, fraction = text.removesuffix("+00").partition(".")
    return Timestamp(f"{whole.replace(' ', 'T')}.{fraction:0<3}Z")


_TIMESTAMPTZ = psycopg2.extensions.new_type((_TIMESTAMPTZ_OID,), "TIMESTAMPTZ", _timestamp)
