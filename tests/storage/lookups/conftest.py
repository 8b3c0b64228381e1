"""Fixtures of tests of lookups: a storage with lookups, on a staged one."""

import pytest

from runtime.cache import Cache
from tests.support.looked_up import LookedUp
from tests.support.staged_storage import Staged, make_world


@pytest.fixture
def inner():
    return Staged()


@pytest.fixture
async def storage(inner):
    cache = Cache()
    storage = LookedUp(inner, cache)
    await storage.open()
    yield storage
    await storage.close()
    await cache.close()


@pytest.fixture
async def world(inner):
    return await make_world(inner)
