"""A write with an unknown outcome that PostgreSQL commits late: nothing is cached meanwhile."""

import asyncio

import pytest

import storage.postgres
from domain.errors.storage import StorageUnavailable
from runtime.cache import Cache
from storage.base.changes import Outcome, ReadMarkMoved
from storage.lookups import Lookups
from tests.support.factories import draft, post
from tests.support.postgres_faults import TIMEOUT, TOO_SLOW, in_a_second, until, until_it_answers


@pytest.fixture(autouse=True)
def margin(monkeypatch):
    """A margin that is short, and long enough for a statement."""
    monkeypatch.setattr(storage.postgres, "SETTLE_MARGIN", 0.2)


@in_a_second
async def test_write_that_a_frozen_server_commits_late_is_seen_by_the_next_lookup(server, storage, room, ada):
    lookups, outcomes, waits = Lookups(storage, Cache()), [], []
    unsettled = storage.unsettled

    def watched():
        remaining = unsettled()
        return lambda: waits.append(remaining()) or waits[-1]

    storage.unsettled = watched
    storage.change_feed.subscribe(lambda changes, outcome: outcomes.append((*changes, outcome)))
    await post(storage, draft(room, None))
    assert (await lookups.member(room.id, ada.id)).last_read == 0
    outcomes.clear()
    server.freeze()
    try:
        with pytest.raises(StorageUnavailable):
            await storage.mark_read(room.id, ada.id, 1)
        await until(lambda: len(waits) >= 2)  # longer than the server's own timeout
    finally:
        server.thaw()
    mark = ReadMarkMoved(room.id, ada.id)
    assert outcomes == [(mark, Outcome.UNKNOWN)]

    async def stored():
        return await until_it_answers(lambda: storage.member(room.id, ada.id))

    while (await stored()).last_read == 0:
        assert (await until_it_answers(lambda: lookups.member(room.id, ada.id))).last_read in (0, 1)
    assert (await until_it_answers(lambda: lookups.member(room.id, ada.id))).last_read == 1
    await until(lambda: len(outcomes) == 2)
    assert outcomes[1] == (mark, Outcome.SETTLED)
    assert 0 < waits[-2] <= TIMEOUT + 0.2
    assert waits[-1] == 0
    assert (await lookups.member(room.id, ada.id)).last_read == 1


@in_a_second
async def test_write_settles_while_other_operations_time_out_all_the_time(storage, room, ada):
    outcomes = []

    async def time_out():
        while True:
            with pytest.raises(StorageUnavailable):
                await storage._database.fetch(TOO_SLOW)

    failing = asyncio.create_task(time_out())
    storage.change_feed.subscribe(lambda _changes, outcome: outcomes.append(outcome))
    storage.change_feed.publish_unknown([ReadMarkMoved(room.id, ada.id)], storage.settle_time, storage.unsettled())
    try:
        async with asyncio.timeout(3 * storage.settle_time):
            while Outcome.SETTLED not in outcomes:
                await storage.member(room.id, ada.id)
                await asyncio.sleep(0.05)
    finally:
        failing.cancel()
