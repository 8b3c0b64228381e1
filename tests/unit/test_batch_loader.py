"""Rows that are asked for at the same time are read together, and nobody suffers from it."""

import asyncio

import pytest

from domain.errors.storage import StorageUnavailable
from storage.postgres import batch_loader
from storage.postgres.batch_loader import BatchLoader


class Table:
    """Rows that are the length of their key, and are read when `held` is set.

    Attributes:
        asked: the keys of each read.
        failing: the failure of each read that asks for its key.
    """

    def __init__(self):
        self.asked = []
        self.failing = {}
        self.held = asyncio.Event()
        self.held.set()

    async def read(self, keys):
        self.asked.append(sorted(keys))
        await self.held.wait()
        for key in keys:
            if key in self.failing:
                raise self.failing[key]
        return {key: len(key) for key in keys if key}


@pytest.fixture
async def table():
    return Table()


@pytest.fixture
def rows(table):
    return BatchLoader(table.read)


def asking(rows, *keys):
    return [asyncio.create_task(rows.get(key)) for key in keys]


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_is_asked_for_meanwhile_shares_the_next_read(rows, table):
    table.held.clear()
    first = asking(rows, "a")
    await settle()
    others = asking(rows, "bb", "", "ccc", "bb")
    await settle()
    table.held.set()
    assert await asyncio.gather(*first, *others) == [1, 2, None, 3, 2]
    assert table.asked == [["a"], ["", "bb", "ccc"]]
    assert await rows.get("dddd") == 4


async def test_a_read_does_not_answer_who_asked_after_it_began(rows, table):
    table.held.clear()
    tasks = asking(rows, "a")
    await settle()
    tasks += asking(rows, "a")
    await settle()
    table.held.set()
    await asyncio.gather(*tasks)
    assert table.asked == [["a"], ["a"]]


async def test_a_large_crowd_is_read_in_parts(rows, table, monkeypatch):
    monkeypatch.setattr(batch_loader, "MAX_BATCH_SIZE", 2)
    assert await asyncio.gather(*asking(rows, "a", "bb", "ccc")) == [1, 2, 3]
    assert table.asked == [["a", "bb"], ["ccc"]]


async def test_a_silent_database_is_not_waited_for_twice(rows, table):
    table.held.clear()
    table.failing = {"a": StorageUnavailable()}
    tasks = asking(rows, "a")
    await settle()
    tasks += asking(rows, "bb")
    await settle()
    table.held.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StorageUnavailable, StorageUnavailable]
    assert table.asked == [["a"]]
    assert await rows.get("bb") == 2


async def test_only_who_asked_for_it_hears_of_a_bad_key(rows, table):
    table.failing = {"a": ValueError("a")}
    answers = await asyncio.gather(*asking(rows, "a", "bb"), return_exceptions=True)
    assert answers == [table.failing["a"], 2]


async def test_who_goes_away_disturbs_nobody(rows, table):
    table.held.clear()
    gone, stays = asking(rows, "a", "a")
    await settle()
    gone.cancel()
    await settle()
    table.held.set()
    assert await stays == 1
    assert gone.cancelled()
