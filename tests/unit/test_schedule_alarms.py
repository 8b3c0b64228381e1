"""Alarms of schedules: each reminder is sent once while the date is still ahead, each timer started once at most."""

import msgspec
import pytest

from domain import ids
from domain.clock import from_milliseconds, to_milliseconds
from domain.errors.storage import StorageUnavailable
from domain.study import scheduling
from domain.study.events import TimerUpdated
from domain.study.schedule import DAY, MINUTE, WEEKDAYS, NewScheduledSession, ScheduledSessionChange, local_text
from domain.study.timer import TimerPlan
from services.access import RoomAccess
from services.study.alarms import ScheduleAlarms
from services.study.schedule import Schedules
from services.study.scheduled_timers import ScheduledTimers
from services.study.timers import Timers
from tests.support.factories import at, make_room, make_users
from tests.support.services import service_context
from tests.support.timer_process import Present

NOW = to_milliseconds(at(0))


class FixedClock:
    """A study clock that stands still."""

    now_at = NOW

    def now(self):
        return self.now_at

    def timestamp(self):
        return from_milliseconds(self.now_at)


class Pushed(list):
    """A publisher that records what it pushes, and the timers that it publishes."""

    def __init__(self):
        self.timers = []

    def push(self, user_id, event):
        self.append((user_id, event))

    def publish(self, event):
        if isinstance(event, TimerUpdated):
            self.timers.append(event.timer)


@pytest.fixture
async def hall(storage):
    """Alarms on a storage, with a session in 30 minutes of Ada, to which Ben is going, too."""
    ada, ben, cy = await make_users(storage, 3)
    room = await make_room(storage, ada, ben, cy)
    start = from_milliseconds(NOW + 30 * MINUTE)[:16] + "Z"
    new = msgspec.convert({"title": "Exam", "startsAt": start, "minutes": 60, "timeZone": "UTC"}, NewScheduledSession)
    session = scheduling.plan(new, ids.new_id(), room.id, ada.id, NOW)
    await storage.add_scheduled_session(session, 10)
    await storage.set_going(room.id, session.id, ben.id, at(1), going=True)
    return storage, room, session, (ada, ben)


def alarms(storage, clock):
    pushed = Pushed()
    context = service_context(storage, pushed)
    present = Present()
    timers = ScheduledTimers(clock, Timers(context, clock, RoomAccess(context), present), present)
    return ScheduleAlarms(context, clock, timers), pushed


async def test_reminder_is_sent_once_ten_minutes_before_to_who_is_going(hall):
    storage, room, session, (ada, ben) = hall
    clock = FixedClock()
    (one, pushed), (other, also_pushed) = alarms(storage, clock), alarms(storage, clock)
    clock.now_at = NOW + 19 * MINUTE
    await one.run()
    assert pushed == []
    clock.now_at = NOW + 20 * MINUTE
    for process in (one, other, one):
        await process.run()
    assert also_pushed == []
    assert [user_id for user_id, _ in pushed] == [ada.id, ben.id]
    event = pushed[0][1]
    assert (event.type, event.room_id, event.room_name, event.title) == (
        "scheduled-session-soon",
        room.id,
        room.name,
        "Exam",
    )
    assert event.starts_at == from_milliseconds(NOW + 30 * MINUTE)


async def test_reminder_is_late_after_an_outage_but_never_after_the_start(hall):
    storage, _, session, _ = hall
    clock = FixedClock()
    process, pushed = alarms(storage, clock)
    clock.now_at = NOW + 29 * MINUTE
    await process.run()
    assert len(pushed) == 2
    new = scheduling.plan(
        msgspec.convert(
            {"startsAt": from_milliseconds(NOW + 60 * MINUTE)[:16] + "Z", "minutes": 60, "timeZone": "UTC"},
            NewScheduledSession,
        ),
        ids.new_id(),
        session.room_id,
        session.created_by,
        NOW,
    )
    await storage.add_scheduled_session(new, 10)
    clock.now_at = NOW + 60 * MINUTE
    await process.run()
    assert len(pushed) == 2


async def test_session_that_is_over_is_due_no_more(hall):
    storage, room, session, _ = hall
    clock = FixedClock()
    process, _ = alarms(storage, clock)
    clock.now_at = NOW + 90 * MINUTE
    await process.run()
    assert (await storage.scheduled_session(room.id, session.id)).session.due_at is None
    assert await storage.scheduled_sessions(room.id, 10) == []


async def test_run_fails_without_storage_and_the_next_one_sends(hall, monkeypatch):
    storage, _, _, _ = hall
    clock = FixedClock()
    clock.now_at = NOW + 20 * MINUTE
    process, pushed = alarms(storage, clock)

    async def unavailable(*_):
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(process._storage, "advance_scheduled_session", unavailable)
        with pytest.raises(StorageUnavailable):
            await process.run()
    assert pushed == []
    await process.run()
    assert len(pushed) == 2


async def test_timer_starts_once_with_the_date_and_stops_with_it(hall, monkeypatch):
    storage, room, session, _ = hall
    plan = TimerPlan(focus=600)
    session = msgspec.structs.replace(session, plan=plan, version=2)
    await storage.change_scheduled_session(session, session.created_by, at(1), 10)
    clock = FixedClock()
    clock.now_at = NOW + 30 * MINUTE + 400
    (one, seen), (other, also_seen) = alarms(storage, clock), alarms(storage, clock)

    async def unavailable(*_):
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(one._storage, "advance_scheduled_session", unavailable)
        with pytest.raises(StorageUnavailable):
            await one.run()
    for process in (other, one):
        await process.run()
    [timer] = seen.timers
    assert also_seen.timers == []
    assert (timer.state, timer.phase, timer.version, timer.changed_by) == ("running", "focus", 1, None)
    assert (timer.started_at, timer.plan) == (from_milliseconds(NOW + 30 * MINUTE), plan)
    clock.now_at = NOW + 90 * MINUTE
    for process in (one, other):
        await process.run()
    assert [timer.state for timer in seen.timers] == ["running", "idle"]
    assert (await storage.room_timer(room.id)).state == "idle"
    assert (await storage.scheduled_session(room.id, session.id)).session.due_at is None


@pytest.mark.parametrize("days", [0, 1], ids=["with this date", "from tomorrow"])
async def test_timer_stops_with_its_date_after_the_session_was_split(hall, days):
    storage, room, session, (ada, _) = hall
    first = session.start.date()
    week = msgspec.structs.replace(
        session,
        local_start=local_text(session.start - DAY),
        days=WEEKDAYS,
        until=first + 2 * DAY,
        plan=TimerPlan(),
        version=2,
    )
    await storage.change_scheduled_session(week, ada.id, at(1), 10)
    clock = FixedClock()
    process, seen = alarms(storage, clock)
    clock.now_at = NOW + 30 * MINUTE
    await process.run()
    clock.now_at += 10 * MINUTE
    context = service_context(storage, seen)
    schedules = Schedules(context, RoomAccess(context), clock, process._timers)
    change = ScheduledSessionChange(title="Oral exam")
    rest = await schedules.change(room.id, session.id, first + days * DAY, change, ada)
    assert rest.id != session.id
    assert (await storage.room_timer(room.id)).scheduled_session_id == (rest.id if days == 0 else session.id)
    clock.now_at = NOW + 90 * MINUTE
    await process.run()
    assert [seen.timers[0].state, seen.timers[-1].state] == ["running", "idle"]


async def test_timer_is_left_alone_without_the_right_or_after_five_minutes(hall):
    storage, room, session, _ = hall
    session = msgspec.structs.replace(session, plan=TimerPlan(), version=2)
    await storage.change_scheduled_session(session, session.created_by, at(1), 10)
    late = msgspec.structs.replace(session, id=ids.new_id(), due_at=from_milliseconds(NOW + 20 * MINUTE))
    await storage.set_access(session.created_by, disabled=True)
    clock = FixedClock()
    process, seen = alarms(storage, clock)
    clock.now_at = NOW + 30 * MINUTE
    await process.run()
    await storage.set_access(session.created_by, disabled=False)
    await storage.add_scheduled_session(late, 10)
    clock.now_at = NOW + 36 * MINUTE
    await process.run()
    assert seen.timers == []
    assert await storage.due_scheduled_sessions(from_milliseconds(clock.now_at), 10) == []
