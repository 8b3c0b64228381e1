"""cli/demo.py: the demo data, on the storage in memory."""

import itertools
from datetime import UTC, datetime, timedelta

from cli import demo, demo_study
from domain.base import Timestamp
from domain.clock import to_milliseconds
from domain.study.tasks import TasksQuery
from publisher.publisher import EventPublisher
from services.container import Services
from storage.memory import MemoryStorage
from tests.model.world import Sockets
from tests.support.services import service_context


async def test_demo_fills_an_empty_storage_with_months_of_study():
    services = Services(service_context(MemoryStorage(), EventPublisher(Sockets())))
    await services.start()
    try:
        printed = await demo.load_demo_data(services)
        again = await demo.load_demo_data(services)
        storage = services.ctx.storage
        ada = (await storage.account_by_email("ada@studyhall.example")).user
        rooms = {one.room.name: one.room.id for one in await storage.rooms_of(ada.id, 10)}
        sessions = await storage.focus_sessions(ada.id, limit=1000)
        timer = services.timers.phase_of(rooms["Calculus together"])
        schedule = await services.schedules.list_for_room(rooms["Calculus together"], ada)
        tasks = await services.tasks.list_own(TasksQuery(), ada)
    finally:
        await services.stop()

    assert printed.count("@studyhall.example") == len(demo.USERS)
    assert "left out" in again
    assert timer.is_focus
    assert {one.title for one in schedule} == {"Problem sheet"}
    assert len(tasks.tasks) == len([task for task in demo_study.TASKS if task.owner == 0 and not task.is_done])
    days = {session.started_at[:10] for session in sessions}
    today = datetime.now(UTC).date()
    assert {(today - timedelta(days=n)).isoformat() for n in range(1, demo_study.SURE_DAYS + 1)} <= days
    assert len(days) > demo_study.DAYS / 3
    assert {session.room_id for session in sessions} == {*rooms.values(), None}
    assert all(session.ended_at <= services.study_clock.timestamp() for session in sessions)
    assert _overlaps(sessions) == []


def _overlaps(sessions):
    """Return the sessions, latest first, that begin before the one before them ended."""
    return [
        later
        for later, earlier in itertools.pairwise(sessions)
        if to_milliseconds(Timestamp(later.started_at)) < to_milliseconds(Timestamp(earlier.ended_at))
    ]
