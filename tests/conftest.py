"""Fixtures of all tests. The most important is `storage`, which runs a test once for each backend."""

import asyncio
import gc
import io
import logging
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import NamedTuple, cast

import hypothesis
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from domain import ids
from domain.accounts import User
from domain.rooms import Room
from runtime import event_loop, logs
from runtime.cache import Cache
from storage.base import Storage
from storage.memory import MemoryStorage
from storage.postgres import PostgresStorage
from storage.sqlite import SqliteStorage
from tests.support import browser, postgres_server
from tests.support.factories import make_room, make_user
from tests.support.looked_up import LookedUp, YieldingStorage
from tests.support.mail_server import MailServer, mail_server
from tests.support.memory_folder import memory_folder
from tests.support.paths import ROOT
from tests.support.postgres_databases import Database, Databases
from tests.support.served import Served, served
from tests.support.skipping import SkippingLoop

TESTS = ROOT / "tests"
DURABLE = ("sqlite", "postgres")
BACKENDS = ("memory", *DURABLE)
CACHED = ("memory+cache", "yielding+cache")
"""A storage that answers without yielding to the event loop, and one that yields: the only difference for the cache."""

_THREAD_ENDS_WITHIN = 5.0
_CONNECTION_ENDS_WITHIN = 5.0

hypothesis.settings.register_profile("whatever the machine", deadline=None)
hypothesis.settings.load_profile("whatever the machine")


def pytest_xdist_auto_num_workers(config):  # xdist's signature
    """Return the number of cores plus one: tests wait for servers, databases and browsers, and some for time."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_configure() -> None:
    """Make the folders of tests in memory, if there is enough: each commit of SQLite would wait for the disk."""
    if folder := memory_folder():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)


def pytest_collection() -> None:
    """Collect no garbage while tests are collected: it takes a sixth of that time, and there is hardly any."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Exclude all current objects from garbage collection: they live until the end, and scanning them takes time."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests with their folder. Run slow files first, so that all workers finish at about the same time."""
    for item in items:
        if item.path.is_relative_to(TESTS):
            item.add_marker(item.path.relative_to(TESTS).parts[0])
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


class Backend(NamedTuple):
    """One kind of storage with its own new data."""

    make: Callable[[], Storage]
    """Returns a new storage on that data, not yet open. If the data is durable, each call is like another process."""

    assert_idle: Callable[[], None]
    """Fails if a transaction is open on the data."""


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test on the server's event loop, and tests marked `both_loops` on asyncio's own loop, too.

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
    """The PostgreSQL server of this test process. If it cannot be started, skip the test, or fail it if CI is set."""
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
    """A SQLite file with empty tables, to be copied: creating the tables takes longer than a test."""
    path = tmp_path_factory.mktemp("tables") / "studyhall.db"
    _make_tables(SqliteStorage(path))
    return path


@pytest.fixture(scope="session")
def postgres_tables(postgres: postgres_server.Server) -> str:
    """Name of a PostgreSQL database with empty tables, to be copied."""
    dsn = postgres.create_database()
    _make_tables(PostgresStorage(dsn))
    return dsn.rpartition("/")[2]


@pytest.fixture(scope="session")
def postgres_databases(postgres: postgres_server.Server, postgres_tables: str) -> Databases:
    """PostgreSQL databases with empty tables."""
    return Databases(postgres, postgres_tables)


@pytest.fixture
def postgres_url(postgres_databases: Databases) -> Iterator[str]:
    """The URL of a PostgreSQL database with empty tables."""
    database = postgres_databases.take()
    yield database.dsn
    postgres_databases.give_back(database)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for SQLite files: to create and delete a folder for each takes longer than the file."""
    return tmp_path_factory.mktemp("databases")


@pytest.fixture(params=(*BACKENDS, *CACHED))
def backend(request: pytest.FixtureRequest, databases: Path) -> Backend:
    """Each backend in turn, with new data."""
    return make_backend(request.param, request, databases)


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, databases: Path) -> Backend:
    """Each durable backend in turn, without tables: the first `open` creates them."""
    return make_backend(request.param, request, databases, empty=True)


@pytest.fixture
async def storage(backend: Backend) -> AsyncIterator[Storage]:
    """An open, empty storage of each backend in turn."""
    async with opened(backend) as storage:
        yield storage


@pytest.fixture
async def school() -> AsyncIterator[Served]:
    """A complete server without users, in memory."""
    async with served() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The Chromium of this test process."""
    async with browser.launched() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="session")
async def hall(chromium: Browser) -> AsyncIterator[browser.Hall]:
    """A server in its own process, for users with browsers."""
    async with browser.opened(chromium, presence_grace=2) as hall:
        yield hall


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Function that returns the messages logged as warnings or errors, and fails if a traceback was logged."""
    caplog.set_level(logging.WARNING)

    def read() -> list[str]:
        assert not [record for record in caplog.records if record.exc_info], "no client can cause a traceback"
        return [record.getMessage() for record in caplog.records]

    return read


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The whole output of a server at every level, in both formats."""
    root, said = logging.getLogger(), io.StringIO()
    handlers = []
    for formatter in (logs.TextFormatter(), logs.JsonFormatter()):
        handler = logging.StreamHandler(said)
        handler.setFormatter(formatter)
        handlers.append(handler)
        root.addHandler(handler)
    before, ours = root.level, [logging.getLogger(name) for name in list(root.manager.loggerDict)]
    levels = [logger.level for logger in ours]
    root.setLevel(logging.DEBUG)
    for logger in ours:
        if not logger.name.startswith(("aiohttp.client", "socketio.client", "engineio.client")):
            logger.setLevel(logging.DEBUG)
    yield said
    root.setLevel(before)
    for logger, level in zip(ours, levels, strict=True):
        logger.setLevel(level)
    for handler in handlers:
        root.removeHandler(handler)


@pytest.fixture
async def ada(storage: Storage) -> User:
    """A user."""
    return await make_user(storage, "Ada")


@pytest.fixture
async def bob(storage: Storage) -> User:
    """Another user."""
    return await make_user(storage, "Bob")


@pytest.fixture
async def room(storage: Storage, ada: User) -> Room:
    """Ada's room, without other members."""
    return await make_room(storage, ada)


def wrapped(storage: Storage) -> Storage:
    """Return the storage with reads through lookups, whose entries do not expire during a test."""
    return cast("Storage", LookedUp(storage, Cache(ttl=3600)))


def make_backend(name: str, request: pytest.FixtureRequest, folder: Path, *, empty: bool = False) -> Backend:
    """Return the backend of this name, with new data.

    Args:
        name: one of `BACKENDS` or `CACHED`.
        request: used for the PostgreSQL server and for tables to copy.
        folder: folder for files.
        empty: True for a database without tables, as before the first `open`.
    """
    if name.endswith("+cache"):
        plain = make_backend(name.removesuffix("+cache"), request, folder)
        return plain._replace(make=lambda: wrapped(plain.make()))
    match name:
        case "memory":
            return Backend(MemoryStorage, lambda: None)
        case "yielding":
            return Backend(YieldingStorage, lambda: None)
        case "sqlite":
            path = folder / f"{ids.new_id()}.db"
            if not empty:
                shutil.copy(request.getfixturevalue("sqlite_tables"), path)
            request.addfinalizer(lambda: path.unlink(missing_ok=True))
            return Backend(lambda: SqliteStorage(path), lambda: _assert_sqlite_idle(path))
        case "postgres" if empty:
            server = request.getfixturevalue("postgres")
            dsn = server.create_database()
            name = dsn.rpartition("/")[2]
            request.addfinalizer(lambda: server.execute(f"DROP DATABASE {name} WITH (FORCE)"))
            return Backend(lambda: PostgresStorage(dsn), lambda: _assert_postgres_idle(Database(server, name)))
        case "postgres":
            databases: Databases = request.getfixturevalue("postgres_databases")
            database = databases.take()
            request.addfinalizer(lambda: databases.give_back(database))
            return Backend(lambda: PostgresStorage(database.dsn), lambda: _assert_postgres_idle(database))
    raise ValueError(name)


def _make_tables(storage: Storage) -> None:
    async def make() -> None:
        await storage.open()
        await storage.close()

    with ThreadPoolExecutor(1) as pool:  # in this thread, an event loop may run
        pool.submit(asyncio.run, make()).result()


@asynccontextmanager
async def opened(backend: Backend) -> AsyncIterator[Storage]:
    """Open a storage, close it at the end, and fail if transactions, tasks or threads are left over."""
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
        [(busy, _, _)] = connection.execute(
            "PRAGMA wal_checkpoint(TRUNCATE)"
        )  # fails to finish if there is a writer or reader
    assert not busy


def _assert_postgres_idle(database: Database) -> None:
    """Fail if a transaction stays open. The server may notice a closed connection late, so wait for it."""
    over = time.monotonic() + _CONNECTION_ENDS_WITHIN
    while (open_still := database.open_transactions()) and time.monotonic() < over:
        time.sleep(0.02)
    assert not open_still


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    """An SMTP server in this process."""
    async with mail_server() as server:
        yield server
