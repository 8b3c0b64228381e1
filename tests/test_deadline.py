"""The time that an event has; on a loop that skips it."""

import asyncio

import pytest

from socket_events.deadline import SECONDS, Deadline


async def after(seconds, answer):
    await asyncio.sleep(seconds)
    return answer


async def test_what_is_in_time_is_returned_and_nothing_is_kept():
    ends = Deadline()

    assert await asyncio.gather(*(ends.within(after(0.4 * SECONDS * n, n)) for n in range(3))) == [0, 1, 2]

    assert ends._until == {}
    await asyncio.sleep(SECONDS)
    assert ends._timer is None


async def test_each_ends_at_its_own_time():
    ends, loop = Deadline(), asyncio.get_running_loop()

    async def late(delay):
        await asyncio.sleep(delay)
        began = loop.time()
        with pytest.raises(TimeoutError):
            await ends.within(after(2 * SECONDS, None))
        return loop.time() - began

    took = await asyncio.gather(*(late(0.3 * n) for n in range(5)))

    assert took == pytest.approx([SECONDS] * 5)
    assert ends._until == {}


async def test_who_is_late_once_goes_on_with_the_next():
    ends = Deadline()
    with pytest.raises(TimeoutError):
        await ends.within(after(2 * SECONDS, None))

    assert await ends.within(after(0.9 * SECONDS, "next")) == "next"
    assert asyncio.current_task().cancelling() == 0


async def test_a_cancellation_from_elsewhere_is_one():
    ends = Deadline()
    task = asyncio.create_task(ends.within(after(5, None)))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert ends._until == {}


async def test_a_cancelled_error_that_nobody_asked_for_passes():
    async def broken():
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Deadline().within(broken())


async def test_a_failure_passes():
    async def broken():
        raise KeyError("x")

    with pytest.raises(KeyError):
        await Deadline().within(broken())
