"""Storages of the server under test, and ways to break them."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from contextlib import closing, suppress
from pathlib import Path

from tests.support import postgres_server

_SIZE = 48 << 20
"""Size of the small disk in bytes: more than a run writes."""

_MOMENT = 1 << 20
"""Bytes by which the database may grow when its log is emptied."""

Pairs = set[tuple[str, str]]


class Storage(ABC):
    """A fresh storage of one kind."""

    name: str
    url: str

    @abstractmethod
    def presence(self) -> Pairs:
        """Return the stored presence as pairs of room and user."""

    @abstractmethod
    def close(self) -> None:
        """Delete the data."""


class Sqlite(Storage):
    """A file on its own small disk, if this user may mount one."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._disk = folder / "disk"
        self._disk.mkdir()
        self._filler = self._disk / "filler"
        self._file = self._disk / "studyhall.db"
        self.url = f"sqlite:///{self._file}"
        self.is_small = _mount(self._disk)

    def fill(self) -> None:
        """Fill the disk to the last byte, and empty the log, because its space could still be written.

        Messages sent while the disk is being filled go into the log. So when the disk is full, `_MOMENT` bytes are
        freed and the log is emptied into them, until nothing was written in between.
        """
        file = os.open(self._filler, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        try:
            _write_all(file)
            log = self._file.with_name(self._file.name + "-wal")
            while log.stat().st_size:
                os.truncate(file, os.fstat(file).st_size - _MOMENT)
                with closing(sqlite3.connect(self._file, timeout=5)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                _write_all(file)
        finally:
            os.close(file)

    def free(self) -> None:
        """Free the space again."""
        self._filler.unlink()

    def presence(self) -> Pairs:
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=5)) as connection:
            return set(connection.execute("SELECT room_id, user_id FROM presence"))

    def close(self) -> None:
        if self.is_small:
            subprocess.run(["umount", "--lazy", self._disk], check=True)
        shutil.rmtree(self._disk, ignore_errors=True)


class Postgres(Storage):
    """A PostgreSQL server of its own."""

    name = "PostgreSQL"

    def __init__(self) -> None:
        self.server = postgres_server.start()
        self.url = self.server.create_database()
        self._database = self.url.rpartition("/")[2]

    def presence(self) -> Pairs:
        return set(self.server.execute("SELECT room_id::text, user_id::text FROM presence", database=self._database))

    def close(self) -> None:
        self.server.stop()


async def open_storage(name: str, folder: Path) -> Sqlite | Postgres:
    """Return a fresh storage of this kind: `sqlite`, in `folder`, or `postgres`."""
    return Sqlite(folder) if name == "sqlite" else await asyncio.to_thread(Postgres)


def _write_all(file: int) -> None:
    for size in (1 << 20, 4096, 1):
        with suppress(OSError):
            while True:
                os.write(file, bytes(size))


def _mount(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "studyhall-chaos", folder]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
