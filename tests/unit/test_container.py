"""The service container: construction without I/O, start in order, stop in reverse."""

import asyncio

import pytest

from domain.errors.storage import StorageUnavailable
from publisher.publisher import EventPublisher
from services.container import Services
from services.presence.presence import Presence
from storage.base.changes import ChangeFeed
from storage.memory import MemoryStorage
from tests.support.services import service_context


def services_on(storage):
    return Services(service_context(storage, EventPublisher(None)))


def test_construction_opens_nothing_and_starts_no_task():
    """Without a running loop a task cannot be started; a storage without methods cannot be read."""

    class Untouched:
        change_feed = ChangeFeed()
        commit_lanes = 1
        open = close = None

    services = services_on(Untouched())
    services.passwords.close()
    assert services.ctx.gauges["rooms"]() == 0


async def test_start_opens_storage_first_and_stop_closes_it_last(monkeypatch):
    order = []

    def recorded(owner, name, label):
        work = getattr(owner, name)

        async def run(self):
            order.append(label)
            await work(self)

        monkeypatch.setattr(owner, name, run)

    recorded(MemoryStorage, "open", "storage opens")
    recorded(MemoryStorage, "close", "storage closes")
    recorded(Presence, "start", "presence starts")
    recorded(Presence, "close", "presence closes")
    services = services_on(MemoryStorage())
    await services.start()
    await services.stop()
    assert order == ["storage opens", "presence starts", "presence closes", "storage closes"]


@pytest.mark.parametrize("failure", [StorageUnavailable(), RuntimeError("broken"), asyncio.CancelledError()])
async def test_failed_stop_is_logged_and_the_rest_is_stopped(monkeypatch, caplog, failure):
    closed = []

    async def fail(_):
        raise failure

    async def close(_):
        closed.append("storage")

    monkeypatch.setattr(Presence, "close", fail)
    monkeypatch.setattr(MemoryStorage, "close", close)
    services = services_on(MemoryStorage())
    await services.start()
    await services.stop()
    assert closed == ["storage"]
    assert [record.getMessage() for record in caplog.records] == ["stopping failed: presence; stopping the rest"]


async def test_failed_start_stops_what_was_started(monkeypatch):
    calls = []

    async def fail(_):
        raise StorageUnavailable

    async def close_presence(_):
        calls.append("presence")

    async def close(_):
        calls.append("storage")

    monkeypatch.setattr(Presence, "start", fail)
    monkeypatch.setattr(Presence, "close", close_presence)
    monkeypatch.setattr(MemoryStorage, "close", close)
    with pytest.raises(StorageUnavailable):
        await services_on(MemoryStorage()).start()
    assert calls == ["storage"]


async def test_stop_that_is_cancelled_stops_the_rest_and_stays_cancelled(monkeypatch):
    closed, waiting = [], asyncio.Event()

    async def wait(_):
        waiting.set()
        await asyncio.Event().wait()

    async def close(_):
        closed.append("storage")

    monkeypatch.setattr(Presence, "close", wait)
    monkeypatch.setattr(MemoryStorage, "close", close)
    services = services_on(MemoryStorage())
    await services.start()
    stopping = asyncio.create_task(services.stop())
    await waiting.wait()
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert closed == ["storage"]
