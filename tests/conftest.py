"""Fixtures for everyone: above all `storage`, which runs a test once for every backend."""

import asyncio
import gc
import logging
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import NamedTuple

import hypothesis
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from domain import ids
from domain.accounts import User
from domain.rooms import Room
from runtime import event_loop
from runtime.cache import Cache
from storage.base import Storage
from storage.cached.storage import CachedStorage
from storage.memory import MemoryStorage
from storage.postgres import PostgresStorage
from storage.sqlite import SqliteStorage
from tests.support import browser, postgres_server
from tests.support.factories import make_room, make_user
from tests.support.mail_server import MailServer, mail_server
from tests.support.paths import ROOT
from tests.support.served import Served, served
from tests.support.skipping import SkippingLoop

TESTS = ROOT / "tests"
DURABLE = ("sqlite", "postgres")
BACKENDS = ("memory", *DURABLE)
CACHED = ("memory+cache", "sqlite+cache")
"""One that answers before others have a turn, and one that does not; the cache knows no other difference."""

_THREAD_ENDS_WITHIN = 5.0
_CONNECTION_ENDS_WITHIN = 5.0

hypothesis.settings.register_profile("whatever the machine", deadline=None)
hypothesis.settings.load_profile("whatever the machine")


def pytest_xdist_auto_num_workers(config):  # xdist's signature
    """Have one worker more than there are cores: tests wait for servers, databases and browsers, and some for time."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_finish() -> None:
    """Have the garbage collector not look again and again through what stays until the end."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests with their folder, and run slow files first, so that no worker is left alone with one in the end."""
    for item in items:
        if item.path.is_relative_to(TESTS):
            item.add_marker(item.path.relative_to(TESTS).parts[0])
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


class Backend(NamedTuple):
    """One kind of storage on fresh data."""

    make: Callable[[], Storage]
    """Returns a new storage, not yet open, on that data; where it is durable, as another process would."""

    assert_idle: Callable[[], None]
    """Fails where anybody holds a transaction open on the data."""


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every test on the server's event loop, and tests marked `both_loops` on asyncio's own loop, too.

    Tests marked `skips_time` run on a loop that skips time instead.
    """
    if item.get_closest_marker("skips_time"):
        return {"skipping": SkippingLoop}
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"served": event_loop.new_event_loop}
    if item.get_closest_marker("both_loops"):
        factories["asyncio"] = asyncio.new_event_loop
    return factories


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Server]:
    """Give the PostgreSQL server of this test process; without one, skip, or fail where CI is set."""
    try:
        server = postgres_server.start()
    except Exception as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"PostgreSQL cannot be started here, so its backend is NOT tested: {error!r}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a SQLite file with the tables and nothing in them, to be copied: to make them takes longer than a test."""
    path = tmp_path_factory.mktemp("tables") / "studyhall.db"
    _make_tables(SqliteStorage(path))
    return path


@pytest.fixture(scope="session")
def postgres_tables(postgres: postgres_server.Server) -> str:
    """Give the name of a PostgreSQL database of the same kind."""
    dsn = postgres.create_database()
    _make_tables(PostgresStorage(dsn))
    return dsn.rpartition("/")[2]


@pytest.fixture(params=(*BACKENDS, *CACHED))
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """Give each backend in turn, on fresh data."""
    return make_backend(request.param, request, tmp_path)


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """Give each backend in turn that outlives a process, on nothing: whoever opens it makes the tables."""
    return make_backend(request.param, request, tmp_path, empty=True)


@pytest.fixture
async def storage(backend: Backend) -> AsyncIterator[Storage]:
    """Give an open, empty storage of each backend in turn."""
    async with opened(backend) as storage:
        yield storage


@pytest.fixture
async def school() -> AsyncIterator[Served]:
    """Give a whole server with nobody in it, in memory."""
    async with served() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Give the Chromium of this test process."""
    async with browser.launched() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="session")
async def hall(chromium: Browser) -> AsyncIterator[browser.Hall]:
    """Give a server in a process of its own, for people with browsers."""
    async with browser.opened(chromium, presence_grace=2) as hall:
        yield hall


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Give what is logged as a warning or worse."""
    caplog.set_level(logging.WARNING)

    def read() -> list[str]:
        assert not [record for record in caplog.records if record.exc_info], "no client can cause a traceback"
        return [record.getMessage() for record in caplog.records]

    return read


@pytest.fixture
async def ada(storage: Storage) -> User:
    """Give a user."""
    return await make_user(storage, "Ada")


@pytest.fixture
async def bob(storage: Storage) -> User:
    """Give another user."""
    return await make_user(storage, "Bob")


@pytest.fixture
async def room(storage: Storage, ada: User) -> Room:
    """Give Ada's room, in which nobody else is."""
    return await make_room(storage, ada)


def wrapped(storage: Storage) -> Storage:
    """Return the storage behind a cache of its own, in which nothing grows old during a test."""
    return CachedStorage(storage, Cache(ttl=3600))


def make_backend(name: str, request: pytest.FixtureRequest, folder: Path, *, empty: bool = False) -> Backend:
    """Return the backend of this name; `request` gets the server where it needs one.

    Args:
        empty: whether not even the tables are there, as in a database that nobody has opened.
    """
    if name.endswith("+cache"):
        plain = make_backend(name.removesuffix("+cache"), request, folder)
        return plain._replace(make=lambda: wrapped(plain.make()))
    match name:
        case "memory":
            return Backend(MemoryStorage, lambda: None)
        case "sqlite":
            path = folder / f"{ids.new_id()}.db"
            if not empty:
                shutil.copy(request.getfixturevalue("sqlite_tables"), path)
            return Backend(lambda: SqliteStorage(path), lambda: _assert_sqlite_idle(path))
        case "postgres":
            server = request.getfixturevalue("postgres")
            dsn = (
                server.create_database()
                if empty
                else server.create_database(request.getfixturevalue("postgres_tables"))
            )
            database = dsn.rpartition("/")[2]
            # each takes some 8 MB and a thousand files, which the end of the session would have to remove
            request.addfinalizer(lambda: server.execute(f"DROP DATABASE {database} WITH (FORCE)"))
            return Backend(lambda: PostgresStorage(dsn), lambda: _assert_postgres_idle(server, database))
    raise ValueError(name)


def _make_tables(storage: Storage) -> None:
    async def make() -> None:
        await storage.open()
        await storage.close()

    with asyncio.Runner() as runner:
        runner.run(make())


@asynccontextmanager
async def opened(backend: Backend) -> AsyncIterator[Storage]:
    """Open a storage for a while, and fail where it leaves anything behind."""
    threads, tasks = set(threading.enumerate()), asyncio.all_tasks()
    storage = backend.make()
    await storage.open()
    try:
        yield storage
    finally:
        await storage.close()
    backend.assert_idle()
    assert not asyncio.all_tasks() - tasks - {asyncio.current_task()}
    for thread in set(threading.enumerate()) - threads:
        thread.join(_THREAD_ENDS_WITHIN)
        assert not thread.is_alive()


def _assert_sqlite_idle(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # wants no writer and no reader
    assert not busy


def _assert_postgres_idle(server: postgres_server.Server, database: str) -> None:
    """Fail where a transaction stays open; the server may be about to notice that a connection was closed."""
    asked = "SELECT query FROM pg_stat_activity WHERE datname = %s AND state LIKE 'idle in transaction%%'"
    over = time.monotonic() + _CONNECTION_ENDS_WITHIN
    while (open_still := server.execute(asked, database)) and time.monotonic() < over:
        time.sleep(0.02)
    assert not open_still


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    """An SMTP server in this process."""
    async with mail_server() as server:
        yield server
