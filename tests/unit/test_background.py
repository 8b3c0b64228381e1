"""Jobs that run every so often."""

import asyncio
import logging

import pytest

from domain.errors.storage import StorageUnavailable
from services.background import BackgroundJobs, Job


class Hours:
    """Time that the test lets pass: `sleep` returns when it is told to."""

    def __init__(self):
        self.asked = []
        self._sleeping = []

    async def sleep(self, seconds):
        self.asked.append(seconds)
        awake = asyncio.get_running_loop().create_future()
        self._sleeping.append(awake)
        await awake

    async def pass_by(self):
        """Wake everybody, and let everything go as far as it can."""
        await settle()
        sleeping, self._sleeping = self._sleeping, []
        for awake in sleeping:
            awake.set_result(None)
        await settle()


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def hours():
    return Hours()


@pytest.fixture
async def keep(hours):
    """A function that starts background jobs; they are stopped at the end."""
    started = []

    def keep(*jobs, **options):
        housekeeping = BackgroundJobs(jobs, chance=lambda: 0.5, sleep=hours.sleep, **options)
        housekeeping.start()
        started.append(housekeeping)
        return housekeeping

    yield keep
    for housekeeping in started:
        await housekeeping.close()


@pytest.fixture
def warnings(caplog):
    caplog.set_level(logging.WARNING)
    return lambda: [(record.getMessage(), record.exc_info) for record in caplog.records]


async def test_a_job_runs_soon_and_then_every_so_often(keep, hours):
    runs = []

    async def work():
        runs.append(True)

    keep(Job("cleaning", work, 100))
    for count in range(1, 4):
        assert len(runs) == count - 1
        await hours.pass_by()
        assert len(runs) == count
    assert hours.asked == [5, 100, 100, 100]


async def test_failed_run_is_repeated_after_its_retry_interval(keep, hours):
    outcomes = iter([StorageUnavailable(), StorageUnavailable(), None])

    async def work():
        if failure := next(outcomes):
            raise failure

    keep(Job("checkpointing", work, 100, 1))
    for _ in range(3):
        await hours.pass_by()

    assert hours.asked == [5, 1, 1, 100]


async def test_runs_come_a_tenth_earlier_or_later(hours):
    async def work():
        pass

    chances = iter([0, 0, 1, 0.25])
    housekeeping = BackgroundJobs([Job("cleaning", work, 100)], chance=lambda: next(chances), sleep=hours.sleep)
    housekeeping.start()
    for _ in range(3):
        await hours.pass_by()
    assert hours.asked == pytest.approx([0, 90, 110, 95])
    await housekeeping.close()


async def test_two_jobs_never_run_at_once(keep, hours):
    running, ended, go = [], [], asyncio.Event()

    async def work():
        running.append(True)
        assert len(running) == 1
        await go.wait()
        running.clear()
        ended.append(True)

    keep(Job("one", work, 1), Job("other", work, 2))
    await hours.pass_by()
    assert (len(running), len(ended)) == (1, 0)
    go.set()
    await settle()
    assert len(ended) == 2


@pytest.mark.parametrize("failure", [StorageUnavailable("It is away."), OSError("one\ntwo"), asyncio.CancelledError()])
async def test_a_run_that_fails_is_one_line_and_the_next_one_comes(keep, hours, warnings, failure):
    runs = []

    async def work():
        runs.append(True)
        raise failure

    keep(Job("cleaning", work, 100))
    await hours.pass_by()
    await hours.pass_by()
    assert len(runs) == 2
    assert warnings() == [(f"cleaning failed: {failure!r}", None)] * 2
    assert "\n" not in warnings()[0][0]


async def test_a_time_out_of_the_work_itself_is_told_apart_from_a_run_that_takes_too_long(keep, hours, warnings):
    async def work():
        raise TimeoutError

    keep(Job("cleaning", work, 100))
    await hours.pass_by()
    assert [line for line, _ in warnings()] == ["cleaning failed: TimeoutError()"]


async def test_a_run_that_takes_too_long_is_cut_off(keep, hours, warnings):
    runs, cut_off = [], []

    async def work():
        runs.append(True)
        try:
            await asyncio.Event().wait()
        finally:
            cut_off.append(True)

    keep(Job("cleaning", work, 100), run_timeout=0)
    await hours.pass_by()
    async with asyncio.timeout(5):
        while not warnings():
            await asyncio.sleep(0.001)
    assert cut_off
    assert warnings() == [("cleaning took longer than 0 s; its next run continues", None)]
    await hours.pass_by()
    assert len(runs) == 2


async def test_closing_cuts_off_a_run_and_begins_none(keep, hours, warnings):
    runs, cut_off = [], []

    async def work():
        runs.append(True)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cut_off.append(True)
            raise

    before = asyncio.all_tasks()
    housekeeping = keep(Job("one", work, 100), Job("other", work, 100))
    await hours.pass_by()
    await housekeeping.close()
    assert (len(runs), cut_off, warnings()) == (1, [True], [])
    assert asyncio.all_tasks() == before


async def test_what_was_never_started_can_be_closed():
    await BackgroundJobs([]).close()
