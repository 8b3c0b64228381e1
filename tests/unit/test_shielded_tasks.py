"""runtime/shielded_tasks.py"""

import asyncio
import gc

import pytest

from runtime.shielded_tasks import ShieldedTasks


class _Work:
    """Work that ends when `end` is set."""

    def __init__(self, failure=None):
        self.begun, self.end = asyncio.Event(), asyncio.Event()
        self.outcome = None
        self._failure = failure

    async def __call__(self):
        self.begun.set()
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.outcome = "cancelled"
            raise
        self.outcome = "ended"
        if self._failure is not None:
            raise self._failure
        return 7


async def _cancelled_caller(tasks, work):
    caller = asyncio.create_task(tasks.run(work()))
    await work.begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_result_is_returned_and_the_task_is_forgotten():
    tasks, work = ShieldedTasks(), _Work()
    work.end.set()
    assert await tasks.run(work()) == 7
    assert len(tasks) == 0


async def test_exception_is_raised_in_the_caller():
    tasks, work = ShieldedTasks(), _Work(ValueError("no"))
    work.end.set()
    with pytest.raises(ValueError, match="no"):
        await tasks.run(work())


async def test_work_continues_when_its_caller_is_cancelled():
    tasks, work = ShieldedTasks(), _Work()
    await _cancelled_caller(tasks, work)
    assert len(tasks) == 1
    work.end.set()
    await tasks.wait()
    assert (work.outcome, len(tasks)) == ("ended", 0)


async def test_exception_after_the_callers_are_cancelled_is_not_logged(caplog):
    tasks, work = ShieldedTasks(), _Work(ValueError("no"))
    await _cancelled_caller(tasks, work)
    work.end.set()
    await tasks.wait()
    gc.collect()
    assert (work.outcome, caplog.records) == ("ended", [])


async def test_one_task_has_many_callers():
    tasks, work = ShieldedTasks(), _Work()
    task = tasks.start(work())
    callers = [asyncio.ensure_future(asyncio.shield(task)) for _ in range(3)]
    callers[0].cancel()
    work.end.set()
    assert await asyncio.gather(*callers[1:]) == [7, 7]


async def test_wait_returns_at_its_timeout():
    tasks, work = ShieldedTasks(), _Work()
    tasks.start(work())
    await tasks.wait(0)
    assert len(tasks) == 1
    await tasks.cancel()


async def test_cancel_ends_running_tasks():
    tasks, work = ShieldedTasks(), _Work()
    task = tasks.start(work())
    await work.begun.wait()
    await tasks.cancel()
    assert (work.outcome, task.cancelled(), len(tasks)) == ("cancelled", True, 0)


async def test_wait_and_cancel_return_without_tasks():
    tasks = ShieldedTasks()
    await tasks.wait()
    await tasks.cancel()


@pytest.mark.parametrize("failure", [None, ValueError("no")])
async def test_on_done_is_called_once_for_each_task(failure):
    ended = []
    tasks, work = ShieldedTasks(lambda: ended.append(True)), _Work(failure)
    task = tasks.start(work())
    await work.begun.wait()
    assert ended == []
    work.end.set()
    await asyncio.wait({task})
    await tasks.wait()
    assert ended == [True]


async def test_on_done_is_called_for_a_task_cancelled_before_it_began():
    ended = []
    tasks = ShieldedTasks(lambda: ended.append(True))
    tasks.start(_Work()())
    await tasks.cancel()
    assert ended == [True]
