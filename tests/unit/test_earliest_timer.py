"""runtime/earliest_timer.py; on a loop that skips time."""

import asyncio

import pytest

from runtime.earliest_timer import EarliestTimer

pytestmark = pytest.mark.skips_time


def now():
    return asyncio.get_running_loop().time()


@pytest.fixture
def calls():
    return []


@pytest.fixture
def timer(calls):
    return EarliestTimer(lambda: calls.append(now()))


async def test_call_comes_at_the_earliest_of_the_scheduled_times(timer, calls):
    began = now()
    for seconds in (30, 10, 20):
        timer.schedule(began + seconds)
    await asyncio.sleep(100)
    assert calls == [pytest.approx(began + 10)]


async def test_call_can_be_scheduled_again_after_and_in_the_call(calls):
    began = now()

    def call():
        calls.append(now())
        if len(calls) < 3:
            timer.schedule(now() + 5)

    timer = EarliestTimer(call)
    timer.schedule(began + 10)
    await asyncio.sleep(100)
    assert calls == pytest.approx([began + 10, began + 15, began + 20])
    timer.schedule(now() + 1)
    await asyncio.sleep(2)
    assert len(calls) == 4


async def test_time_that_is_over_is_called_at_once(timer, calls):
    timer.schedule(now() - 10)
    await asyncio.sleep(0.001)
    assert len(calls) == 1


async def test_cancelled_timer_does_not_call(timer, calls):
    timer.cancel()
    timer.schedule(now() + 1)
    assert timer.is_scheduled
    timer.cancel()
    assert not timer.is_scheduled
    await asyncio.sleep(2)
    assert calls == []
    timer.schedule(now() + 1)
    await asyncio.sleep(2)
    assert len(calls) == 1
    assert not timer.is_scheduled


@pytest.mark.parametrize(("due", "delay"), [(1010.0, 10), (1000.0, 0), (900.0, 0)])
async def test_times_are_by_the_given_clock(calls, due, delay):
    began = now()
    timer = EarliestTimer(lambda: calls.append(now()), now=lambda: 1000.0)
    timer.schedule(2000.0)
    timer.schedule(due)
    await asyncio.sleep(100)
    assert calls == [pytest.approx(began + delay)]
