"""Fixtures of tests with faults: a PostgreSQL server of their own, and storages on it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from storage.postgres import PostgresStorage
from storage.postgres.database import PostgresDatabase
from tests.support import postgres_server
from tests.support.postgres_faults import PATIENCE


@pytest.fixture(scope="package")
def server() -> Iterator[postgres_server.Server]:
    """A PostgreSQL server that tests may kill and freeze."""
    server = postgres_server.start()
    yield server
    server.stop()


@pytest.fixture
def dsn(server: postgres_server.Server) -> str:
    """The URL of an empty database."""
    return server.create_database()


@pytest.fixture
def timeout() -> float:
    """The timeout of an operation in seconds."""
    return PATIENCE


@pytest.fixture
async def database(dsn: str, timeout: float) -> AsyncIterator[PostgresDatabase]:
    """An open, empty database with two connections."""
    database = PostgresDatabase(dsn, pool_size=2, timeout=timeout)
    await database.open(PATIENCE)
    yield database
    await database.close()


@pytest.fixture
async def storage(dsn: str, timeout: float) -> AsyncIterator[PostgresStorage]:
    """An open, empty storage with two connections, in place of the storage of each backend."""
    storage = PostgresStorage(dsn, pool_size=2, timeout=timeout)
    await storage.open()
    yield storage
    await storage.close()
