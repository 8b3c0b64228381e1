"""Conformance: tasks. Each sentence of storage/base/study/tasks.py but those about rooms, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.errors.accounts import NotSignedIn
from domain.errors.study import TaskNotFound, TooManyTasks
from domain.study.tasks import Task
from storage.rules import tasks as rules
from tests.support.factories import at, make_task, make_user, new_task, new_user


async def titles(storage, user):
    return [task.title for task in await storage.open_tasks(user.id, 10)]


async def change(storage, user, task, when=50, **changes):
    return await storage.change_task(user.id, task.id, changes, at(when))


async def test_task_is_returned_as_stored(storage, ada):
    draft = new_task(ada, "Sheet 4", notes="pages 3\nto 5", due_on="2026-12-04", estimate_rounds=3)
    task = await storage.add_task(draft)
    wanted = Task(id=draft.id, title="Sheet 4", notes="pages 3\nto 5", due_on="2026-12-04", estimate_rounds=3)
    assert task == wanted
    assert await storage.task(ada.id, draft.id) == wanted
    assert await storage.open_tasks(ada.id, 10) == [wanted]


async def test_new_tasks_are_last(storage, ada):
    for title in "abc":
        await make_task(storage, ada, title)
    assert await titles(storage, ada) == ["a", "b", "c"]
    assert len(await storage.open_tasks(ada.id, 2)) == 2


async def test_task_of_other_user_is_missing(storage, ada, bob):
    task = await make_task(storage, bob)
    assert await storage.task(ada.id, task.id) is None
    assert await storage.open_tasks(ada.id, 10) == await storage.tasks_of(ada.id, limit=10) == []
    assert await storage.delete_task(ada.id, task.id) is None
    with pytest.raises(TaskNotFound):
        await change(storage, ada, task, title="mine")
    with pytest.raises(TaskNotFound):
        await change(storage, ada, await make_task(storage, ada), after=task.id)
    assert await storage.task(bob.id, task.id) == task


async def test_stored_id_is_added_once(storage, ada):
    draft = new_task(ada)
    first = await storage.add_task(draft)
    changed = (await change(storage, ada, first, title="other")).task
    assert await storage.add_task(draft) == changed
    assert await storage.open_tasks(ada.id, 10) == [changed]


async def test_client_id_adds_one_task_of_each_user(storage, ada, bob):
    first = await make_task(storage, ada, "a", client_id="key")
    assert await make_task(storage, ada, "b", client_id="key") == first
    assert (await make_task(storage, bob, "c", client_id="key")).title == "c"
    assert await titles(storage, ada) == ["a"]
    tasks = await asyncio.gather(*(make_task(storage, ada, client_id="other") for _ in range(5)))
    assert len({task.id for task in tasks}) == 1


async def test_retry_after_deletion_adds_nothing(storage, ada):
    task = await make_task(storage, ada, client_id="key")
    assert await storage.delete_task(ada.id, task.id) == task
    with pytest.raises(TaskNotFound):
        await make_task(storage, ada, client_id="key")
    assert await storage.open_tasks(ada.id, 10) == []


async def test_purged_key_adds_again(storage, ada):
    for number in range(3):
        await make_task(storage, ada, client_id=f"key {number}", created_at=at(number))
    assert [await storage.purge_task_keys(at(2), 1) for _ in range(3)] == [1, 1, 0]
    assert await storage.purge_task_keys(at(2), 10) == 0
    for number in range(3):
        await make_task(storage, ada, client_id=f"key {number}", created_at=at(9))
    assert len(await storage.open_tasks(ada.id, 10)) == 5


@pytest.mark.parametrize("disabled", [False, True])
async def test_missing_or_disabled_account_changes_nothing(storage, disabled):
    user = await make_user(storage, "Eve") if disabled else new_user("Nobody")
    task = await make_task(storage, user) if disabled else None
    if disabled:
        await storage.set_access(user.id, disabled=True)
    with pytest.raises(NotSignedIn):
        await make_task(storage, user)
    with pytest.raises(NotSignedIn):
        await storage.change_task(user.id, task.id if task else ids.new_id(), {"title": "x"}, at(1))
    assert await storage.open_tasks(user.id, 10) == ([task] if task else [])


async def test_named_fields_change(storage, ada):
    task = await make_task(storage, ada, notes="n", due_on="2026-12-04", estimate_rounds=3)
    update = await change(storage, ada, task, title="Sheet 5", due_on=None)
    assert update.before == task
    assert (update.task.title, update.task.due_on, update.task.notes) == ("Sheet 5", None, "n")
    cleared = (await change(storage, ada, task, estimate_rounds=None, notes="")).task
    assert (cleared.estimate_rounds, cleared.notes) == (None, "")
    assert await storage.task(ada.id, task.id) == cleared
    assert (await change(storage, ada, task)).task == cleared


async def test_done_task_leaves_open_ones_and_comes_back_to_its_place(storage, ada):
    first, second, third = [await make_task(storage, ada, title) for title in "abc"]
    done = (await change(storage, ada, second, when=60, done=True)).task
    assert (done.done, done.done_at) == (True, at(60))
    assert await storage.open_tasks(ada.id, 10) == [first, third]
    again = (await change(storage, ada, second, when=70, done=True)).task
    assert again.done_at == at(60), "it was done before"
    assert await storage.done_tasks(ada.id, limit=10) == [done]
    assert (await change(storage, ada, second, done=False)).task == second
    assert await titles(storage, ada) == ["a", "b", "c"]


async def test_done_tasks_are_listed_latest_first(storage, ada, bob):
    tasks = [await make_task(storage, ada, str(number)) for number in range(5)]
    for task, when in zip(tasks, (30, 10, 20, 20, 40), strict=True):
        await change(storage, ada, task, when=when, done=True)
    await change(storage, bob, await make_task(storage, bob), done=True)
    listed = await storage.done_tasks(ada.id, limit=10)
    assert [task.title for task in listed] == ["4", "0", "3", "2", "1"]
    pages = [await storage.done_tasks(ada.id, before=before.id, limit=2) for before in (listed[0], listed[2])]
    assert pages == [listed[1:3], listed[3:]]
    await change(storage, ada, tasks[4], done=False)
    for missing in (tasks[4].id, ids.new_id()):
        with pytest.raises(TaskNotFound):
            await storage.done_tasks(ada.id, before=missing, limit=2)


@pytest.mark.parametrize(
    ("moved", "after", "order"),
    [
        ("c", None, "cab"),
        ("a", "b", "bac"),
        ("a", "c", "bca"),
        ("b", "b", "abc"),
        ("a", None, "abc"),
        ("c", "a", "acb"),
    ],
)
async def test_task_moves_behind_another(storage, ada, moved, after, order):
    tasks = {title: await make_task(storage, ada, title) for title in "abc"}
    update = await change(storage, ada, tasks[moved], after=after and tasks[after].id)
    assert update.task == await storage.task(ada.id, tasks[moved].id)
    assert "".join(await titles(storage, ada)) == order


async def test_moves_into_one_gap_spread_positions(storage, ada):
    first, last = await make_task(storage, ada, "first"), await make_task(storage, ada, "last")
    spread = []
    for number in range(25):
        task = await make_task(storage, ada, str(number))
        spread += (await change(storage, ada, task, after=first.id)).moved
    order = await storage.open_tasks(ada.id, 100)
    wanted = ["first", *(str(number) for number in range(24, -1, -1)), "last"]
    assert [task.title for task in order] == wanted
    assert len({task.position for task in order}) == 27
    assert last.id in {task.id for task in spread}
    assert {task.id: task.position for task in spread if task.id == last.id} == {last.id: order[-1].position}


async def test_concurrent_moves_both_hold(storage, ada):
    first, second, third, fourth = [await make_task(storage, ada, title) for title in "abcd"]
    await asyncio.gather(change(storage, ada, first, after=second.id), change(storage, ada, fourth, after=None))
    assert await titles(storage, ada) == ["d", "b", "a", "c"]
    assert third.id


async def test_open_tasks_have_a_limit(storage, ada, monkeypatch):
    assert rules.MAX_OPEN_TASKS == 1_000
    monkeypatch.setattr(rules, "MAX_OPEN_TASKS", 30)  # to store a thousand takes seconds
    tasks = [await make_task(storage, ada, str(number), client_id=str(number)) for number in range(30)]
    with pytest.raises(TooManyTasks):
        await make_task(storage, ada)
    assert await make_task(storage, ada, client_id="7") == tasks[7], "a retry is no new task"
    await change(storage, ada, tasks[0], done=True)
    results = await asyncio.gather(*(make_task(storage, ada) for _ in range(3)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Task", "TooManyTasks", "TooManyTasks"]
    with pytest.raises(TooManyTasks):
        await change(storage, ada, tasks[0], done=False)
    assert (await change(storage, ada, tasks[1], title="still")).task.title == "still"


async def test_due_tasks_are_listed_by_date(storage, ada, bob):
    dates = {"a": "2026-12-05", "b": None, "c": "2026-12-03", "d": "2026-12-05", "e": "2026-12-09", "f": "2026-12-01"}
    tasks = {title: await make_task(storage, ada, title, due_on=due_on) for title, due_on in dates.items()}
    await make_task(storage, bob, due_on="2026-12-01")
    await change(storage, ada, tasks["f"], done=True)
    await change(storage, ada, tasks["d"], after=None)
    assert [task.title for task in await storage.due_tasks(ada.id, "2026-12-05", 10)] == ["c", "d", "a"]
    assert [task.title for task in await storage.due_tasks(ada.id, "2026-12-05", 1)] == ["c"]


async def test_all_tasks_are_listed_by_id(storage, ada, bob):
    tasks = [await make_task(storage, ada, title) for title in "abc"]
    done = (await change(storage, ada, tasks[1], done=True)).task
    await make_task(storage, bob)
    assert await storage.tasks_of(ada.id, limit=10) == [tasks[0], done, tasks[2]]
    assert await storage.tasks_of(ada.id, after=tasks[0].id, limit=1) == [done]


async def test_deleted_account_has_no_tasks(storage, ada, bob):
    await make_task(storage, ada, client_id="key")
    kept = await make_task(storage, bob)
    assert await storage.delete_user(ada.id)
    assert await storage.tasks_of(ada.id, limit=10) == []
    assert await storage.tasks_of(bob.id, limit=10) == [kept]
