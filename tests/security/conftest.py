"""Fixtures of the bad-input matrix."""

import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
import pytest_asyncio

from tests.support.bad_input_stage import MAIL, SETTINGS, Stage
from tests.support.bad_input_wire import PATIENCE
from tests.support.served import served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stages(postgres, postgres_tables, sqlite_tables, tmp_path_factory) -> AsyncIterator[dict[str, Stage]]:
    """A server on each storage, by the name of the storage."""
    file = shutil.copy(sqlite_tables, tmp_path_factory.mktemp("bad-input"))
    urls = {"memory": "memory://", "sqlite": f"sqlite:///{file}", "postgres": postgres.create_database(postgres_tables)}
    async with AsyncExitStack() as stack:
        made = {}
        for name, url in urls.items():
            school = await stack.enter_async_context(served(url, SETTINGS | MAIL))
            connector = aiohttp.TCPConnector(limit=1)  # one connection, which is to stay usable
            session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(PATIENCE))
            http = await stack.enter_async_context(session)
            made[name] = Stage(school, http)
            await made[name].set_up()
        yield made
        for stage in made.values():
            await stage.wire.ws.close()


@pytest.fixture
def log_without_errors(caplog):
    """Fail if an error or a traceback is logged."""
    caplog.set_level(logging.INFO)
    yield
    complaints = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    tracebacks = [record.getMessage() for record in caplog.get_records("call") if record.exc_info]
    assert not complaints + tracebacks
