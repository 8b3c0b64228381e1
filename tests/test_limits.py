"""Rates: what a moving window lets through, when there is room again, and what it keeps."""

import pytest

from errors import RateLimited
from services.limits import Limiter


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limiter(clock):
    return Limiter({"messages": "3/10 seconds", "joins": "1/minute"}, clock)


async def refused(limiter, *hit):
    with pytest.raises(RateLimited) as caught:
        await limiter.hit(*hit)
    return caught.value.retry_after


async def test_the_window_moves(limiter, clock):
    for _ in range(3):
        await limiter.hit("messages", "ada")
        clock.seconds += 2
    assert await refused(limiter, "messages", "ada") == 4
    clock.seconds += 4
    await limiter.hit("messages", "ada")
    assert await refused(limiter, "messages", "ada") == 2


async def test_what_is_refused_does_not_count(limiter, clock):
    for _ in range(3):
        await limiter.hit("messages", "ada")
    for _ in range(50):
        await refused(limiter, "messages", "ada")
    clock.seconds += 10
    await limiter.hit("messages", "ada")


async def test_everybody_has_a_window_for_each_thing(limiter):
    for who in (["ada"], ["bob"], ["ada", "192.0.2.1"]):
        await limiter.hit("joins", *who)
        assert await refused(limiter, "joins", *who) == 60
    await limiter.hit("messages", "ada")


async def test_a_window_is_kept_for_its_time_only(limiter, clock):
    for number in range(100):
        await limiter.hit("messages", f"person {number}")
        clock.seconds += 1
    assert len(limiter) == 10
    await limiter.hit("joins", "ada")
    clock.seconds += 60
    await limiter.hit("messages", "ada")
    await limiter.hit("joins", "bob")
    assert len(limiter) == 2


async def test_who_goes_on_is_not_forgotten_with_those_who_stopped(limiter, clock):
    await limiter.hit("messages", "ada")
    clock.seconds += 6
    await limiter.hit("messages", "bob")
    await limiter.hit("messages", "ada")
    await limiter.hit("messages", "ada")
    clock.seconds += 3
    assert await refused(limiter, "messages", "ada") == 1
    clock.seconds += 2
    await limiter.hit("messages", "ada")
    assert await refused(limiter, "messages", "ada") == 5


async def test_switched_off_everything_is_allowed_and_nothing_kept(clock):
    limiter = Limiter({"joins": "1/minute"}, clock, enabled=False)
    for _ in range(5):
        await limiter.hit("joins", "ada")
    assert len(limiter) == 0
