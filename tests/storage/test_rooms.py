"""Conformance: rooms, their changes and deletion (storage/base/rooms/rooms.py), on every backend."""

import asyncio

import pytest

from domain import ids
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import CapacityTooSmall, RoomNotFound
from domain.rooms import Member, Membership
from tests.support.factories import at, draft, make_room, new_room, new_user, post, present


async def test_owners_of_rooms_bear_their_names_of_today(storage, ada, bob):
    rooms = [await make_room(storage, ada, bob), await make_room(storage, bob), await make_room(storage, ada)]
    await storage.delete_room(rooms[2].id)
    ids = [room.id for room in rooms]
    assert await storage.owners(ids) == {rooms[0].id: ada.summary, rooms[1].id: bob.summary}
    assert await storage.owners([]) == {}
    await storage.transfer_room(rooms[0].id, ada.id, bob.id)
    bobby = await storage.change_user(bob.id, {"first_name": "Bobby"})
    assert await storage.owners(ids[:1]) == {rooms[0].id: bobby.summary}


async def test_a_room_comes_back_as_kept_with_its_owner_in_it(storage, ada):
    room = new_room(
        ada, description="Proofs", subject="Maths", image="/r.png", visibility="private", capacity=5, created_at=at(3)
    )
    await storage.add_room(room)
    assert await storage.room(room.id) == room
    assert room.total_members == 1
    assert await storage.member(room.id, ada.id) == Member(room.id, ada.id, "owner", at(3))
    assert [member.id for member in await storage.members(room.id, 10)] == [ada.id]


async def test_there_is_no_room_that_nobody_added(storage, room, ada):
    assert await storage.room(ids.new_id()) is None
    assert await storage.member(ids.new_id(), ada.id) is None
    assert await storage.members(ids.new_id(), 10) == []


async def test_a_room_needs_an_owner_who_is_there(storage, ada):
    await storage.delete_user(ada.id)
    for owner in (ada, new_user()):
        room = new_room(owner)
        with pytest.raises(UserNotFound):
            await storage.add_room(room)
        assert await storage.room(room.id) is None


async def test_adding_a_room_again_changes_nothing(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.add_room(room)
    assert await storage.room(room.id) == room
    assert room.total_members == 2


async def test_only_the_fields_named_of_a_room_change(storage, ada):
    room = await make_room(storage, ada, description="Proofs", image="/r.png", capacity=5)
    changes = {"name": "Algebra", "image": None, "visibility": "private", "capacity": None}
    changed = await storage.change_room(room.id, changes)
    assert {field: getattr(changed, field) for field in changes} == changes
    assert (changed.description, changed.created_by, changed.total_members) == ("Proofs", ada.id, 1)
    assert await storage.room(room.id) == changed


async def test_a_change_of_nothing_leaves_the_room_as_it_is(storage, room):
    assert await storage.change_room(room.id, {}) == room
    assert await storage.room(room.id) == room


async def test_changing_no_room_is_answered_with_none(storage):
    assert await storage.change_room(ids.new_id(), {"name": "Algebra"}) is None


async def test_changes_of_different_fields_of_a_room_at_once_all_survive(storage, room, ada):
    changes = {"name": "Algebra", "description": "Rings", "subject": "Maths", "image": "/a.png", "capacity": 9}
    await asyncio.gather(
        *(storage.change_room(room.id, {field: value}) for field, value in changes.items()),
        *(storage.add_messages([draft(room, ada)]) for _ in range(5)),
    )
    changed = await storage.room(room.id)
    assert {field: getattr(changed, field) for field in changes} == changes
    assert changed.last_seq == 5


async def test_the_capacity_is_never_below_the_number_of_members(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    with pytest.raises(CapacityTooSmall):
        await storage.change_room(room.id, {"name": "Small", "capacity": 1})
    assert await storage.room(room.id) == room
    assert (await storage.change_room(room.id, {"capacity": 2})).capacity == 2


async def test_a_room_is_deleted_with_all_that_is_in_it(storage, ada, bob):
    room, other = await make_room(storage, ada, bob), await make_room(storage, ada)
    first = draft(room, bob, key="k")
    await post(storage, first, draft(other, ada, "stays"))
    await storage.save_presence({room.id: [present(bob)]})
    assert await storage.delete_room(room.id) is True
    assert await storage.room(room.id) is None
    assert await storage.member(room.id, bob.id) is None
    assert await storage.members(room.id, 10) == []
    assert await storage.rooms_of(bob.id, 10) == []
    assert await storage.messages_after(room.id, 0, 10) == []
    assert await storage.messages_before(room.id, None, 10) == []
    assert await storage.presence(room.id) == []
    assert await storage.clear_presence() == 0
    assert [message.content for message in await storage.recent_messages(ada.id, 10)] == ["stays"]
    [refusal] = await storage.add_messages([first])
    assert isinstance(refusal, RoomNotFound)
    assert await storage.delete_room(room.id) is False


async def test_rooms_of_a_user_come_last_active_first(storage, ada, bob):
    stamps = [at(5), at(9), at(5), at(1)]
    rooms = [await make_room(storage, bob, ada, last_active=stamp) for stamp in stamps]
    await make_room(storage, bob, last_active=at(99))
    expected = [rooms[1], rooms[2], rooms[0], rooms[3]]
    assert await storage.rooms_of(ada.id, 10) == [Membership(room, "member", 0) for room in expected]
    assert [one.room for one in await storage.rooms_of(ada.id, 3)] == expected[:3]
    assert {one.role for one in await storage.rooms_of(bob.id, 10)} == {"owner"}
    assert await storage.rooms_of(ids.new_id(), 10) == []


async def test_a_membership_tells_what_is_unread(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await post(storage, *(draft(room, ada) for _ in range(3)))
    await storage.mark_read(room.id, bob.id, 1)
    [membership] = await storage.rooms_of(bob.id, 10)
    assert (membership.last_read, membership.unread) == (1, 2)
