"""Backup of a database in use, and restore.

Both write a temporary file next to the destination, check it, and rename it last. A failure before that changes no
existing file.
"""

import fcntl
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from domain.errors.storage import StorageUnusable
from storage.sqlite import schema

_COMPANIONS = ("-wal", "-shm", "-journal")
_LOCKED_BYTES = 0x40000000, 512
"""Range of lock bytes in SQLite's file format. Every connection in WAL mode holds a lock in it."""
_BUSY_TIMEOUT = 10.0
"""Seconds to wait for another process that has locked the file."""


def create_backup(path: Path, file: Path) -> int:
    """Write a consistent copy of the database at `path` into the new `file`; return its size in bytes.

    The database may be in use: the copy blocks nothing, and contains everything committed before the call. The copy is
    checked, a single file, synced to disk, and readable by its owner only.

    Raises:
        StorageUnusable: no copy was made; the message is one line with the reason: no database, a damaged one, no
            space, or `file` exists.
    """
    if file.exists():
        raise StorageUnusable(f"{file} exists and is not replaced: name another file, or move it away.")
    if not path.is_file():
        raise StorageUnusable(f"{path} does not exist: there is nothing to back up.")
    with _temp_file(file) as draft:
        with _translated(path), closing(_connect(path)) as source, closing(_connect(draft)) as copy:
            source.backup(copy)  # all pages in one transaction: in steps, each write would restart it
            _check(copy, path)
            _make_one_file(copy)
        _sync(draft)
        os.link(draft, file)  # fails if the file was created meanwhile
        _sync(file.parent)
    return file.stat().st_size


def restore(path: Path, file: Path) -> Path | None:
    """Replace the database at `path` by a copy of `file`, with a new epoch; return the new path of the old database.

    Args:
        path: database of the server. A new one gets the owner and mode of the old one.
        file: backup made by `create_backup`, or a database with its `-wal` file next to it. It is not changed.

    Returns None if there was no database at `path`.

    Raises:
        StorageUnusable: nothing was changed; the message is one line with the reason: the database is in use, or
            `file` is not an intact database of this program, or of a newer version.
    """
    if path.exists() and file.exists() and path.samefile(file):
        raise StorageUnusable(f"{file} is the database itself: name a backup.")
    if not file.is_file():
        raise StorageUnusable(f"{file} does not exist or is no file: name a backup.")
    with _temp_file(path) as draft, _exclusive_lock(path):
        shutil.copyfile(file, draft)
        if (wal := _companion(file, "-wal")).exists():
            shutil.copyfile(wal, _companion(draft, "-wal"))
        with _translated(file), closing(_connect(draft)) as copy:
            _check(copy, file)
            copy.execute("UPDATE meta SET value = lower(hex(randomblob(16))) WHERE name = 'epoch'")
            _make_one_file(copy)
        _copy_ownership(draft, path)
        _sync(draft)
        aside = _set_aside(path) if path.exists() else None
        draft.replace(path)
        _sync(path.parent)
    return aside


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `StorageUnusable` if the database is damaged or not of this program; the error names `path`."""
    schema.require_own_database(connection, path)
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'").fetchone():
        raise StorageUnusable(f"{path} is empty: name another file.")
    [(found,)] = connection.execute("PRAGMA integrity_check(1)")
    if found != "ok":
        raise StorageUnusable(_damaged(path, found))


def _make_one_file(connection: sqlite3.Connection) -> None:
    [(mode,)] = connection.execute("PRAGMA journal_mode = DELETE")
    if mode != "delete":
        raise StorageUnusable(f"The copy cannot be folded into one file: its journal stays {mode}.")


def _set_aside(path: Path) -> Path:
    """Add a second name for the database and move its WAL to it; `path` stays until it is replaced."""
    aside = path.with_name(f"{path.name}.replaced-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    os.link(path, aside)
    for end in _COMPANIONS:  # next to the new database they would be taken for its own
        if _companion(path, end).exists():
            _companion(path, end).replace(_companion(aside, end))
    return aside


def _copy_ownership(draft: Path, path: Path) -> None:
    """Copy the mode of the database at `path` to the draft and, as root, its owner or the owner of its directory."""
    model = path if path.exists() else path.parent
    if model == path:
        shutil.copymode(path, draft)
    if os.geteuid() == 0:
        os.chown(draft, model.stat().st_uid, model.stat().st_gid)


@contextmanager
def _exclusive_lock(path: Path) -> Iterator[None]:
    """Prevent other processes from opening the database; raise `StorageUnusable` if one has it open."""
    if not path.exists():
        yield
        return
    first, length = _LOCKED_BYTES
    with path.open("rb+") as opened:
        try:
            fcntl.lockf(opened, fcntl.LOCK_EX | fcntl.LOCK_NB, length, first)
        except BlockingIOError:
            raise StorageUnusable(f"{path} is in use: stop the server first.") from None
        yield


@contextmanager
def _temp_file(file: Path) -> Iterator[Path]:
    """Create a private, empty file next to `file`, removed at the end; errors of the file system become one line."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)  # readable by its owner only
        os.close(handle)
        draft = Path(name)
        try:
            yield draft
        finally:
            for left in (draft, *(_companion(draft, end) for end in _COMPANIONS)):
                left.unlink(missing_ok=True)
    except OSError as error:
        where = error.filename2 or error.filename or file.parent
        raise StorageUnusable(f"{where}: {error.strerror}: nothing was changed.") from error


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Translate SQLite's errors to `StorageUnusable`, one line about the database at `path`."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise StorageUnusable(_damaged(path, str(error))) from error
        raise StorageUnusable(f"{path} cannot be copied: {error}.") from error


def _damaged(path: Path, how: str) -> str:
    return f"{path} is damaged, or no database: {' '.join(how.split())}. Take another one: see docs/operating.md."


def _companion(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
