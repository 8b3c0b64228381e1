"""Fixtures that tests of the socket engine share."""

import pytest

from tests.support.raw_sockets import count_events
from tests.support.served import served


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
