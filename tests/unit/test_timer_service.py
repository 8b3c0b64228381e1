"""services/study/timers.py: ends of phases, empty rooms, and several processes on one storage."""

import asyncio

import pytest

from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.storage import StorageUnavailable
from domain.errors.study import TimerChanged
from storage.memory import MemoryStorage
from tests.support.factories import make_room, make_user
from tests.support.timer_process import BEGAN, CYCLE, Process

pytestmark = pytest.mark.skips_time


class Failing(MemoryStorage):
    """A storage whose writes of timers fail while `fails` is true."""

    fails = False

    async def set_room_timer(self, *args, **options):
        self._fail()
        return await super().set_room_timer(*args, **options)

    async def set_timers_empty(self, since):
        self._fail()
        await super().set_timers_empty(since)

    def _fail(self):
        if self.fails:
            raise StorageUnavailable


@pytest.fixture
async def storage():
    storage = Failing()
    yield storage
    await storage.close()


@pytest.fixture
async def ada(storage):
    return await make_user(storage, "Ada")


@pytest.fixture
async def room(storage, ada):
    return await make_room(storage, ada)


@pytest.fixture
async def running():
    """Processes that are closed at the end."""
    processes = []
    yield processes
    for process in processes:
        await process.timers.close()


@pytest.fixture
async def process(storage, running):
    return await served_by(storage, running)


async def served_by(storage, running):
    process = Process(storage)
    running.append(process)
    await process.timers.start()
    return process


async def test_phases_are_published_when_they_begin(process, room, ada):
    process.come(room)
    begun = await process.starts(room, ada)
    await asyncio.sleep(CYCLE + 1)
    late = [to_milliseconds(timer.server_time) - to_milliseconds(timer.started_at) for timer in process.published]
    assert max(late) <= 1
    assert [timer.phase for timer in process.published] == ["focus", "shortBreak", "focus", "longBreak", "focus"]
    assert [timer.version for timer in process.published] == [1, 2, 3, 4, 5]
    ends = [timer.ends_at for timer in process.published]
    assert [timer.started_at for timer in process.published] == [begun.started_at, *ends[:-1]]
    assert process.phases == [
        (None, "focus"),
        ("focus", "shortBreak"),
        ("shortBreak", "focus"),
        ("focus", "longBreak"),
        ("longBreak", "focus"),
    ]


async def test_end_of_a_phase_writes_nothing(process, storage, room, ada):
    process.come(room)
    await process.starts(room, ada)
    kept = await storage.room_timer(room.id)
    storage.fails = True
    await asyncio.sleep(CYCLE)
    assert await storage.room_timer(room.id) == kept
    assert process.timers.phase_of(room.id).version == 5


async def test_empty_room_stops_after_a_cycle_and_stores_it(process, storage, room, ada):
    process.come(room)
    await process.starts(room, ada)
    await asyncio.sleep(10)
    process.come(room, 0)
    await asyncio.sleep(CYCLE - 1)
    assert (await storage.room_timer(room.id)).empty_since == from_milliseconds(BEGAN + 10_000)
    assert process.timers.phase_of(room.id).state == "running"
    await asyncio.sleep(1.1)
    stopped = await storage.room_timer(room.id)
    assert (stopped.state, stopped.version, stopped.changed_by, stopped.empty_since) == ("idle", 6, None, None)
    assert [timer.state for timer in process.published[-2:]] == ["running", "idle"]
    assert process.phases[-1] == ("focus", None)
    assert (process.timers.phase_of(room.id), len(process.timers)) == (None, 0)


async def test_user_who_comes_in_time_prevents_the_stop(process, storage, room, ada):
    process.come(room)
    await process.starts(room, ada)
    process.come(room, 0)
    await asyncio.sleep(CYCLE - 1)
    process.come(room)
    await asyncio.sleep(5 * CYCLE)
    assert (await storage.room_timer(room.id)).empty_since is None
    assert process.timers.phase_of(room.id).state == "running"


async def test_timer_that_is_started_in_an_empty_room_stops(process, storage, room, ada):
    await process.starts(room, ada)
    await asyncio.sleep(CYCLE + 0.1)
    assert (await storage.room_timer(room.id)).state == "idle"


async def test_stop_is_stored_when_the_storage_answers_again(process, storage, room, ada):
    await process.starts(room, ada)
    storage.fails = True
    await asyncio.sleep(CYCLE + 20)
    assert process.timers.phase_of(room.id) is None
    assert (await process.timers.view(room.id)).state == "idle"
    process.come(room)
    storage.fails = False
    await asyncio.sleep(6)
    assert (await storage.room_timer(room.id)).state == "idle", "who comes late does not revive it"


async def test_last_mark_is_stored_when_the_storage_answers_again(process, storage, room, ada):
    process.come(room)
    await process.starts(room, ada)
    storage.fails = True
    for people in (0, 1, 0):
        process.come(room, people)
        await asyncio.sleep(3)
    storage.fails = False
    await asyncio.sleep(2)
    assert (await storage.room_timer(room.id)).empty_since == from_milliseconds(BEGAN + 6_000)


async def test_restart_goes_on_in_the_same_phase(storage, process, running, room, ada):
    process.come(room)
    begun = await process.starts(room, ada)
    await asyncio.sleep(70)
    again = await served_by(storage, running)
    assert again.timers.phase_of(room.id).started_at == to_milliseconds(begun.ends_at)
    assert (await storage.room_timer(room.id)).empty_since == from_milliseconds(BEGAN + 70_000)
    again.come(room)
    await asyncio.sleep(30)
    assert (await storage.room_timer(room.id)).empty_since is None
    assert [timer.phase for timer in again.published] == ["focus"]


async def test_room_is_empty_since_the_last_checkpoint_after_a_crash(storage, process, running, room, ada):
    process.come(room)
    await process.starts(room, ada)
    await storage.save_checkpoint("server", from_milliseconds(BEGAN + 50_000))
    await process.timers.close()
    await asyncio.sleep(60 + CYCLE)
    again = await served_by(storage, running)
    await asyncio.sleep(0.1)
    assert (await storage.room_timer(room.id)).state == "idle"
    assert again.timers.phase_of(room.id) is None


async def test_restart_after_the_stop_was_due_stops(storage, process, running, room, ada):
    await process.starts(room, ada)
    await process.timers.close()
    await asyncio.sleep(CYCLE + 100)
    again = await served_by(storage, running)
    await asyncio.sleep(0.1)
    assert (await storage.room_timer(room.id)).state == "idle"
    assert again.timers.phase_of(room.id) is None


async def test_each_of_two_processes_publishes_the_stop_stored_once(storage, process, running, room, ada):
    await process.starts(room, ada)
    other = await served_by(storage, running)
    await asyncio.sleep(CYCLE + 0.1)
    stops = [[timer.version for timer in one.published if timer.state == "idle"] for one in (process, other)]
    assert stops == [[5], [5]], "each publishes it to its own connections"
    assert (await storage.room_timer(room.id)).version == 5
    assert (process.timers.phase_of(room.id), other.timers.phase_of(room.id)) == (None, None)


async def test_process_that_is_behind_rejects_the_press_and_catches_up(storage, process, running, room, ada):
    process.come(room)
    await process.starts(room, ada)
    other = await served_by(storage, running)
    await process.press(room, ada, "pause", 1)
    with pytest.raises(TimerChanged) as failure:
        await other.press(room, ada, "pause", 1)
    assert (failure.value.timer.state, failure.value.timer.version) == ("paused", 2)
    assert [timer.state for timer in other.published] == ["paused"]
    assert (await other.press(room, ada, "resume", 2)).state == "running"


async def test_deleted_room_ends_its_timer(process, storage, room, ada):
    process.come(room)
    await process.starts(room, ada)
    await storage.delete_room(room.id)
    await asyncio.sleep(CYCLE)
    assert (process.phases, len(process.published)) == ([(None, "focus"), ("focus", None)], 1)


async def test_subscriber_that_fails_stops_no_other(process, room, ada, caplog):
    process.timers.subscribe(lambda *_: 1 / 0)
    heard = []
    process.timers.subscribe(lambda room_id, *_: heard.append(room_id))
    process.come(room)
    await process.starts(room, ada)
    await asyncio.sleep(61)
    assert heard == [room.id] * 2
    assert "a subscriber failed on the timer" in caplog.text
