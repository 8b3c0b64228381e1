"""A copy of the file while it is in use, and the way back.

Both make a draft beside the place where it is to stand, check it, and give it its name at last: whatever goes wrong
before that, no file that was there has changed.
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
"""Where SQLite locks its files, from the description of its format. Whoever has one open in WAL holds a lock there."""
_BUSY_TIMEOUT = 10.0
"""Seconds in which somebody else may have the file to themselves."""


def create_backup(path: Path, file: Path) -> int:
    """Write the database at `path`, as it is at one moment, into the new `file`, and return its size in bytes.

    The database may be in use: nobody waits for the copy, and what was committed before the call is in it. The copy is
    checked, one file, on disk, and readable by its owner alone.

    Raises:
        StorageUnusable: one line that says why there is no copy: no database, a damaged one, no space, `file` exists.
    """
    if file.exists():
        raise StorageUnusable(f"{file} exists and is not replaced: name another file, or move it away.")
    if not path.is_file():
        raise StorageUnusable(f"{path} does not exist: there is nothing to back up.")
    with _temp_file(file) as draft:
        with _translated(path), closing(_connect(path)) as source, closing(_connect(draft)) as copy:
            source.backup(copy)  # all pages in one transaction: in steps it would begin anew after each write
            _check(copy, path)
            _make_one_file(copy)
        _sync(draft)
        os.link(draft, file)  # fails where there is one meanwhile
        _sync(file.parent)
    return file.stat().st_size


def restore(path: Path, file: Path) -> Path | None:
    """Put a copy of `file` at `path`, under a new epoch, and return where the database is now that was there.

    `file` is as `create_backup` made it, or a database with its `-wal` beside it; it stays as it is. The database that
    was there lends the new one its owner and mode. Returns None where none was there.

    Raises:
        StorageUnusable: one line that says why all is as it was: the database is in use, `file` is no intact database
            of ours, or of a newer version.
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
    """Raise `StorageUnusable` where the database is not an intact one of ours; `path` is what the error names."""
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
    """Give the database another name, too, with what of it stands in its WAL; `path` stays until it is replaced."""
    aside = path.with_name(f"{path.name}.replaced-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    os.link(path, aside)
    for end in _COMPANIONS:  # beside the new database they would be taken for its own
        if _companion(path, end).exists():
            _companion(path, end).replace(_companion(aside, end))
    return aside


def _copy_ownership(draft: Path, path: Path) -> None:
    """Give the draft the mode of the database that it will replace and, as root, the owner of it or of its folder."""
    model = path if path.exists() else path.parent
    if model == path:
        shutil.copymode(path, draft)
    if os.geteuid() == 0:
        os.chown(draft, model.stat().st_uid, model.stat().st_gid)


@contextmanager
def _exclusive_lock(path: Path) -> Iterator[None]:
    """Keep everybody from opening the database; raise `StorageUnusable` where somebody has it open already."""
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
    """Give a private, empty file beside `file`, removed at the end; say in one line what the file system refuses."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)  # readable by its owner alone
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
    """Say in one line what is wrong with the database at `path`."""
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
