"""A cache that fails, is disabled or is closed: data is fetched."""

import pytest

from runtime.cache import WARN_INTERVAL, BoundedMemoryBackend, Cache
from tests.support.cached_source import Source, asking
from tests.support.tasks import settle


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
async def test_failing_backend_makes_each_call_fetch(fragile, failing, caplog, call, asked_in_all):
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
async def test_entry_of_failed_invalidation_is_not_returned(fragile, failing, forget):
    await fragile.cache_data("key", "old")
    failing.broken = {"get", "set", "delete"}
    await forget(fragile)
    failing.broken.clear()
    assert await fragile.get_or_fetch("key", Source("new").fetch) == "new"


async def test_failing_backend_is_logged_once_a_minute(fragile, failing, time, caplog):
    failing.broken = {"get"}
    for _ in range(100):
        await fragile.get_or_fetch("key", Source().fetch)
    assert len(caplog.records) == 1
    time.now += WARN_INTERVAL
    await fragile.get_or_fetch("key", Source().fetch)
    assert len(caplog.records) == 2
    assert "failures so far: 101" in caplog.text


async def test_disabled_cache_warns_and_fetches(caplog):
    cache = Cache(enabled=False)
    source = Source()
    await cache.cache_data("key", "kept")
    assert [await cache.get_or_fetch("key", source.fetch) for _ in range(2)] == ["value"] * 2
    assert source.asked == 2
    assert caplog.messages == ["The cache is off: data is fetched directly."]


async def test_aiocache_disable_variable_disables_the_cache(source, monkeypatch):
    monkeypatch.setenv("AIOCACHE_DISABLE", "1")
    cache = Cache()
    for _ in range(2):
        assert await cache.get_or_fetch("key", source.fetch) == "value"
    assert source.asked == 2


async def test_ping_returns_true_only_if_the_cache_works(fragile, failing):
    assert await fragile.ping()
    assert await Cache(enabled=False).ping()
    failing.broken = {"set"}
    assert not await fragile.ping()


async def test_closed_cache_cancels_fetches_and_is_disabled(cache, source):
    await cache.cache_data("other", "kept")
    (waiting,) = await asking(cache, source)
    await cache.close()
    await settle()
    assert waiting.cancelled()
    assert await cache.get_or_fetch("other", Source("fetched").fetch) == "fetched"
