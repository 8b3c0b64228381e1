"""The time that an event has; on a loop that skips it."""

import asyncio

import pytest

from socket_events.deadline import CHECK_INTERVAL, EVENT_TIMEOUT, EventTimeouts

pytestmark = pytest.mark.skips_time


def now():
    return asyncio.get_running_loop().time()


async def after(seconds, answer):
    await asyncio.sleep(seconds)
    return answer


async def test_what_is_in_time_is_returned_and_nothing_is_kept():
    ends = EventTimeouts()

    assert await asyncio.gather(*(ends.run(after(0.4 * EVENT_TIMEOUT * n, n), now()) for n in range(3))) == [0, 1, 2]

    assert len(ends) == 0
    await asyncio.sleep(EVENT_TIMEOUT)
    assert not ends._timer.is_scheduled


async def test_each_ends_at_its_own_time():
    ends = EventTimeouts()

    async def late(delay):
        await asyncio.sleep(delay)
        began = now()
        with pytest.raises(TimeoutError):
            await ends.run(after(2 * EVENT_TIMEOUT, None), began)
        return now() - began

    took = await asyncio.gather(*(late(0.3 * n) for n in range(5)))

    assert took == pytest.approx([EVENT_TIMEOUT] * 5)
    assert len(ends) == 0


async def test_what_has_waited_has_so_much_less():
    ends, began = EventTimeouts(), now()
    others = asyncio.gather(
        *(ends.run(after(2 * EVENT_TIMEOUT, None), began + n) for n in range(3)), return_exceptions=True
    )
    await asyncio.sleep(0.1)

    with pytest.raises(TimeoutError):
        await ends.run(after(2 * EVENT_TIMEOUT, None), received_at=now() - 0.75 * EVENT_TIMEOUT)
    assert now() - began == pytest.approx(0.1 + 0.25 * EVENT_TIMEOUT)
    with pytest.raises(TimeoutError):
        await ends.run(after(2 * EVENT_TIMEOUT, None), received_at=now() - 2 * EVENT_TIMEOUT)
    assert now() - began == pytest.approx(0.1 + 0.25 * EVENT_TIMEOUT + CHECK_INTERVAL), "the next look"

    assert [type(outcome) for outcome in await others] == [TimeoutError] * 3
    assert now() - began == pytest.approx(EVENT_TIMEOUT + 2), "the last of them came two seconds after the first"


async def test_those_who_are_late_together_are_looked_for_in_steps():
    ends, began = EventTimeouts(), now()
    whens = []

    async def late(number):
        with pytest.raises(TimeoutError):
            await ends.run(after(2 * EVENT_TIMEOUT, None), received_at=began + number * CHECK_INTERVAL / 10)
        whens.append(now())

    await asyncio.gather(*(late(number) for number in range(20)))

    assert len(set(whens)) == 3, "the first, and two steps"
    assert max(whens) - began <= EVENT_TIMEOUT + 3 * CHECK_INTERVAL


async def test_nobody_who_comes_too_late_has_a_look_of_their_own():
    ends = EventTimeouts()
    whens = set()

    async def too_late():
        with pytest.raises(TimeoutError):
            await ends.run(after(2 * EVENT_TIMEOUT, None), received_at=now() - 2 * EVENT_TIMEOUT)
        whens.add(now())

    for _ in range(100):
        await asyncio.gather(*(too_late() for _ in range(10)))

    assert len(whens) == 100
    assert max(whens) - min(whens) == pytest.approx(99 * CHECK_INTERVAL)


async def test_who_is_late_once_goes_on_with_the_next():
    ends = EventTimeouts()
    with pytest.raises(TimeoutError):
        await ends.run(after(2 * EVENT_TIMEOUT, None), now())

    assert await ends.run(after(0.9 * EVENT_TIMEOUT, "next"), now()) == "next"
    assert asyncio.current_task().cancelling() == 0


async def test_a_cancellation_from_elsewhere_is_one():
    ends = EventTimeouts()
    task = asyncio.create_task(ends.run(after(5, None), now()))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(ends) == 0


async def test_a_cancelled_error_that_nobody_asked_for_passes():
    async def broken():
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await EventTimeouts().run(broken(), now())


async def test_a_failure_passes():
    async def broken():
        raise KeyError("x")

    with pytest.raises(KeyError):
        await EventTimeouts().run(broken(), now())
