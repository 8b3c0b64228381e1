"""The cache: once fetched, once kept, never out of date."""

import asyncio
import gc
import os
import re

import pytest
from hypothesis import given, settings, strategies as st

from runtime.cache import WARN_INTERVAL, BoundedMemoryBackend, Cache


class Time:
    """Seconds that a test sets."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Source:
    """A source of data that counts its reads, and answers when it is released."""

    def __init__(self, value="value"):
        self.value = value
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()

    async def fetch(self):
        self.asked += 1
        value = self.value
        await self.open.wait()
        if isinstance(value, Exception):
            raise value
        return value


@pytest.fixture
def time():
    return Time()


@pytest.fixture
async def cache(time):
    cache = Cache(monotonic=time)
    yield cache
    await cache.close()


@pytest.fixture
def source():
    return Source()


async def settle():
    """Run every task until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


async def asking(cache, source, count=1):
    """Return tasks that wait for the source, which is closed."""
    source.open.clear()
    tasks = [asyncio.create_task(cache.get_or_fetch("key", source.fetch)) for _ in range(count)]
    await settle()
    return tasks


# What is kept


async def test_what_was_fetched_is_not_fetched_again(cache, source):
    assert [await cache.get_or_fetch("key", source.fetch) for _ in range(3)] == ["value"] * 3
    assert source.asked == 1


async def test_none_is_a_value_and_is_kept(cache):
    source = Source(None)
    assert [await cache.get_or_fetch("key", source.fetch) for _ in range(2)] == [None, None]
    assert source.asked == 1


@pytest.mark.parametrize(("given_ttl", "lives"), [(None, 300), (20, 20)])
async def test_data_is_kept_for_its_ttl(cache, source, time, given_ttl, lives):
    await cache.get_or_fetch("key", source.fetch, given_ttl)
    time.now = lives - 0.001
    await cache.get_or_fetch("key", source.fetch)
    assert source.asked == 1
    time.now = lives
    await cache.get_or_fetch("key", source.fetch)
    assert source.asked == 2


async def test_the_default_ttl_is_the_one_the_cache_was_made_with(source, time):
    cache = Cache(ttl=7, monotonic=time)
    await cache.cache_data("key", "kept")
    time.now = 6.9
    assert await cache.get_or_fetch("key", source.fetch) == "kept"
    time.now = 7
    assert await cache.get_or_fetch("key", source.fetch) == "value"


async def test_data_can_be_kept_without_fetching(cache, source, time):
    await cache.cache_data("key", "new", ttl=10)
    assert await cache.get_or_fetch("key", source.fetch) == "new"
    time.now = 10
    assert await cache.get_or_fetch("key", source.fetch) == "value"


async def test_the_time_of_a_forgotten_value_does_not_end_the_next_one(cache, source, time):
    await cache.cache_data("key", "old", ttl=10)
    time.now = 5
    await cache.invalidate_cache("key")
    await cache.cache_data("key", "new", ttl=100)
    time.now = 50
    assert await cache.get_or_fetch("key", source.fetch) == "new"


async def test_entries_are_bounded_and_the_least_recently_used_goes_first(source):
    cache = Cache(max_entries=3)
    for key in ("a", "b", "c"):
        await cache.cache_data(key, f"kept {key}")
    await cache.get_or_fetch("a", source.fetch)
    await cache.cache_data("d", "kept d")
    assert await cache.get_or_fetch("a", source.fetch) == "kept a"
    assert await cache.get_or_fetch("c", source.fetch) == "kept c"
    assert await cache.get_or_fetch("d", source.fetch) == "kept d"
    assert await cache.get_or_fetch("b", source.fetch) == "value"


# One fetch for all


async def test_concurrent_misses_of_one_key_fetch_once(cache, source):
    tasks = await asking(cache, source, 50)
    source.open.set()
    assert await asyncio.gather(*tasks) == ["value"] * 50
    assert source.asked == 1


async def test_other_keys_do_not_wait(cache, source):
    (waiting,) = await asking(cache, source)
    assert await cache.get_or_fetch("other", Source("other").fetch) == "other"
    assert not waiting.done()
    source.open.set()
    assert await waiting == "value"


async def test_the_first_caller_may_be_cancelled_without_harm_to_the_others(cache, source):
    first, second = await asking(cache, source, 2)
    first.cancel()
    await settle()
    source.open.set()
    assert await second == "value"
    assert first.cancelled()
    assert source.asked == 1


async def test_what_nobody_waits_for_any_more_is_kept_all_the_same(cache, source):
    (only,) = await asking(cache, source)
    only.cancel()
    source.open.set()
    await settle()
    assert await cache.get_or_fetch("key", source.fetch) == "value"
    assert source.asked == 1


async def test_a_failure_reaches_all_who_wait_and_is_not_kept(cache):
    source = Source(LookupError("gone"))
    tasks = await asking(cache, source, 3)
    source.open.set()
    failures = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(failure) for failure in failures] == [LookupError] * 3
    source.value = "back"
    assert await cache.get_or_fetch("key", source.fetch) == "back"


async def test_a_failure_that_nobody_waits_for_is_no_complaint(cache):
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


# Forgetting


async def test_what_was_invalidated_is_fetched_anew(cache, source):
    await cache.get_or_fetch("key", source.fetch)
    source.value = "changed"
    await cache.invalidate_cache("key")
    assert await cache.get_or_fetch("key", source.fetch) == "changed"


@pytest.mark.parametrize("pattern", [r":1$", re.compile("A:1", re.IGNORECASE)])
async def test_a_pattern_forgets_every_key_in_which_it_is_found(cache, pattern):
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
async def test_a_fetch_that_an_invalidation_overtook_is_not_kept(cache, source, forget):
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


async def test_a_fetch_forgotten_before_it_began_is_not_kept(cache, source):
    early = asyncio.create_task(cache.get_or_fetch("key", source.fetch))
    await asyncio.sleep(0)
    assert source.asked == 0
    await cache.invalidate_cache("key")
    await early
    await cache.get_or_fetch("key", source.fetch)
    assert source.asked == 2


async def test_data_kept_during_a_fetch_is_not_overwritten_by_it(cache, source):
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
def test_a_read_never_gets_less_than_what_was_written_before_it(steps):
    asyncio.run(Interleaving().run(steps))


# Tags


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


# Changing what is kept


async def test_a_change_is_made_to_what_is_kept_and_does_not_make_it_live_longer(cache, source, time):
    await cache.cache_data("key", 1, ttl=10)
    time.now = 9
    cache.change_cached("key", lambda value: value + 1)
    assert await cache.get_or_fetch("key", source.fetch) == 2
    time.now = 10
    assert await cache.get_or_fetch("key", source.fetch) == "value"


async def test_where_nothing_is_kept_nothing_is_changed(cache, source, time):
    await cache.cache_data("expired", "old", ttl=1)
    time.now = 1
    for key in ("absent", "expired"):
        cache.change_cached(key, lambda _: "changed")
        assert await cache.get_or_fetch(key, source.fetch) == "value"


async def test_a_change_is_made_to_what_a_running_fetch_brings(cache):
    source = Source(3)
    (early,) = await asking(cache, source)
    cache.change_cached("key", lambda value: max(value, 7))
    source.open.set()
    assert await early == 7
    assert await cache.get_or_fetch("key", source.fetch) == 7
    assert source.asked == 1


# When it does not work


class Failing(BoundedMemoryBackend):
    """A backend of which some calls fail as long as they are told to."""

    def __init__(self, monotonic):
        super().__init__(100, monotonic)
        self.broken = set()

    def _fail(self, call):
        if call in self.broken:
            raise ConnectionError(call)

    def peek(self, key):
        self._fail("get")
        return super().peek(key)

    def put(self, key, value, ttl):
        self._fail("set")
        super().put(key, value, ttl)

    async def _delete(self, key, **options):
        self._fail("delete")
        return await super()._delete(key, **options)

    def delete_where(self, found):
        self._fail("delete")
        super().delete_where(found)


@pytest.fixture
def failing(time):
    return Failing(time)


@pytest.fixture
def fragile(failing, time):
    return Cache(backend=failing, monotonic=time)


@pytest.mark.parametrize(("call", "asked_in_all"), [("get", 3), ("set", 4)])
async def test_where_the_backend_fails_the_data_is_fetched(fragile, failing, caplog, call, asked_in_all):
    failing.broken = {call}
    source = Source()
    assert [await fragile.get_or_fetch("key", source.fetch) for _ in range(3)] == ["value"] * 3
    assert source.asked == 3
    assert "The cache fails" in caplog.text
    failing.broken.clear()
    assert [await fragile.get_or_fetch("key", source.fetch) for _ in range(3)] == ["value"] * 3
    assert source.asked == asked_in_all


async def _async(function, *arguments):
    function(*arguments)


@pytest.mark.parametrize(
    "forget",
    [
        lambda cache: cache.invalidate_cache("key"),
        lambda cache: cache.invalidate_cache_pattern("key"),
        lambda cache: cache.cache_data("key", "new"),
        lambda cache: _async(cache.change_cached, "key", lambda _: "new"),
    ],
)
async def test_what_could_not_be_forgotten_is_not_served(fragile, failing, forget):
    await fragile.cache_data("key", "old")
    failing.broken = {"get", "set", "delete"}
    await forget(fragile)
    failing.broken.clear()
    assert await fragile.get_or_fetch("key", Source("new").fetch) == "new"


async def test_a_failing_backend_does_not_flood_the_log(fragile, failing, time, caplog):
    failing.broken = {"get"}
    for _ in range(100):
        await fragile.get_or_fetch("key", Source().fetch)
    assert len(caplog.records) == 1
    time.now += WARN_INTERVAL
    await fragile.get_or_fetch("key", Source().fetch)
    assert len(caplog.records) == 2
    assert "failures so far: 101" in caplog.text


async def test_a_cache_that_is_off_warns_and_fetches(caplog):
    cache = Cache(enabled=False)
    source = Source()
    await cache.cache_data("key", "kept")
    assert [await cache.get_or_fetch("key", source.fetch) for _ in range(2)] == ["value"] * 2
    assert source.asked == 2
    assert caplog.messages == ["The cache is off: data is fetched directly."]


async def test_aiocaches_own_switch_turns_it_off(source, monkeypatch):
    monkeypatch.setenv("AIOCACHE_DISABLE", "1")
    cache = Cache()
    for _ in range(2):
        assert await cache.get_or_fetch("key", source.fetch) == "value"
    assert source.asked == 2


async def test_ping_says_whether_the_cache_works(fragile, failing):
    assert await fragile.ping()
    assert await Cache(enabled=False).ping()
    failing.broken = {"set"}
    assert not await fragile.ping()


async def test_a_closed_cache_fetches_and_stops_what_was_running(cache, source):
    await cache.cache_data("other", "kept")
    (waiting,) = await asking(cache, source)
    await cache.close()
    await settle()
    assert waiting.cancelled()
    assert await cache.get_or_fetch("other", Source("fetched").fetch) == "fetched"
