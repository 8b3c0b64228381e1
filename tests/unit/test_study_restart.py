"""Study time after a kill, when the next process starts with the machine's clock behind."""

import asyncio

import pytest

from domain.clock import from_milliseconds
from domain.connections import CHAT, Connection
from domain.errors.storage import StorageUnavailable
from domain.study.focus import NewManualSession, StartFocus
from domain.study.timer import Timer
from services.study.clock_correction import CHECK_INTERVAL, CORRECT_AFTER, ClockCorrection
from services.study.focus import FocusSessions
from services.study.focus_history import FocusHistory
from storage.memory import MemoryStorage
from tests.support.factories import at, make_room, make_user
from tests.support.timer_process import BEGAN, PLAN, Process

pytestmark = pytest.mark.skips_time

HOUR = 3600


class Slow(MemoryStorage):
    """A storage that stores focus sessions when `goes_on` is set, and whose corrections fail after they were done."""

    def __init__(self):
        super().__init__()
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.is_silent = False

    async def save_focus(self, *args):
        await self.goes_on.wait()
        await super().save_focus(*args)

    async def correct_study_clock(self, before, after):
        is_moved = await super().correct_study_clock(before, after)
        if self.is_silent:
            raise StorageUnavailable
        return is_moved


class Recounted:
    """Stands for the study time of members that rooms show."""

    async def recount(self, user_id):
        """Do nothing."""


class Studying(Process):
    """One server process with timers and focus sessions, which is killed by forgetting it."""

    @classmethod
    async def begin(cls, storage, set_by=0):
        """Start a process with the machine's clock set by some seconds."""
        process = cls(storage)
        process.machine.set_by = set_by
        process.focus = FocusSessions(process.ctx, process.clock, process.access, process.timers)
        process.history = FocusHistory(process.ctx, process.clock, process.access, process.focus, Recounted())
        process.correction = ClockCorrection(process.ctx, process.clock, process.timers, process.focus)
        await process.correction.start_clock()
        await process.timers.start()
        await process.focus.start()
        return process

    def connect(self, user):
        connection = Connection(f"of {user.id}", CHAT)
        connection.user_id = user.id
        self.focus.connected(connection)

    async def studies(self, user):
        return (await self.focus.begin(StartFocus(), user)).session


@pytest.fixture
async def storage():
    storage = Slow()
    yield storage
    await storage.close()


@pytest.fixture
async def ada(storage):
    return await make_user(storage, "Ada")


@pytest.fixture
async def process(storage, ada):
    """A process that had a checkpoint 40 s ago."""
    process = await Studying.begin(storage)
    process.connect(ada)
    await process.focus.checkpoint()
    await asyncio.sleep(40)
    return process


async def restarted(storage):
    return await Studying.begin(storage, -HOUR)


async def test_session_that_began_after_the_checkpoint_is_not_in_the_future(process, storage, ada):
    begun = await process.studies(ada)
    again = await restarted(storage)
    assert again.clock.timestamp() >= begun.started_at
    again.connect(ada)
    assert again.focus.current(ada).session == begun
    assert (await again.focus.stop(ada)).ended is None, "under a minute, and not counted"


async def test_session_that_ended_after_the_checkpoint_does_not_overlap_the_next(storage, ada):
    process = await Studying.begin(storage)
    process.connect(ada)
    await process.studies(ada)
    await asyncio.sleep(60)
    await process.focus.checkpoint()
    await asyncio.sleep(40)
    ended = (await process.focus.stop(ada)).ended
    again = await restarted(storage)
    again.connect(ada)
    assert (await again.studies(ada)).started_at >= ended.ended_at


async def test_session_entered_after_the_checkpoint_does_not_overlap_the_next(process, storage, ada):
    times = {"started_at": from_milliseconds(BEGAN - 60_000), "ended_at": process.clock.timestamp()}
    entered = await process.history.add_manual(NewManualSession(**times), ada)
    again = await restarted(storage)
    again.connect(ada)
    assert (await again.studies(ada)).started_at >= entered.ended_at


async def test_timer_that_began_after_the_checkpoint_does_not_begin_again(process, storage, ada):
    room = await make_room(storage, ada)
    process.come(room)
    begun = await process.starts(room, ada)
    again = await restarted(storage)
    assert again.clock.timestamp() >= begun.started_at
    await asyncio.sleep(20)
    assert again.timers.phase_of(room.id).remaining == 1000 * (PLAN["focus"] - 20)


async def test_timer_far_ahead_of_the_checkpoint_does_not_move_the_clock(process, storage, ada):
    room = await make_room(storage, ada)
    ahead = {"state": "running", "phase": "focus", "round": 1, "duration": 60}
    started_at = from_milliseconds(BEGAN + 1000 * HOUR)
    await storage.set_room_timer(room.id, Timer(room_id=room.id, version=1, started_at=started_at, **ahead), 0, at(0))
    assert (await Studying.begin(storage)).clock.now() == BEGAN + 40_000


@pytest.fixture
async def ahead(storage, ada):
    """A process that began an hour ahead, as its machine did, and whose correction is due: ada studies."""
    process = await Studying.begin(storage, HOUR)
    process.connect(ada)
    await process.studies(ada)
    process.machine.set_by = 0
    await process.correction.check()
    await asyncio.sleep(CORRECT_AFTER)
    return process


async def test_checkpoint_under_way_does_not_stay_ahead_of_a_corrected_clock(ahead, storage):
    storage.goes_on.clear()
    storing = [asyncio.create_task(ahead.focus.checkpoint()), asyncio.create_task(ahead.correction.check())]
    await asyncio.sleep(1)
    storage.goes_on.set()
    await asyncio.gather(*storing)
    assert await storage.last_checkpoint() <= ahead.machine.now()
    assert ahead.clock.drift() == 0


async def test_checkpoint_while_a_correction_is_unknown_does_not_stay_ahead(ahead, storage, ada):
    storage.is_silent = True
    with pytest.raises(StorageUnavailable):
        await ahead.correction.check()
    await ahead.focus.stop(ada)
    await ahead.focus.checkpoint()
    storage.is_silent = False
    await asyncio.sleep(CHECK_INTERVAL)
    await ahead.correction.check()
    assert await storage.last_checkpoint() <= ahead.machine.now()
    await ahead.focus.checkpoint()
    assert await storage.last_checkpoint() == ahead.machine.now() == ahead.clock.timestamp()
