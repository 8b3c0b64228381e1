"""Rates: what a moving window lets through, when there is room again, and what it keeps."""

from contextlib import suppress

import limits
import pytest
from hypothesis import given, settings, strategies as st

import config
from domain.errors.base import RateLimited
from runtime.addresses import client_network
from runtime.rate_limits import RateLimiter, TokenBuckets
from services.accounts.known_addresses import MAX_LOCATIONS_PER_EMAIL, KnownLocations

RATES = config.LimitsSettings().rates


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
    return RateLimiter({"messages": "3/10 seconds", "joins": "1/minute"}, clock)


async def refused(limiter, what, who, also="", address=""):
    with pytest.raises(RateLimited) as caught:
        await limiter.hit(what, *filter(None, (who, also)), address=address)
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
    limiter = RateLimiter({"joins": "1/minute"}, clock, enabled=False)
    for _ in range(5):
        await limiter.hit("joins", "ada")
    assert len(limiter) == 0


async def test_an_address_counts_as_several_people_and_no_more(clock):
    limiter = RateLimiter({"joins": "2/minute"}, clock, people_per_address=3)
    for person in ("ada", "bob", "cleo", "ada", "bob", "cleo"):
        await limiter.hit("joins", person, address="192.0.2.1")
        clock.seconds += 1
    assert await refused(limiter, "joins", "dan", "", "192.0.2.1") == 54
    await limiter.hit("joins", "dan", address="192.0.2.2")


async def test_one_network_of_ipv6_is_one_address(clock):
    limiter = RateLimiter({"joins": "1/minute"}, clock, people_per_address=2)
    await limiter.hit("joins", "ada", address="2001:db8:0:1::1")
    await limiter.hit("joins", "bob", address="2001:db8:0:1:ffff:ffff:ffff:ffff")
    assert await refused(limiter, "joins", "cleo", "", "2001:0DB8:0000:0001:1234::") == 60
    await limiter.hit("joins", "cleo", address="2001:db8:0:2::1")


async def test_of_several_hits_all_count_or_none(clock):
    limiter = RateLimiter({"joins": "2/minute", "messages": "1/10 seconds"}, clock)
    await limiter.hit("messages", "ada")
    for _ in range(5):
        with pytest.raises(RateLimited) as caught:
            await limiter.hit_each(("joins", "ada"), ("messages", "ada"))
        assert caught.value.retry_after == 10
    clock.seconds += 10
    await limiter.hit_each(("joins", "ada"), ("messages", "ada"))
    await limiter.hit("joins", "ada")
    with pytest.raises(RateLimited) as caught:
        await limiter.hit_each(("joins", "ada"), ("messages", "ada"))
    assert caught.value.retry_after == 60


def _in_milliseconds(draw, rate, at_most):
    """Milliseconds between hits, so short that the window fills up."""
    parsed = limits.parse(rate)
    longest = int(1000 * parsed.get_expiry() / parsed.amount) - 1
    return draw(st.lists(st.integers(0, longest), min_size=at_most, max_size=at_most))


@pytest.mark.parametrize("what", sorted(set(RATES) - {"events"}))
@settings(deadline=None, max_examples=30)
@given(data=st.data())
async def test_waiting_as_long_as_told_is_enough_and_nothing_less_is(what, data):
    amount = limits.parse(RATES[what]).amount
    clock = Clock()
    limiter = RateLimiter({what: RATES[what]}, clock)
    for gap in _in_milliseconds(data.draw, RATES[what], amount):
        await limiter.hit(what, "ada")
        clock.seconds = round(clock.seconds + gap / 1000, 3)
    wait = await refused(limiter, what, "ada")
    began = clock.seconds

    clock.seconds = began + wait - 0.1
    await refused(limiter, what, "ada")
    clock.seconds = began + wait
    await limiter.hit(what, "ada")


def _empty(buckets):
    """Take what is left, and return how long to wait for more."""
    while True:
        try:
            buckets.take("ada")
        except RateLimited as failure:
            return failure.retry_after


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_the_same_of_events(data):
    clock = Clock()
    buckets = TokenBuckets(RATES["events"], clock)
    for gap in _in_milliseconds(data.draw, RATES["events"], 100):
        buckets.take("ada")
        clock.seconds += gap / 1000
    wait, began = _empty(buckets), clock.seconds

    clock.seconds = began + wait - 0.1
    with pytest.raises(RateLimited):
        buckets.take("ada")
    clock.seconds = began + wait
    buckets.take("ada")


@pytest.mark.parametrize(
    ("wait", "told", "header"), [(0.001, 0.1, 1), (0.1, 0.1, 1), (0.95, 1.0, 1), (1.01, 1.1, 2), (59.9, 59.9, 60)]
)
def test_the_header_promises_no_less_than_the_body(wait, told, header):
    failure = RateLimited(wait)
    assert (failure.retry_after, int(failure.headers["Retry-After"])) == (told, header)


def test_the_last_places_are_remembered():
    familiar = KnownLocations()
    for number in range(10_001):
        familiar.add(f"p{number}@example.org", "2001:db8::1")
    assert not familiar.contains("p0@example.org", "2001:db8::1")
    assert familiar.contains("p1@example.org", "2001:db8::2")
    assert not familiar.contains("p1@example.org", "192.0.2.1")


async def test_networks_of_a_48_share_larger_allowances(clock):
    limiter = RateLimiter({"joins": "2/minute"}, clock, people_per_address=1)
    taken = 0
    for number in range(0x200):
        with suppress(RateLimited):
            await limiter.hit_address("joins", f"2001:db8:0:{number:x}::1")
            taken += 1
    assert taken == 2 * 4 * 2  # of each of the two /56
    for number in range(0x1000, 0x10000, 0x100):
        for _ in range(2):
            with suppress(RateLimited):
                await limiter.hit_each(by_address="joins", address=f"2001:db8:1:{number:x}::1")
    assert (await refused_by(limiter, "2001:db8:1:ff01::1")) == 60
    await limiter.hit_each(by_address="joins", address="2001:db8:2::1")


async def refused_by(limiter, address):
    with pytest.raises(RateLimited) as caught:
        await limiter.hit_each(by_address="joins", address=address)
    return caught.value.retry_after


def network(number):
    """Return one of many addresses, each in a /48 of its own."""
    return f"2001:{number >> 16:x}:{number & 0xFFFF:x}::1"


@pytest.mark.slow
async def test_windows_and_hits_are_bounded_whatever_clients_send(clock):
    rates = {"sign_ins": "10/minute", "sign_ins_per_address": "200/hour", "sign_ins_per_account": "30/hour"}
    limiter = RateLimiter(rates, clock, max_windows=1000)
    for number in range(10_000):
        email = f"p{number}@example.org"
        tries = ("sign_ins", network(number), email), ("sign_ins_per_account", email)
        await limiter.hit_each(*tries, by_address="sign_ins_per_address", address=network(number))
        clock.seconds += 0.001
    assert 900 < len(limiter) <= 1000
    assert limiter.hits <= 25_000
    clock.seconds += 3600
    for number in range(2_000):
        await limiter.hit_each(("sign_ins", "192.0.2.1", f"q{number}@example.org"))
    assert len(limiter) <= 1000


async def test_hits_are_bounded_where_windows_are_few(clock):
    limiter = RateLimiter({"resets": "1000/hour"}, clock, people_per_address=1000, max_windows=1000)
    for number in range(60_000):
        await limiter.hit_address("resets", network(number % 100))
        clock.seconds += 0.001
    assert 24_000 < limiter.hits <= 25_000


async def test_flood_of_one_kind_does_not_forgive_another(clock):
    limiter = RateLimiter({"sign_ins_per_account": "3/hour", "resets": "5/hour"}, clock, max_windows=1000)
    for _ in range(3):
        await limiter.hit("sign_ins_per_account", "ada@example.org")
    for number in range(10_000):
        await limiter.hit("resets", f"p{number}@example.org", address=network(number))
        clock.seconds += 0.01
    assert await refused(limiter, "sign_ins_per_account", "ada@example.org") == 3500


@pytest.mark.slow
async def test_flood_from_one_48_is_stopped_before_it_evicts_anything(clock):
    rates = {"sign_ins": "10/minute", "sign_ins_per_address": "20/hour", "sign_ins_per_account": "3/hour"}
    limiter = RateLimiter(rates, clock, max_windows=1000)

    async def guess(email, address):
        tries = ("sign_ins", client_network(address), email), ("sign_ins_per_account", email)
        await limiter.hit_each(*tries, by_address="sign_ins_per_address", address=address)

    for _ in range(3):
        await guess("ada@example.org", "198.51.100.1")
    for number in range(5_000):
        with suppress(RateLimited):
            await guess(f"p{number}@example.org", f"2001:db8:0:{number:x}::1")
    assert len(limiter) < 1000
    with pytest.raises(RateLimited):
        await guess("ada@example.org", "198.51.100.2")


@pytest.mark.slow
def test_places_of_one_email_are_bounded_and_evict_no_others():
    familiar = KnownLocations()
    familiar.add("ada@example.org", "192.0.2.1")
    for number in range(5_000):
        familiar.add("mallory@example.org", network(number))
    assert len(familiar) == 1 + MAX_LOCATIONS_PER_EMAIL
    assert familiar.contains("ada@example.org", "192.0.2.1")
    assert familiar.contains("mallory@example.org", network(4_999))
