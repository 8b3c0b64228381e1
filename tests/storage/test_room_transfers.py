"""Conformance: transfer of a room to another owner (storage/base/rooms/members.py), on every backend."""

import asyncio

import pytest

from domain import ids
from domain.accounts import DELETED_NAME
from domain.errors.base import Forbidden
from domain.errors.rooms import NotAMember
from tests.support.factories import at, make_room, make_user, make_users


async def test_a_room_is_handed_over(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.transfer_room(room.id, ada.id, bob.id)
    assert (await storage.member(room.id, bob.id)).role == "owner"
    assert (await storage.member(room.id, ada.id)).role == "moderator"
    assert await storage.remove_member(room.id, ada.id) is True


async def test_handing_a_room_over_again_changes_nothing(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.transfer_room(room.id, ada.id, bob.id)
    await storage.transfer_room(room.id, ada.id, bob.id)
    assert (await storage.member(room.id, bob.id)).role == "owner"


async def test_a_room_handed_to_its_owner_stays_theirs(storage, room, ada):
    await storage.transfer_room(room.id, ada.id, ada.id)
    assert (await storage.member(room.id, ada.id)).role == "owner"


async def test_only_a_member_inherits(storage, room, ada, bob):
    with pytest.raises(NotAMember):
        await storage.transfer_room(room.id, ada.id, bob.id)
    with pytest.raises(NotAMember):
        await storage.transfer_room(ids.new_id(), ada.id, bob.id)
    assert (await storage.member(room.id, ada.id)).role == "owner"


async def test_only_the_owner_hands_over(storage, ada, bob):
    eve = await make_user(storage, "Eve")
    room = await make_room(storage, ada, bob, eve)
    with pytest.raises(Forbidden):
        await storage.transfer_room(room.id, bob.id, eve.id)
    await storage.transfer_room(room.id, ada.id, bob.id)
    with pytest.raises(Forbidden):
        await storage.transfer_room(room.id, ada.id, eve.id)
    assert (await storage.member(room.id, bob.id)).role == "owner"


async def test_a_room_handed_to_many_at_once_has_one_owner(storage, room, ada):
    heirs = await make_users(storage, 10)
    for heir in heirs:
        await storage.add_member(room.id, heir.id, at(5))
    results = await asyncio.gather(
        *(storage.transfer_room(room.id, ada.id, heir.id) for heir in heirs), return_exceptions=True
    )
    assert [type(result) for result in results if result is not None] == [Forbidden] * 9
    assert [member.role for member in await storage.members(room.id, 20)].count("owner") == 1


async def test_a_room_outlives_its_deleted_owner(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.transfer_room(room.id, ada.id, bob.id)
    await storage.delete_user(ada.id)
    kept = await storage.room(room.id)
    assert (kept.total_members, kept.created_by) == (1, ada.id)
    assert DELETED_NAME not in [member.name for member in await storage.members(room.id, 10)]
