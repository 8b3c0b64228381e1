"""Cached lists are current, although most changes of a room do not invalidate them."""

import pytest

from runtime.cache import Cache
from runtime.change_versions import ChangeVersions
from tests.cases.writes import WRITES
from tests.support.factories import at, draft, make_room
from tests.support.looked_up import LookedUp, unreported
from tests.support.staged_storage import answers


async def test_longer_cached_list_serves_shorter_limits(storage, inner, world):
    for name, read in {
        "members": lambda limit: storage.members(world.room.id, limit),
        "messages_before": lambda limit: storage.messages_before(world.room.id, None, limit),
    }.items():
        inner.asked.clear()
        first, both = await read(1), await read(2)
        assert len(first) == 1
        assert len(both) == 2
        assert await read(1) == first
        assert inner.asked == [name, name]


async def test_changing_a_returned_list_does_not_change_the_cache(storage, world):
    before = await answers(storage, world)
    for answer in (await answers(storage, world)).values():
        if isinstance(answer, list):
            answer.clear()
    assert await answers(storage, world) == before


async def test_message_reorders_cached_rooms_of_its_members(storage, inner, world):
    other = await make_room(inner, world.bob, world.ada)
    await storage.add_messages([draft(other, world.bob, when=10)])
    await storage.add_messages([draft(world.room, None, when=20)])
    assert [mine.room.id for mine in await storage.rooms_of(world.ada.id, 10)] == [world.room.id, other.id]
    inner.asked.clear()
    for when, unread in ((30, 2), (40, 3)):
        await storage.add_messages([draft(other, None, when=when)])
        mine = await storage.rooms_of(world.ada.id, 10)
        assert [(one.room.id, one.unread) for one in mine] == [(other.id, unread), (world.room.id, 1)]
    assert inner.asked == ["room"], "only the room that changed, and once"


async def test_room_beyond_the_limit_enters_the_list_when_active(storage, inner, world):
    other = await make_room(inner, world.bob, world.ada)
    await storage.add_messages([draft(world.room, None, when=20)])
    assert [mine.room.id for mine in await storage.rooms_of(world.ada.id, 1)] == [world.room.id]
    await storage.add_messages([draft(other, None, when=30)])
    assert [mine.room.id for mine in await storage.rooms_of(world.ada.id, 1)] == [other.id]


@pytest.mark.parametrize("name", WRITES)
async def test_evicted_version_counts_as_changed(inner, world, name):
    cache = Cache()
    cache.versions = ChangeVersions(max_tags=1)
    storage = LookedUp(inner, cache)
    await answers(storage, world)
    await WRITES[name][0](storage, world)
    others = [room.id for room in await inner.discover(world.bob.id, limit=10) if room.id != world.room.id]
    await storage.change_room(others[-1], {"name": "Geometry"})
    assert await answers(storage, world) == await answers(inner, world)


async def test_writes_of_other_processes_show_after_ten_seconds(inner, world):
    now = 0.0
    storage = LookedUp(inner, Cache(monotonic=lambda: now))
    reads = {
        "members": lambda s: s.members(world.room.id, 10),
        "rooms": lambda s: s.rooms_of(world.cy.id, 10),
        "others": lambda s: s.discover(world.cy.id, limit=10),
        "messages": lambda s: s.messages_before(world.room.id, None, 10),
    }
    before = {name: await read(storage) for name, read in reads.items()}
    await unreported(inner, "add_member")(world.room.id, world.cy.id, at(5))
    await unreported(inner, "add_messages")([draft(world.room, world.cy)])
    now = 9.9
    assert {name: await read(storage) for name, read in reads.items()} == before
    now = 10.1
    after = {name: await read(storage) for name, read in reads.items()}
    assert after == {name: await read(inner) for name, read in reads.items()}
    assert all(after[name] != before[name] for name in reads)
