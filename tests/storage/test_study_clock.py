"""The conformance suite: corrections of the study clock. Each sentence of storage/base/study/clock.py."""

import msgspec
import pytest

from domain import ids
from domain.clock import from_milliseconds, to_milliseconds
from domain.study.focus import FocusRow, FocusSession
from domain.study.timer import Timer
from storage.base.study.clock import CORRECTION
from tests.support.factories import at, make_room

BEFORE = at(5000)


def after(milliseconds):
    return moved(BEFORE, milliseconds)


def moved(time, milliseconds):
    return from_milliseconds(to_milliseconds(time) + milliseconds)


def running(room_id):
    values = {"state": "running", "phase": "focus", "round": 1, "started_at": at(4000.123), "duration": 1500}
    return Timer(room_id=room_id, version=1, empty_since=at(4500), **values)


def focus(user, start, end=None, **fields):
    session = FocusSession(
        id=ids.new_id(),
        user_id=user.id,
        room_id=None,
        task_id=None,
        activity="",
        source="stopwatch",
        started_at=at(start),
        ended_at=None if end is None else at(end),
        seconds=0 if end is None else end - start,
    )
    return FocusRow(session=session, acted_at=at(start), **fields)


@pytest.fixture
async def paused(storage, bob):
    """The timer of a user alone that is paused."""
    timer = Timer(
        room_id=None,
        version=3,
        state="paused",
        phase="longBreak",
        round=4,
        duration=900,
        remaining=1,
        empty_since=at(4800),
        changed_by=bob.id,
    )
    assert await storage.set_user_timer(bob.id, timer, 0)
    return timer


@pytest.mark.parametrize("milliseconds", [3_600_001, -3_600_001, 86_400_000 * 400 + 7, -2_999, 1])
async def test_times_that_run_are_moved_to_the_millisecond(storage, room, ada, bob, paused, milliseconds):
    timer = running(room.id)
    assert await storage.set_room_timer(room.id, timer, 0, at(0))
    times = {"lost_at": at(4100), "ends_at": at(5500), "checked_at": at(4200.5)}
    state, ended = focus(ada, 4000, **times), focus(bob, 100, 400)
    await storage.save_focus([state, ended])
    for node, checkpoint in (("server", at(4990)), (CORRECTION, BEFORE)):
        await storage.save_checkpoint(node, checkpoint)

    for _ in range(2):
        assert await storage.correct_study_clock(BEFORE, after(milliseconds)) is True

    assert await storage.room_timer(room.id) == msgspec.structs.replace(
        timer,
        version=2,
        started_at=moved(timer.started_at, milliseconds),
        empty_since=moved(timer.empty_since, milliseconds),
    )
    assert await storage.user_timer(bob.id) == msgspec.structs.replace(
        paused, version=4, empty_since=moved(paused.empty_since, milliseconds)
    )
    [open_row] = await storage.open_focus()
    assert open_row.session.started_at == moved(at(4000), milliseconds)
    assert {name: getattr(open_row, name) for name in times} == {
        name: moved(time, milliseconds) for name, time in times.items()
    }
    assert open_row.acted_at == moved(at(4000), milliseconds)
    [kept] = await storage.focus_sessions(bob.id, limit=2)
    assert (kept.started_at, kept.ended_at, kept.seconds) == (at(100), at(400), 300)
    assert await storage.last_checkpoint() == after(milliseconds)


async def test_idle_timer_stays(storage, room, ada):
    another = await make_room(storage, ada)
    idle = Timer(room_id=another.id, version=7, changed_at=at(4000))
    await storage.set_room_timer(another.id, idle, 0, at(0))
    await storage.save_checkpoint(CORRECTION, BEFORE)
    assert await storage.correct_study_clock(BEFORE, after(9000)) is True
    assert await storage.room_timer(another.id) == idle
    assert await storage.room_timer(room.id) is None


async def test_correction_of_another_time_moves_nothing(storage, room):
    timer = running(room.id)
    await storage.set_room_timer(room.id, timer, 0, at(0))
    assert await storage.correct_study_clock(BEFORE, after(9000)) is False
    await storage.save_checkpoint(CORRECTION, at(5001))
    assert await storage.correct_study_clock(BEFORE, after(9000)) is False
    assert await storage.room_timer(room.id) == timer
    assert await storage.last_checkpoint() == at(5001)
