"""Connections to the SQLite file: execution of statements and translation of SQLite's errors.

A whole transaction is one function that runs on the writer's thread. This costs one switch of threads per transaction
instead of one per statement. The thread's queue is the lock that serialises writers. Cancelling a caller cannot leave
a transaction half open, because no part of it runs in the caller's task.
"""

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import aiosqlite

from domain.errors.storage import OperationRejected, StorageUnavailable, StorageUnusable
from runtime.load_shedding import LoadShedder
from storage.sqlite import schema

T = TypeVar("T")

Work: TypeAlias = Callable[[sqlite3.Connection], T]
Row: TypeAlias = tuple[Any, ...]

MAX_WAIT = 2.0
"""Maximum expected queueing delay in seconds; an operation that would wait longer is rejected at once."""
MIN_QUEUE, MAX_QUEUE = 2_000, 10_000
"""Bounds of the queue length, for slow and for fast operations. A school that reconnects needs this many at once."""
MAX_ID = "\U0010ffff"
"""Text that sorts after every id."""
_READER_COUNT = 2  # one slow search does not block all reads

_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
"""Errors caused by the machine (disk, locks, permissions). Others, such as bad SQL, are bugs and raised unchanged."""

_UNUSABLE = {
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: make its directory writable, or set another storage url",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore it from a backup",
    sqlite3.SQLITE_NOTADB: "is not an SQLite database: move it away, or set another storage url",
    sqlite3.SQLITE_PERM: "may not be opened: give this user access to it",
    sqlite3.SQLITE_READONLY: "cannot be written: make it and its directory writable",
}
"""Errors that retrying cannot fix, if they occur at start, and their remedies."""


class SqliteDatabase:
    """SQLite file with one writing connection, and read-only connections that never wait for a commit."""

    def __init__(self, path: Path, busy_timeout: float, *, create: bool = True) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._create = create
        self._file: os.stat_result | None = None
        self._connections: list[_Connection] = []
        self._next_reader: Iterator[_Connection] = iter(())
        self.load_shedder = LoadShedder(MAX_WAIT, MIN_QUEUE, MAX_QUEUE)
        """Admission control of work that waits for a connection."""

    async def open(self) -> None:
        """Open the file, created if missing, and migrate its schema; raises as `Storage.open`."""
        try:
            self._create_file()
            file = self._file = self._path.stat()
            writer = await self._connect()
            await writer.run(self._prepare)
            self._require_same_file(file)
            readers = [await self._connect() for _ in range(_READER_COUNT)]
            for reader in readers:
                await reader.run(_set_query_only)
        except BaseException as error:
            await self.close()
            if isinstance(error, StorageUnavailable) and isinstance(error.__cause__, sqlite3.Error):
                self._raise_if_unusable(error.__cause__)
            raise
        self._next_reader = itertools.cycle(readers)

    async def close(self) -> None:
        """Complete the queued operations and close all connections."""
        closing, self._connections, self._next_reader = self._connections, [], iter(())
        for connection in reversed(closing):  # the writer last: the last connection checkpoints the WAL into the file
            await connection.close()

    async def read(self, sql: str, *parameters: object) -> list[Row]:
        """Return the rows of one statement, from the last committed state."""
        for reader in self._next_reader:
            with self._shed_load():
                return await reader.run(lambda connection: connection.execute(sql, parameters).fetchall())
        raise OperationRejected("The storage is closed.")

    async def read_one(self, sql: str, *parameters: object) -> Row | None:
        """Return the first row of one statement, None if there is none, from the last committed state."""
        rows = await self.read(sql, *parameters)
        return rows[0] if rows else None

    async def write(self, work: Work[T]) -> T:
        """Run `work` as one transaction on the writer's thread; return its result once it is committed to disk.

        `work` receives the connection and runs plain SQL. If it raises, the transaction is rolled back and the error
        raised here.
        """
        if not self._connections:
            raise OperationRejected("The storage is closed.")
        with self._shed_load():
            return await self._connections[0].run(lambda connection: _in_transaction(connection, work))

    def require_file(self) -> None:
        """Raise `StorageUnavailable` if the file was deleted or replaced: writes would be lost."""
        try:
            is_ours = self._file is not None and os.path.samestat(self._path.stat(), self._file)
        except OSError:
            is_ours = False
        if not is_ours:
            raise StorageUnavailable("The database file is gone or was replaced: start the server again.")

    async def truncate_wal(self) -> None:
        """Checkpoint the WAL into the file and truncate it. Does nothing while a reader uses it; the next call may."""

        def empty(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA busy_timeout = 0")  # otherwise all writers would wait for one reader
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.execute(f"PRAGMA busy_timeout = {round(1000 * self._busy_timeout)}")

        if self._connections:
            with self._shed_load():
                await self._connections[0].run(empty)

    @contextmanager
    def _shed_load(self) -> Iterator[None]:
        if self.load_shedder.is_overloaded:
            raise OperationRejected("Too much waits for the storage: try again shortly.")
        self.load_shedder.enter()
        try:
            yield
        finally:
            self.load_shedder.leave()

    async def _connect(self) -> "_Connection":
        connection = _Connection(self._path, self._busy_timeout)
        try:
            with _translate_errors():
                await connection
        except BaseException:
            connection.join()
            raise
        self._connections.append(connection)
        return connection

    def _create_file(self) -> None:
        if not self._create:
            self._require_existing()
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise StorageUnusable(
                f"The directory {self._path.parent} cannot be used ({error.strerror}): "
                "make it writable, or set another storage url."
            ) from error

    def _require_existing(self) -> None:
        try:
            there = self._path.stat().st_size > 0
        except FileNotFoundError:
            there = False
        except OSError as error:
            raise StorageUnusable(f"The database {self._path} cannot be read: {error.strerror}.") from error
        if not there:
            raise StorageUnusable(
                f"There is no database {self._path}: name the server's with --storage or --env-file, or start the "
                "server once, which makes it."
            )

    def _prepare(self, connection: sqlite3.Connection) -> None:
        schema.require_own_database(connection, self._path)
        schema.enable_wal(connection, self._busy_timeout)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # deleted content is overwritten with zeros
        for step in (*schema.MIGRATIONS, schema.probe_write):
            _in_transaction(connection, step)

    def _require_same_file(self, file: os.stat_result) -> None:
        # A restore holds its lock while we wait, then replaces the file: the open file would be the old one.
        if not os.path.samestat(self._path.stat(), file):
            raise StorageUnusable(f"{self._path} was replaced while it was opened: start again.")

    def _raise_if_unusable(self, cause: sqlite3.Error) -> None:
        if reason := _UNUSABLE.get(_code(cause)):
            raise StorageUnusable(f"{self._path} {reason}.") from cause


class _Connection(aiosqlite.Connection):
    """One connection with a thread of its own, on which functions run."""

    def __init__(self, path: Path, busy_timeout: float) -> None:
        # No isolation level: sqlite3 would begin transactions by itself, and not IMMEDIATE.
        super().__init__(lambda: sqlite3.connect(path, timeout=busy_timeout, isolation_level=None), iter_chunk_size=64)

    def join(self) -> None:
        """Join the thread of a connection that could not be opened; aiosqlite only asks it to end."""
        self._thread.join()

    async def run(self, work: Work[T]) -> T:
        """Return `work(connection)`, run on the connection's thread after the operations queued before it."""
        with _translate_errors():
            # aiosqlite's own methods make one such call per statement; setup.cfg pins aiosqlite to the minor release.
            result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return result


def _in_transaction(connection: sqlite3.Connection, work: Work[T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back already if the disk is full
            connection.execute("ROLLBACK")
        raise
    return result


def _set_query_only(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if _code(error) in _UNAVAILABLE:
            raise StorageUnavailable from error
        raise


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 if Python's module raised the error by itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
