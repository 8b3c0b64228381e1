"""A value is fetched once, and cached until it expires or is evicted."""

import asyncio
import gc

import pytest

from runtime.cache import Cache
from tests.support.cached_source import Source, asking
from tests.support.tasks import settle


async def test_fetched_value_is_cached(cache, source):
    assert [await cache.get_or_fetch("key", source.fetch) for _ in range(3)] == ["value"] * 3
    assert source.asked == 1


async def test_none_is_cached(cache):
    source = Source(None)
    assert [await cache.get_or_fetch("key", source.fetch) for _ in range(2)] == [None, None]
    assert source.asked == 1


@pytest.mark.parametrize(("given_ttl", "lives"), [(None, 300), (20, 20)])
async def test_value_expires_after_its_ttl(cache, source, time, given_ttl, lives):
    await cache.get_or_fetch("key", source.fetch, given_ttl)
    time.now = lives - 0.001
    await cache.get_or_fetch("key", source.fetch)
    assert source.asked == 1
    time.now = lives
    await cache.get_or_fetch("key", source.fetch)
    assert source.asked == 2


async def test_default_ttl_is_that_of_the_cache(source, time):
    cache = Cache(ttl=7, monotonic=time)
    await cache.cache_data("key", "kept")
    time.now = 6.9
    assert await cache.get_or_fetch("key", source.fetch) == "kept"
    time.now = 7
    assert await cache.get_or_fetch("key", source.fetch) == "value"


async def test_data_can_be_cached_without_fetching(cache, source, time):
    await cache.cache_data("key", "new", ttl=10)
    assert await cache.get_or_fetch("key", source.fetch) == "new"
    time.now = 10
    assert await cache.get_or_fetch("key", source.fetch) == "value"


async def test_ttl_of_invalidated_value_does_not_expire_the_next(cache, source, time):
    await cache.cache_data("key", "old", ttl=10)
    time.now = 5
    await cache.invalidate_cache("key")
    await cache.cache_data("key", "new", ttl=100)
    time.now = 50
    assert await cache.get_or_fetch("key", source.fetch) == "new"


async def test_least_recently_used_entry_is_evicted(source):
    cache = Cache(max_entries=3)
    for key in ("a", "b", "c"):
        await cache.cache_data(key, f"kept {key}")
    await cache.get_or_fetch("a", source.fetch)
    await cache.cache_data("d", "kept d")
    assert await cache.get_or_fetch("a", source.fetch) == "kept a"
    assert await cache.get_or_fetch("c", source.fetch) == "kept c"
    assert await cache.get_or_fetch("d", source.fetch) == "kept d"
    assert await cache.get_or_fetch("b", source.fetch) == "value"


async def test_concurrent_misses_of_one_key_fetch_once(cache, source):
    tasks = await asking(cache, source, 50)
    source.open.set()
    assert await asyncio.gather(*tasks) == ["value"] * 50
    assert source.asked == 1


async def test_fetch_does_not_block_other_keys(cache, source):
    (waiting,) = await asking(cache, source)
    assert await cache.get_or_fetch("other", Source("other").fetch) == "other"
    assert not waiting.done()
    source.open.set()
    assert await waiting == "value"


async def test_cancelled_caller_does_not_cancel_the_fetch_of_others(cache, source):
    first, second = await asking(cache, source, 2)
    first.cancel()
    await settle()
    source.open.set()
    assert await second == "value"
    assert first.cancelled()
    assert source.asked == 1


async def test_fetch_without_waiting_callers_is_cached(cache, source):
    (only,) = await asking(cache, source)
    only.cancel()
    source.open.set()
    await settle()
    assert await cache.get_or_fetch("key", source.fetch) == "value"
    assert source.asked == 1


async def test_failed_fetch_is_raised_in_all_callers_and_not_cached(cache):
    source = Source(LookupError("gone"))
    tasks = await asking(cache, source, 3)
    source.open.set()
    failures = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(failure) for failure in failures] == [LookupError] * 3
    source.value = "back"
    assert await cache.get_or_fetch("key", source.fetch) == "back"


async def test_failed_fetch_without_callers_is_not_reported(cache):
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["message"]))
    source = Source(LookupError("gone"))
    (only,) = await asking(cache, source)
    only.cancel()
    source.open.set()
    await settle()
    del only, source  # the exception leads to the task
    gc.collect()
    assert complaints == []
