"""The connections to the file: how statements run, and what becomes of SQLite's errors.

A whole transaction is one function that runs on the writer's thread. That costs one hop between threads instead of
one a statement; the thread's queue is the lock that keeps writers apart, and cancelling a caller cannot leave a
transaction half open, because nothing of it runs in the caller's task.
"""

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import aiosqlite

from domain.errors.storage import StorageUnavailable, StorageUnusable
from runtime.load_shedding import LoadShedder
from storage.sqlite import schema

T = TypeVar("T")

Work: TypeAlias = Callable[[sqlite3.Connection], T]
Row: TypeAlias = tuple[Any, ...]

MAX_WAIT = 2.0
"""Seconds that an operation may expect to wait for its turn; where it would be more it is refused at once."""
MIN_QUEUE, MAX_QUEUE = 2_000, 10_000
"""Operations that may wait however slow, and however fast, they are: a school that comes back asks for as many."""
_READER_COUNT = 2  # so that one slow search does not hold up everybody's reads

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
"""What the machine does to us. Anything else, such as bad SQL, is our own mistake and is raised as it is."""

_UNUSABLE = {
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: make its directory writable, or set another storage url",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore it from a backup",
    sqlite3.SQLITE_NOTADB: "is not an SQLite database: move it away, or set another storage url",
    sqlite3.SQLITE_PERM: "may not be opened: give this user access to it",
    sqlite3.SQLITE_READONLY: "cannot be written: make it and its directory writable",
}
"""What waiting does not change when it is met at the start."""


class SqliteDatabase:
    """The file, one connection that writes, and some that only read and so never wait for a commit."""

    def __init__(self, path: Path, busy_timeout: float, *, create: bool = True) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._create = create
        self._file: os.stat_result | None = None
        self._connections: list[_Connection] = []
        self._next_reader: Iterator[_Connection] = iter(())
        self._load_shedder = LoadShedder(MAX_WAIT, MIN_QUEUE, MAX_QUEUE)

    async def open(self) -> None:
        """Open the file, made if missing, and bring its schema up to date; errors as `Storage.open`."""
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
        """Let what is queued finish and close all connections."""
        closing, self._connections, self._next_reader = self._connections, [], iter(())
        for connection in reversed(closing):  # the writer last: the last one to go folds the WAL into the file
            await connection.close()

    async def read(self, sql: str, *parameters: object) -> list[Row]:
        """Return the rows of one statement, as committed by now."""
        for reader in self._next_reader:
            with self._shed_load():
                return await reader.run(lambda connection: connection.execute(sql, parameters).fetchall())
        raise StorageUnavailable("The storage is closed.")

    async def write(self, work: Work[T]) -> T:
        """Run `work` as one transaction, on a thread, and return what it returns once that is on disk.

        `work` gets the connection and runs plain SQL. When it raises, nothing is kept and the error is passed on.
        """
        if not self._connections:
            raise StorageUnavailable("The storage is closed.")
        with self._shed_load():
            return await self._connections[0].run(lambda connection: _in_transaction(connection, work))

    def require_file(self) -> None:
        """Raise `StorageUnavailable` if the file is gone or another one is in its place: writes would be lost."""
        try:
            is_ours = self._file is not None and os.path.samestat(self._path.stat(), self._file)
        except OSError:
            is_ours = False
        if not is_ours:
            raise StorageUnavailable("The database file is gone or was replaced: start the server again.")

    async def truncate_wal(self) -> None:
        """Fold the WAL into the file and empty it, unless somebody reads from it: then the next call does."""

        def empty(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA busy_timeout = 0")  # else everybody who writes would wait for the one who reads
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.execute(f"PRAGMA busy_timeout = {round(1000 * self._busy_timeout)}")

        if self._connections:
            with self._shed_load():
                await self._connections[0].run(empty)

    @contextmanager
    def _shed_load(self) -> Iterator[None]:
        if self._load_shedder.is_overloaded:
            raise StorageUnavailable("Too much waits for the storage: try again shortly.")
        self._load_shedder.enter()
        try:
            yield
        finally:
            self._load_shedder.leave()

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
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten with zeros
        for step in (*schema.MIGRATIONS, schema.probe_write):
            _in_transaction(connection, step)

    def _require_same_file(self, file: os.stat_result) -> None:
        # a restore keeps us waiting and puts another file here: what we have open is the old one
        if not os.path.samestat(self._path.stat(), file):
            raise StorageUnusable(f"{self._path} was replaced while it was opened: start again.")

    def _raise_if_unusable(self, cause: sqlite3.Error) -> None:
        if reason := _UNUSABLE.get(_code(cause)):
            raise StorageUnusable(f"{self._path} {reason}.") from cause


class _Connection(aiosqlite.Connection):
    """One connection on a thread of its own, which can run a function there."""

    def __init__(self, path: Path, busy_timeout: float) -> None:
        # no isolation level: sqlite3 would begin transactions by itself, and not IMMEDIATE
        super().__init__(lambda: sqlite3.connect(path, timeout=busy_timeout, isolation_level=None), iter_chunk_size=64)

    def join(self) -> None:
        """Wait for the thread of a connection that could not be made: aiosqlite only tells it to end."""
        self._thread.join()

    async def run(self, work: Work[T]) -> T:
        """Return `work(connection)`, run on the thread after what was queued before it."""
        with _translate_errors():
            # aiosqlite's own methods are one such call a statement; setup.cfg holds aiosqlite to the minor release
            result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return result


def _in_transaction(connection: sqlite3.Connection, work: Work[T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite rolls back by itself when the disk is full
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
    """Return SQLite's primary result code; 0 where Python's module raised by itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
