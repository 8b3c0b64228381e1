"""Fixtures of the tests of sockets."""

import time
from contextlib import AsyncExitStack

import aiohttp
import msgspec
import pytest

from domain.clock import SystemClock
from services.accounts import token_expiry
from tests.conftest import DURABLE
from tests.support.expiring_tokens import LONG
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


@pytest.fixture(params=DURABLE)
def storage_url(request, tmp_path):
    """The URL of each durable storage in turn, without data."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'studyhall.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def http():
    """An HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


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


@pytest.fixture
def ends(school, monkeypatch):
    """Lifetimes of tokens for sockets in seconds, by token, instead of those in the tokens; `LONG` by default."""
    remaining: dict[str, float] = {}
    sign_ins = school.services.sessions
    authenticate = sign_ins.authenticate

    async def until_then(token):
        identity = await authenticate(token)
        return msgspec.structs.replace(identity, token_expires=time.time() + remaining.get(token, LONG))

    monkeypatch.setattr(sign_ins, "authenticate", until_then)
    return remaining


@pytest.fixture
def soon(school, monkeypatch):
    """Warn 0.1 s before a token expires, and close 0.5 s after it."""
    monkeypatch.setattr(school.services.token_expiry, "_warning_lead_time", 0.1)
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 0.5)


class Ahead(SystemClock):
    """The machine's clocks, of which the monotonic one is ahead."""

    seconds = 0.0

    def instant(self):
        now = super().instant()
        return now._replace(monotonic=now.monotonic + self.seconds)


@pytest.fixture
def pass_by(school, monkeypatch):
    """A function that advances the clock of presence by seconds."""
    presence, clock = school.services.presence, Ahead()
    monkeypatch.setattr(presence, "_clock", clock)

    def pass_by(seconds):
        clock.seconds += seconds
        presence.tick()

    return pass_by
