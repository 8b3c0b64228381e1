"""services/study/clock_correction.py: the machine's clock is set while timers run."""

import asyncio
from contextlib import nullcontext

import pytest

from domain.clock import to_milliseconds
from domain.errors.storage import StorageUnavailable
from services.study.clock_correction import CHECK_INTERVAL, ClockCorrection
from storage.memory import MemoryStorage
from tests.support.factories import make_room, make_user
from tests.support.timer_process import BEGAN, Process

pytestmark = pytest.mark.skips_time


class Uncertain(MemoryStorage):
    """A storage that moves its times, and does not answer while `is_silent` is true."""

    is_silent = False

    async def correct_study_clock(self, before, after):
        is_moved = await super().correct_study_clock(before, after)
        if self.is_silent:
            raise StorageUnavailable
        return is_moved


class Moves(list):
    """Stands for focus sessions: the milliseconds by which the clock was moved."""

    correction = nullcontext

    def clock_moved(self, milliseconds):
        self.append(milliseconds)


class Corrected(Process):
    """A process with a corrected clock, and a room whose timer runs."""

    @classmethod
    async def begin(cls, storage):
        process = cls(storage)
        process.moves = Moves()
        process.correction = ClockCorrection(process.ctx, process.clock, process.timers, process.moves)
        await process.timers.start()
        ada = await make_user(storage, "Ada")
        process.room = await make_room(storage, ada)
        process.come(process.room)
        await process.starts(process.room, ada, focus=3600)
        return process

    async def passes(self, seconds):
        """Check at intervals for some time."""
        for _ in range(round(seconds / CHECK_INTERVAL)):
            await asyncio.sleep(CHECK_INTERVAL)
            await self.correction.check()

    @property
    def remaining(self):
        return self.timers.phase_of(self.room.id).remaining


@pytest.fixture
async def storage():
    storage = Uncertain()
    yield storage
    await storage.close()


@pytest.fixture
async def process(storage):
    process = await Corrected.begin(storage)
    yield process
    await process.timers.close()


@pytest.mark.parametrize("step", [3600.0, -3600.0, 2.5])
async def test_clock_that_was_set_is_followed_after_a_minute(process, storage, step):
    process.machine.set_by = step
    await process.passes(60)
    assert (process.moves, process.clock.now()) == ([], BEGAN + 60_000)
    await process.passes(20)
    assert process.moves == [step * 1000]
    assert process.clock.now() == to_milliseconds(process.machine.now())
    assert process.remaining == 3_520_000, "no second is counted, no phase ends"
    assert process.phases == [(None, "focus")], "subscribers follow the clock by themselves"
    stored = await storage.room_timer(process.room.id)
    assert (stored.version, to_milliseconds(stored.started_at)) == (2, BEGAN + step * 1000)
    assert [timer.version for timer in process.published] == [1, 2]
    await process.passes(300)
    assert process.moves == [step * 1000]


@pytest.mark.parametrize("steps", [(1.9, 0.0), (3600.0, 0.0)])
async def test_small_step_and_step_taken_back_are_ignored(process, steps):
    for step in steps:
        process.machine.set_by = step
        await process.passes(50)
    process.machine.set_by = steps[0]
    await process.passes(50)
    assert (process.moves, process.remaining) == ([], 3_450_000)


@pytest.mark.parametrize(("step", "moves"), [(40.0, [40_000]), (-40.0, []), (1.9, [])])
async def test_shutdown_follows_a_clock_that_is_ahead_at_once(process, storage, step, moves):
    process.machine.set_by = step
    await asyncio.sleep(20)
    await process.correction.close()
    assert process.moves == moves
    assert process.remaining == 3_580_000, "the next process does not take the step for time that passed"
    storage.is_silent = True
    process.machine.set_by += 40.0
    await process.correction.close()
    assert process.moves == moves, "a storage that does not answer does not stop the shutdown"


async def test_unknown_outcome_moves_nothing_twice(process, storage):
    process.machine.set_by, storage.is_silent = 3600.0, True
    await process.passes(60)
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            await process.passes(CHECK_INTERVAL)
    storage.is_silent = False
    await process.passes(CHECK_INTERVAL)
    assert process.moves == [3_600_000]
    assert (await storage.room_timer(process.room.id)).version == 2
    assert process.remaining == 3_500_000


async def test_phase_ends_on_time_after_the_correction(process):
    process.machine.set_by = -7200.0
    await process.passes(3590)
    assert [timer.phase for timer in process.published] == ["focus", "focus"]
    await process.passes(20)
    assert process.published[-1].phase == "shortBreak"
    assert process.published[-1].started_at == process.published[-2].ends_at
