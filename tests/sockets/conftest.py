"""Fixtures of the tests of sockets."""

from contextlib import AsyncExitStack

import pytest

from tests.support.raw_sockets import count_events, settled
from tests.support.served import served


@pytest.fixture
async def school():
    """A complete server without users, in memory; its socket engine must have no tasks at the end of the test."""
    async with settled() as running:
        yield running


@pytest.fixture
async def ada(school):
    """A user."""
    return await school.person()


@pytest.fixture
async def stack():
    """Closes what a test opens, in reverse order."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def quick():
    """A server with short ping intervals, as the tests of the protocol require."""
    quick_pings = {"STUDYHALL_SOCKET_PING_INTERVAL": "0.3", "STUDYHALL_SOCKET_PING_TIMEOUT": "0.2"}
    async with served(environ=quick_pings) as running:
        yield running


@pytest.fixture
def counted(monkeypatch):
    """Events that a test adds, counted as they are handled."""
    return count_events(monkeypatch)
