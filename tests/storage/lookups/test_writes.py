"""A write is seen by the next lookup, whatever becomes of the write."""

import asyncio
import gc

import pytest

from domain.errors.rooms import NotAMember
from domain.errors.storage import StorageUnavailable
from runtime.cache import Cache
from storage.base import Storage
from storage.base.store import LIFECYCLE, declaration
from tests.cases.writes import READS, ROOM, UNREAD, WRITES
from tests.support.factories import at, draft, make_user, post
from tests.support.looked_up import CACHED, LookedUp
from tests.support.staged_storage import answers
from tests.support.tasks import settle


async def test_role_of_a_disabled_user_ends_a_session_added_meanwhile(storage, inner, world):
    await storage.set_access(world.ada.id, disabled=True)
    await storage.add_session(world.new_sign_in)  # by a login that began before
    assert not (await storage.session(world.new_sign_in.id)).revoked
    await storage.set_access(world.ada.id, role="admin")
    assert (await storage.session(world.new_sign_in.id)).revoked


async def test_rejected_user_leaves_the_lists_of_a_room(storage, inner, world):
    waiting = await make_user(inner, "Waiting", pending=True)
    await inner.add_member(world.room.id, waiting.id, at(5))
    await storage.make_first_admin(world.cy.id)
    before = await answers(storage, world)
    await storage.reject_user(waiting.id, world.cy.id)
    after = await answers(storage, world)
    assert {name for name in READS if before[name] != after[name]} == ROOM | {"members", "member ids"}
    assert after == await answers(inner, world)


def test_each_write_of_the_storage_has_a_case():
    methods = set(Storage.__abstractmethods__) - LIFECYCLE
    assert {name for name in methods if declaration(Storage, name)} == WRITES.keys() | UNREAD
    assert {name for name in methods if not declaration(Storage, name)} >= CACHED


async def test_lookup_is_cached_also_if_missing(storage, inner, world):
    inner.asked.clear()
    first = await answers(storage, world)
    assert await answers(storage, world) == first
    assert len(inner.asked) == len(READS) + 1  # but that of a sign-in


async def test_missing_sessions_evict_nothing(inner, world):
    cache = Cache(max_entries=50)
    storage = LookedUp(inner, cache)
    await storage.user(world.ada.id)
    for number in range(200):
        assert await storage.session(f"{number:032x}") is None
    inner.asked.clear()
    await storage.user(world.ada.id)
    assert inner.asked == []
    assert len(cache) == 1


@pytest.mark.parametrize("name", WRITES)
async def test_write_is_seen_by_next_lookup(storage, inner, world, name):
    write, changing = WRITES[name]
    before = await answers(storage, world)
    await write(storage, world)
    after = await answers(storage, world)
    assert after == await answers(inner, world)
    assert {read for read in READS if after[read] != before[read]} == changing


@pytest.mark.parametrize("name", WRITES)
async def test_read_in_flight_during_write_is_not_cached(storage, inner, world, name):
    write, _ = WRITES[name]
    inner.held_reads.clear()
    early = [asyncio.create_task(read(storage, world)) for read in READS.values()]
    await settle()
    await write(storage, world)
    inner.held_reads.set()
    await asyncio.gather(*early)
    assert await answers(storage, world) == await answers(inner, world)


@pytest.mark.parametrize("name", WRITES)
async def test_failed_write_with_effect_is_seen_by_next_lookup(storage, inner, world, name):
    write, _ = WRITES[name]
    await answers(storage, world)
    inner.failing = name
    with pytest.raises(StorageUnavailable):
        await write(storage, world)
    assert await answers(storage, world) == await answers(inner, world)


@pytest.mark.parametrize("name", [name for name, (_, changing) in WRITES.items() if changing])
async def test_write_of_cancelled_caller_completes_and_is_seen(storage, inner, world, name):
    write, changing = WRITES[name]
    inner.held = name
    writing = asyncio.create_task(write(storage, world))
    await settle()
    writing.cancel()
    await settle()
    assert writing.cancelled()
    before = await answers(storage, world)
    inner.held_writes.set()
    await settle()
    after = await answers(storage, world)
    assert after == await answers(inner, world)
    assert {read for read in READS if after[read] != before[read]} == changing


async def test_failed_write_of_cancelled_caller_is_not_reported(storage, inner, world):
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["message"]))
    inner.held = inner.failing = "record_login"
    writing = asyncio.create_task(storage.record_login(world.ada.id, at(50)))
    await settle()
    writing.cancel()
    inner.held_writes.set()
    await settle()
    assert await storage.user(world.ada.id) == await inner.user(world.ada.id)
    del writing  # it leads to the task
    gc.collect()
    assert complaints == []


async def test_close_waits_for_write_of_cancelled_caller(storage, inner, world):
    inner.held = "record_login"
    writing = asyncio.create_task(storage.record_login(world.ada.id, at(50)))
    await settle()
    writing.cancel()
    closing = asyncio.create_task(storage.close())
    await settle()
    assert not closing.done()
    inner.held_writes.set()
    await closing
    assert (await inner.user(world.ada.id)).last_login == at(50)


async def test_messages_advance_cached_room_and_memberships(storage, inner, world):
    await answers(storage, world)
    inner.asked.clear()
    await storage.add_messages([draft(world.room, author, when=80) for author in (world.ada, world.bob, None)])
    found = await answers(storage, world)
    assert sorted(inner.asked) == ["messages_before", "session"]
    assert found == await answers(inner, world)
    assert (found["room"].last_seq, found["room"].last_active) == (5, at(80))
    assert (found["ada's place"].last_read, found["bob's place"].last_read) == (3, 4)


async def test_retried_message_moves_no_value_back(storage, inner, world):
    await answers(storage, world)
    first = draft(world.room, world.bob, when=80)
    await post(storage, first, draft(world.room, world.bob, when=90))
    await post(storage, first)
    assert await answers(storage, world) == await answers(inner, world)


async def test_rejected_draft_changes_nothing(storage, inner, world):
    before = await answers(storage, world)
    [refused] = await storage.add_messages([draft(world.room, world.cy)])
    assert isinstance(refused, NotAMember)
    assert await answers(storage, world) == before


async def test_rejected_write_raises_its_error(storage, world):
    with pytest.raises(NotAMember):
        await storage.mark_read(world.room.id, world.cy.id, 1)
