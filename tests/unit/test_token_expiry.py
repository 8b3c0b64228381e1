"""TokenExpiryMonitor: order and batches of checks, changes of the clock, and forgotten connections."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from domain.connections import CHAT, Connection
from domain.events import TokenExpiring
from services.accounts import token_expiry
from services.accounts.token_expiry import TokenExpiryMonitor
from tests.support.expiring_tokens import LONG
from tests.support.raw_sockets import until


@pytest.mark.parametrize(("lifetime", "warning"), [(12 * 3600, 60), (121, 60), (100, 50), (2, 1)])
def test_the_warning_comes_a_minute_before_the_end_or_half_way(lifetime, warning):
    assert TokenExpiryMonitor(None, None, lifetime)._warning_lead_time == warning


class Sockets:
    """Publisher that records the connections that are warned and closed."""

    def __init__(self):
        self.warned, self.closed = [], []
        self.on_closed = self.on_warned = lambda: None

    def send(self, connection, event):
        assert isinstance(event, TokenExpiring)
        self.warned.append(connection)
        self.on_warned()

    def drop_expired(self, connection):
        self.closed.append(connection)
        connection.alive = False
        self.on_closed()

    def sibling_connections(self, connection):
        return [connection]

    def rebind_session(self, connection, sign_in_id):
        connection.session_id = sign_in_id


class Wall:
    """The wall clock, which a test may set."""

    def __init__(self):
        self.set_by = 0.0

    def time(self):
        return time.time() + self.set_by


@pytest.fixture
def wall(monkeypatch):
    wall = Wall()
    monkeypatch.setattr(token_expiry, "time", wall)
    return wall


def watched(kept, number, seconds):
    """Open a connection with a token that expires in so many seconds."""
    connection = Connection(f"connection {number}", CHAT)
    connection.alive, connection.token_expires = True, time.time() + seconds
    kept.track(connection)
    return connection


async def test_connections_that_are_gone_leave_little_behind():
    kept = TokenExpiryMonitor(None, Sockets(), LONG)
    stay = [watched(kept, number, LONG) for number in range(10)]
    for number in range(1000):
        watched(kept, 10 + number, LONG).alive = False
        kept.note_closed()
        assert len(kept) <= 10 + 2 * token_expiry.MIN_STALE_TO_COMPACT
    assert {entry.connection for entry in kept._entries} >= set(stay)


async def test_who_renewed_several_times_is_warned_once_and_closed_once(monkeypatch):
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 0.1)

    class SignIns:
        async def authenticate(self, _):
            return SimpleNamespace(user=SimpleNamespace(id=""), session_id="", token_expires=next(expires))

    sockets, expires = Sockets(), iter([time.time() + 0.2 + 0.01 * number for number in range(5)])
    kept = TokenExpiryMonitor(SignIns(), sockets, 0.2)
    sockets.on_closed = kept.note_closed
    connection = watched(kept, 1, 0.15)
    for _ in range(5):
        await kept.renew(connection, "")  # all of them before anything can be due
    await until(lambda: sockets.closed)
    await asyncio.sleep(0.1)
    assert (sockets.warned, sockets.closed, len(kept), kept._stale) == ([connection], [connection], 0, 0)


async def test_a_crowd_whose_tokens_end_together_is_closed_a_part_at_a_time(monkeypatch):
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 0.0)
    sockets = Sockets()
    kept = TokenExpiryMonitor(None, sockets, 0.02)
    crowd = [watched(kept, number, 0.01) for number in range(1000)]
    parts, before = [], 0
    async with asyncio.timeout(10):
        while len(sockets.closed) < len(crowd):
            await asyncio.sleep(0)
            done = len(sockets.warned) + len(sockets.closed)
            parts.append(done - before)
            before = done
    assert max(parts) <= token_expiry.BATCH_SIZE
    assert len(sockets.warned) == len(crowd)
    assert not len(kept)


async def test_a_clock_that_is_set_back_closes_nobody_too_early(wall, monkeypatch):
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 0.05)
    sockets = Sockets()
    kept = TokenExpiryMonitor(None, sockets, 0.1)
    sockets.on_warned = lambda: setattr(wall, "set_by", -LONG)
    connection = watched(kept, 1, 0.1)
    await until(lambda: sockets.warned)
    await asyncio.sleep(0.2)
    assert (sockets.closed, len(sockets.warned), len(kept)) == ([], 1, 1)
    assert connection.check_at - asyncio.get_running_loop().time() > token_expiry.MAX_CHECK_INTERVAL - 1


async def test_a_clock_that_is_set_ahead_is_noticed(wall, monkeypatch):
    monkeypatch.setattr(token_expiry, "EXPIRY_GRACE", 0.05)
    monkeypatch.setattr(token_expiry, "MAX_CHECK_INTERVAL", 0.05)
    sockets = Sockets()
    kept = TokenExpiryMonitor(None, sockets, LONG)
    connection = watched(kept, 1, LONG)
    await asyncio.sleep(0.2)
    assert (sockets.warned, sockets.closed, len(kept)) == ([], [], 1)
    wall.set_by = LONG
    await until(lambda: sockets.closed)
    assert sockets.warned == [connection]
