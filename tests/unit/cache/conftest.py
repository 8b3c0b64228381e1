"""Fixtures of tests of the cache."""

import pytest

from runtime.cache import Cache
from tests.support.cached_source import Source, Time


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
