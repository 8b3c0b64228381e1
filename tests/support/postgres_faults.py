"""PostgreSQL with faults: timeouts, slow statements, and waiting until the server is in a state."""

import asyncio
import contextlib
import time

import pytest

from domain.errors.storage import StorageUnavailable

TIMEOUT = 1.0
PATIENCE = 20.0
"""Seconds that an operation may take where its time is not what is tested, on a busy machine."""
SLOW = "SELECT pg_sleep(1)"
TOO_SLOW = "SELECT pg_sleep(60)"
SLOW_ONCE = "SELECT pg_sleep(CASE nextval('runs') WHEN 1 THEN 60 ELSE 0 END)::text"

in_a_second = pytest.mark.parametrize("timeout", [TIMEOUT])


async def until_it_answers(ask, within=PATIENCE):
    """Retry until the database answers; fail if it does not `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            with contextlib.suppress(StorageUnavailable):
                return await ask()
            await asyncio.sleep(0.05)


async def until(condition):
    """Return once `condition` holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def until_it_runs(server, sql, count=1):
    """Return once `count` connections are running `sql`, in the server's own eyes."""
    async with asyncio.timeout(PATIENCE):
        while True:
            running = await asyncio.to_thread(
                server.execute, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = %s", sql
            )
            if running == [(count,)]:
                return
            await asyncio.sleep(0.02)


async def assert_unavailable_in_time(operation):
    """Fail unless the operation raises `StorageUnavailable` within twice `TIMEOUT`."""
    started = time.monotonic()
    with pytest.raises(StorageUnavailable):
        await operation
    assert time.monotonic() - started < 2 * TIMEOUT
