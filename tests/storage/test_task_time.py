"""Conformance: the time spent on a task is that of its owner's focus sessions, whatever happens to them."""

from domain import ids
from domain.study.focus import StoredFocusSession
from tests.support.factories import at, make_task


async def study(storage, user, task, start, end):
    """Store a session with the task, from `start` to `end` in seconds."""
    session = StoredFocusSession(
        id=ids.new_id(),
        user_id=user.id,
        room_id=None,
        task_id=task.id,
        activity="",
        source="manual",
        started_at=at(start),
        ended_at=at(end),
        seconds=end - start,
        client_id=None,
        created_at=at(end),
    )
    return await storage.add_manual_session(session)


async def spent(storage, user, task):
    return (await storage.task(user.id, task.id)).spent_seconds


async def test_time_of_task_follows_its_sessions(storage, ada):
    task, other = await make_task(storage, ada), await make_task(storage, ada)
    first = await study(storage, ada, task, 0, 600)
    second = await study(storage, ada, task, 600, 900)
    assert [await spent(storage, ada, one) for one in (task, other)] == [900, 0]
    assert [one.spent_seconds for one in await storage.open_tasks(ada.id, 10)] == [900, 0]
    await storage.change_focus_session(ada.id, first.id, {"ended_at": at(300)})
    await storage.change_focus_session(ada.id, second.id, {"task_id": other.id})
    assert [await spent(storage, ada, one) for one in (task, other)] == [300, 300]
    await storage.delete_focus_session(ada.id, first.id)
    assert await spent(storage, ada, task) == 0


async def test_every_answer_has_the_time(storage, ada):
    task = await make_task(storage, ada, client_id="key", due_on="2026-12-04")
    await study(storage, ada, task, 0, 600)
    assert (await make_task(storage, ada, client_id="key")).spent_seconds == 600
    update = await storage.change_task(ada.id, task.id, {"done": True}, at(9))
    assert (update.before.spent_seconds, update.task.spent_seconds) == (600, 600)
    assert [one.spent_seconds for one in await storage.done_tasks(ada.id, limit=9)] == [600]
    assert [one.spent_seconds for one in await storage.tasks_of(ada.id, limit=9)] == [600]
    await storage.change_task(ada.id, task.id, {"done": False}, at(9))
    assert [one.spent_seconds for one in await storage.due_tasks(ada.id, "2026-12-09", 9)] == [600]
    assert (await storage.delete_task(ada.id, task.id)).spent_seconds == 600


async def test_sessions_of_others_do_not_count(storage, ada, bob):
    task = await make_task(storage, ada)
    await study(storage, bob, task, 0, 600)
    assert await spent(storage, ada, task) == 0
