"""A call after an invalidation or a change never gets an older value."""

import asyncio
import os
import re

import pytest
from hypothesis import given, settings, strategies as st

from runtime.cache import Cache
from tests.support.cached_source import Source, asking
from tests.support.tasks import settle


async def test_invalidated_value_is_fetched_again(cache, source):
    await cache.get_or_fetch("key", source.fetch)
    source.value = "changed"
    await cache.invalidate_cache("key")
    assert await cache.get_or_fetch("key", source.fetch) == "changed"


@pytest.mark.parametrize("pattern", [r":1$", re.compile("A:1", re.IGNORECASE)])
async def test_pattern_invalidates_every_matching_key(cache, pattern):
    for key in ("a:1", "aa:1", "a:2"):
        await cache.cache_data(key, "old")
    await cache.invalidate_cache_pattern(pattern)
    fresh = Source("new")
    found = [await cache.get_or_fetch(key, fresh.fetch) for key in ("a:1", "aa:1", "a:2")]
    assert found == ["new", "new", "old"]


@pytest.mark.parametrize(
    "forget",
    [
        lambda cache: cache.invalidate_cache("key"),
        lambda cache: cache.invalidate_cache_pattern("^k"),
    ],
)
async def test_fetch_invalidated_while_running_is_not_cached(cache, source, forget):
    (early,) = await asking(cache, source)
    source.value = "changed"
    await forget(cache)
    late = asyncio.create_task(cache.get_or_fetch("key", source.fetch))
    await settle()
    source.open.set()
    assert await early == "value"
    assert await late == "changed"
    assert await cache.get_or_fetch("key", source.fetch) == "changed"
    assert source.asked == 2


async def test_fetch_invalidated_before_its_start_is_not_cached(cache, source):
    early = asyncio.create_task(cache.get_or_fetch("key", source.fetch))
    await asyncio.sleep(0)
    assert source.asked == 0
    await cache.invalidate_cache("key")
    await early
    await cache.get_or_fetch("key", source.fetch)
    assert source.asked == 2


async def test_fetch_does_not_overwrite_data_cached_meanwhile(cache, source):
    (early,) = await asking(cache, source)
    await cache.cache_data("key", "newer")
    source.open.set()
    assert await early == "value"
    assert await cache.get_or_fetch("key", source.fetch) == "newer"


class Interleaving:
    """One key that is read and written by many, each step when a test says so."""

    def __init__(self):
        self.cache = Cache()
        self.written = 0
        self.gates = []
        self.readers = []

    async def fetch(self):
        value = self.written
        self.gates.append(gate := asyncio.Event())
        await gate.wait()
        return value

    async def fetch_late(self):
        await self.fetch()
        return self.written

    async def _read(self, fetch):
        least = self.written
        value = await self.cache.get_or_fetch("key", fetch, tags=("other", "tag"))
        assert least <= value <= self.written

    async def read(self):
        self.readers.append(asyncio.create_task(self._read(self.fetch)))

    async def read_late(self):
        self.readers.append(asyncio.create_task(self._read(self.fetch_late)))

    async def answer(self):
        if self.gates:
            self.gates.pop(0).set()

    async def cancel(self):
        if self.readers:
            self.readers.pop(0).cancel()

    async def write(self):
        self.written += 1
        await self.cache.invalidate_cache("key")

    async def write_by_pattern(self):
        self.written += 1
        await self.cache.invalidate_cache_pattern("^key$")

    async def write_a_tag(self):
        self.written += 1
        self.cache.invalidate_tags(["tag"])

    async def write_and_tell(self):
        self.written += 1
        self.cache.change_cached("key", lambda value, least=self.written: max(value, least))

    async def turn(self):
        await settle()

    async def run(self, steps):
        for step in steps:
            await getattr(self, step)()
        while not all(reader.done() for reader in self.readers):
            await settle()
            await self.answer()
        await asyncio.gather(*self.readers)
        await self.cache.close()


STEPS = [
    "read",
    "read_late",
    "answer",
    "cancel",
    "write",
    "write_by_pattern",
    "write_a_tag",
    "write_and_tell",
    "turn",
    "turn",
]


@settings(max_examples=300, deadline=None, derandomize=bool(os.environ.get("CI")))
@given(st.lists(st.sampled_from(STEPS), max_size=40))
def test_read_never_returns_a_value_from_before_a_write(steps):
    asyncio.run(Interleaving().run(steps))


async def test_value_is_fetched_again_after_one_of_its_tags_has_changed(cache, source):
    for _ in range(2):
        await cache.get_or_fetch("key", source.fetch, tags=("a", "b"))
    cache.invalidate_tags(["c"])
    await cache.get_or_fetch("key", source.fetch, tags=("a", "b"))
    assert source.asked == 1
    cache.invalidate_tags(["b"])
    assert cache.find("key") is None
    await cache.get_or_fetch("key", source.fetch, tags=("a", "b"))
    assert source.asked == 2


async def test_change_of_a_tag_during_a_fetch_makes_the_next_call_fetch(cache, source):
    source.open.clear()
    early = asyncio.create_task(cache.get_or_fetch("key", source.fetch, tags=("a",)))
    await settle()
    source.value = "changed"
    cache.invalidate_tags(["a"])
    late = [asyncio.create_task(cache.get_or_fetch("key", source.fetch, tags=("a",))) for _ in range(2)]
    await settle()
    source.open.set()
    assert await early == "value"
    assert await asyncio.gather(*late) == ["changed", "changed"]
    assert source.asked == 2
    assert await cache.get_or_fetch("key", source.fetch, tags=("a",)) == "changed"
    assert source.asked == 2


async def test_changed_value_keeps_its_tags(cache):
    source = Source(3)
    await cache.get_or_fetch("key", source.fetch, tags=("a",))
    cache.change_cached("key", lambda value: value + 1)
    assert await cache.get_or_fetch("key", source.fetch, tags=("a",)) == 4
    cache.invalidate_tags(["a"])
    assert await cache.get_or_fetch("key", source.fetch, tags=("a",)) == 3


async def test_held_tag_is_not_cached(cache, source):
    release = cache.versions.hold(["a"])
    for _ in range(2):
        await cache.get_or_fetch("key", source.fetch, tags=("a",))
    assert source.asked == 2
    release()
    for _ in range(2):
        await cache.get_or_fetch("key", source.fetch, tags=("a",))
    assert source.asked == 3


async def test_changed_value_keeps_its_expiry(cache, source, time):
    await cache.cache_data("key", 1, ttl=10)
    time.now = 9
    cache.change_cached("key", lambda value: value + 1)
    assert await cache.get_or_fetch("key", source.fetch) == 2
    time.now = 10
    assert await cache.get_or_fetch("key", source.fetch) == "value"


async def test_change_of_missing_key_does_nothing(cache, source, time):
    await cache.cache_data("expired", "old", ttl=1)
    time.now = 1
    for key in ("absent", "expired"):
        cache.change_cached(key, lambda _: "changed")
        assert await cache.get_or_fetch(key, source.fetch) == "value"


async def test_change_is_applied_to_a_running_fetch(cache):
    source = Source(3)
    (early,) = await asking(cache, source)
    cache.change_cached("key", lambda value: max(value, 7))
    source.open.set()
    assert await early == 7
    assert await cache.get_or_fetch("key", source.fetch) == 7
    assert source.asked == 1
