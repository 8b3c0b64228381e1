"""Readiness: what one probe answers, and which requests get a fresh one."""

import asyncio

import pytest

from domain.errors.storage import StorageUnavailable
from runtime.cache import Cache
from services.admin.health import MAX_AGE, Health
from tests.support.served import served

TOKEN = "a token for probes that is long enough"
PROXIED = {"X-Forwarded-For": "192.0.2.7"}


class Pings:
    """A storage that is only pinged: counts, and answers when it is let."""

    def __init__(self):
        self.begun = self.running = self.most = 0
        self.fails = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def ping(self):
        self.begun += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.may_answer.wait()
        finally:
            self.running -= 1
        if self.fails:
            raise StorageUnavailable("The disk is full.")


class Clock:
    seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def storage():
    return Pings()


@pytest.fixture
async def health(storage, clock):
    made = Health(storage, Cache(), clock)
    yield made
    await made.close()


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


async def test_probe_shared_by_requests_at_once(health, storage):
    storage.may_answer.clear()
    asked = [asyncio.create_task(health.check()) for _ in range(500)]
    await turns()
    storage.may_answer.set()
    await asyncio.gather(*asked)
    assert storage.begun == 1


async def test_result_reused_for_a_second_and_no_longer(health, storage, clock):
    await health.check()
    clock.seconds += MAX_AGE - 0.01
    await health.check()
    assert storage.begun == 1
    clock.seconds += 0.01
    await health.check()
    assert storage.begun == 2


async def test_failure_is_reused_with_its_reason(health, storage, clock):
    storage.fails = True
    for _ in range(3):
        with pytest.raises(StorageUnavailable, match="The disk is full"):
            await health.check()
    assert storage.begun == 1
    storage.fails = False
    clock.seconds += MAX_AGE
    await health.check()


async def test_fresh_probe_begins_after_the_request(health, storage):
    await health.check()
    storage.fails = True
    with pytest.raises(StorageUnavailable):
        await health.check(fresh=True)
    assert storage.begun == 2


async def test_fresh_requests_share_the_probe_after_the_running_one(health, storage):
    storage.may_answer.clear()
    asked = [asyncio.create_task(health.check(fresh=True)) for _ in range(100)]
    await turns()
    asked += [asyncio.create_task(health.check()) for _ in range(100)]
    await turns()
    assert storage.begun == 1
    storage.may_answer.set()
    await asyncio.gather(*asked)
    assert (storage.begun, storage.most) == (2, 1)


async def test_probe_goes_on_when_a_request_is_cancelled(health, storage):
    storage.may_answer.clear()
    gone, waiting = asyncio.create_task(health.check()), asyncio.create_task(health.check())
    await turns()
    gone.cancel()
    await turns()
    storage.may_answer.set()
    await waiting
    assert storage.begun == 1


async def test_close_ends_the_probes_that_run(storage, clock):
    health = Health(storage, Cache(), clock)
    storage.may_answer.clear()
    asked = [asyncio.create_task(health.check(fresh=True)) for _ in range(2)]
    await turns()
    await health.close()
    assert storage.running == 0
    await asyncio.gather(*asked, return_exceptions=True)


@pytest.fixture
async def school():
    environ = {"STUDYHALL_SERVER_PROBE_TOKEN": TOKEN, "STUDYHALL_SERVER_TRUSTED_PROXIES": "127.0.0.1"}
    async with served(environ=environ) as running:
        yield running


@pytest.mark.parametrize(
    ("headers", "probes"),
    [
        ({}, 20),
        (PROXIED | {"Authorization": f"Bearer {TOKEN}"}, 20),
        (PROXIED, 1),
        ({"Via": "1.1 proxy"}, 1),
        ({"Forwarded": "for=192.0.2.7"}, 1),
        ({"X-Forwarded-For": "127.0.0.1"}, 1),
        (PROXIED | {"Authorization": f"Bearer {TOKEN}x"}, 1),
        (PROXIED | {"Authorization": "Bearer \xff"}, 1),
    ],
)
async def test_fresh_probe_only_for_loopback_or_the_token(school, monkeypatch, headers, probes):
    storage = Pings()
    monkeypatch.setattr(school.services.health, "_storage", storage)
    monkeypatch.setattr(school.services.health, "_monotonic", Clock())
    for _ in range(20):
        assert (await school.request("GET", "/readyz", headers=headers)).status == 200
    assert storage.begun == probes


async def test_without_a_token_set_none_is_accepted(monkeypatch):
    async with served() as school:
        storage = Pings()
        monkeypatch.setattr(school.services.health, "_storage", storage)
        monkeypatch.setattr(school.services.health, "_monotonic", Clock())
        for token in ("", " ", TOKEN) * 5:
            headers = PROXIED | {"Authorization": f"Bearer {token}"}
            assert (await school.request("GET", "/readyz", headers=headers)).status == 200
    assert storage.begun == 1
