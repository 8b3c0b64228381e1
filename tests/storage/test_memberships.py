"""Conformance: joining, leaving, capacity and read marks (storage/base/rooms/members.py), on every backend."""

import asyncio

import pytest

from domain import ids
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import NotAMember, OwnerCannotLeave, RoomFull, RoomNotFound
from domain.rooms import Member, MemberProfile
from tests.support.factories import at, draft, make_room, make_user, make_users, post


async def test_a_new_member_has_read_what_was_said_so_far(storage, room, ada, bob):
    await post(storage, draft(room, ada), draft(room, ada))
    member = await storage.add_member(room.id, bob.id, at(5))
    assert member == Member(room.id, bob.id, "member", at(5), 2)
    assert await storage.member(room.id, bob.id) == member
    assert (await storage.room(room.id)).total_members == 2


async def test_joining_again_keeps_the_place_also_in_a_full_room(storage, ada, bob):
    room = await make_room(storage, ada, bob, capacity=2)
    await post(storage, draft(room, ada))
    place = await storage.member(room.id, bob.id)
    assert await storage.add_member(room.id, bob.id, at(50)) == place
    assert await storage.member(room.id, bob.id) == place
    assert (await storage.add_member(room.id, ada.id, at(50))).role == "owner"
    assert (await storage.room(room.id)).total_members == 2


async def test_nobody_joins_a_room_that_is_not_there(storage, ada):
    with pytest.raises(RoomNotFound):
        await storage.add_member(ids.new_id(), ada.id, at(5))


async def test_nobody_joins_who_is_gone(storage, room, bob):
    await storage.delete_user(bob.id)
    for user_id in (bob.id, ids.new_id()):
        with pytest.raises(UserNotFound):
            await storage.add_member(room.id, user_id, at(5))
        assert await storage.member(room.id, user_id) is None
    assert await storage.room(room.id) == room


async def test_the_capacity_is_exact_under_any_number_of_callers(storage, ada):
    room = await make_room(storage, ada, capacity=6)
    users = await make_users(storage, 20)
    results = await asyncio.gather(
        *(storage.add_member(room.id, user.id, at(5)) for user in users), return_exceptions=True
    )
    assert [type(result) for result in results].count(Member) == 5
    assert [type(result) for result in results].count(RoomFull) == 15
    assert (await storage.room(room.id)).total_members == 6
    assert len(await storage.members(room.id, 100)) == 6


async def test_a_place_given_up_can_be_taken(storage, ada, bob):
    room = await make_room(storage, ada, bob, capacity=2)
    eve = await make_user(storage, "Eve")
    with pytest.raises(RoomFull):
        await storage.add_member(room.id, eve.id, at(5))
    await storage.remove_member(room.id, bob.id)
    assert (await storage.add_member(room.id, eve.id, at(5))).user_id == eve.id


async def test_one_user_who_joins_many_times_at_once_is_one_member(storage, room, bob):
    places = await asyncio.gather(*(storage.add_member(room.id, bob.id, at(number)) for number in range(20)))
    assert len(set(places)) == 1
    assert (await storage.room(room.id)).total_members == 2


async def test_joins_and_a_deletion_at_once_leave_no_member_of_no_room(storage, ada):
    room = await make_room(storage, ada)
    users = await make_users(storage, 20)
    joins = [storage.add_member(room.id, user.id, at(5)) for user in users]
    results = await asyncio.gather(*joins[:10], storage.delete_room(room.id), *joins[10:], return_exceptions=True)
    assert results.pop(10) is True
    assert {type(result) for result in results} <= {Member, RoomNotFound}
    assert await storage.room(room.id) is None
    assert await storage.members(room.id, 100) == []
    for user in users:
        assert await storage.member(room.id, user.id) is None
        assert await storage.rooms_of(user.id, 10) == []


async def test_joins_and_leaves_at_once_keep_the_number_of_members_true(storage, room):
    users = await make_users(storage, 10)
    await asyncio.gather(
        *(storage.add_member(room.id, user.id, at(5)) for user in users),
        *(storage.remove_member(room.id, user.id) for user in users),
        *(storage.add_member(room.id, user.id, at(6)) for user in users[:5]),
    )
    assert (await storage.room(room.id)).total_members == len(await storage.members(room.id, 100))


async def test_somebody_deleted_while_joining_is_no_member(storage, ada):
    rooms = [await make_room(storage, ada) for _ in range(5)]
    users = await make_users(storage, 5)
    await asyncio.gather(
        *(storage.add_member(room.id, user.id, at(5)) for user in users for room in rooms[:3]),
        *(storage.delete_user(user.id) for user in users),
        *(storage.add_member(room.id, user.id, at(5)) for user in users for room in rooms[3:]),
        return_exceptions=True,
    )
    for room in rooms:
        assert (await storage.room(room.id)).total_members == 1
        assert [member.id for member in await storage.members(room.id, 100)] == [ada.id]


async def test_ids_of_members_are_all_members(storage, ada, bob):
    room, other = await make_room(storage, ada, bob), await make_room(storage, bob)
    assert await storage.member_ids(room.id) == {ada.id, bob.id}
    assert await storage.member_ids(other.id) == {bob.id}
    await storage.remove_member(room.id, bob.id)
    assert await storage.member_ids(room.id) == {ada.id}
    await storage.delete_room(room.id)
    assert await storage.member_ids(room.id) == await storage.member_ids(ids.new_id()) == set()


async def test_a_membership_ends(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    assert await storage.remove_member(room.id, bob.id) is True
    assert await storage.member(room.id, bob.id) is None
    assert (await storage.room(room.id)).total_members == 1
    assert await storage.remove_member(room.id, bob.id) is False
    assert (await storage.room(room.id)).total_members == 1


async def test_there_is_no_membership_to_end(storage, room, bob):
    assert await storage.remove_member(room.id, bob.id) is False
    assert await storage.remove_member(ids.new_id(), bob.id) is False


async def test_an_owner_does_not_leave(storage, room, ada):
    with pytest.raises(OwnerCannotLeave):
        await storage.remove_member(room.id, ada.id)
    assert (await storage.member(room.id, ada.id)).role == "owner"


async def test_members_come_by_role_then_by_when_they_joined_then_by_id(storage, ada):
    users = await make_users(storage, 6)
    room = await make_room(storage, users[0])
    for user, joined in zip(users[1:], (4, 2, 9, 2, 1), strict=True):
        await storage.add_member(room.id, user.id, at(joined))
    await storage.transfer_room(room.id, users[0].id, users[3].id)
    tied = sorted((users[2], users[4]), key=lambda user: user.id)
    expected = [users[3], users[0], users[5], *tied, users[1]]
    found = await storage.members(room.id, 10)
    assert [member.id for member in found] == [user.id for user in expected]
    assert [member.role for member in found] == ["owner", "moderator", *["member"] * 4]
    assert await storage.members(room.id, 2) == found[:2]


async def test_members_are_shown_as_they_are_now(storage, room, ada):
    await storage.change_user(ada.id, {"first_name": "Augusta", "avatar": "/a.png"})
    assert await storage.members(room.id, 10) == [
        MemberProfile(ada.id, "Augusta Lovelace", "/a.png", "owner", room.created_at)
    ]


async def test_the_read_mark_moves_forwards_only_and_not_beyond_the_last_message(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await post(storage, *(draft(room, ada) for _ in range(5)))
    assert await storage.mark_read(room.id, bob.id, 0) == 5
    assert await storage.mark_read(room.id, bob.id, 3) == 2
    assert await storage.mark_read(room.id, bob.id, 1) == 2
    assert (await storage.member(room.id, bob.id)).last_read == 3
    assert await storage.mark_read(room.id, bob.id, 2**53 - 1) == 0
    assert (await storage.member(room.id, bob.id)).last_read == 5
    await post(storage, draft(room, ada))
    assert await storage.mark_read(room.id, bob.id, 5) == 1


async def test_marks_set_at_once_end_at_the_largest(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await post(storage, *(draft(room, ada) for _ in range(10)))
    await asyncio.gather(*(storage.mark_read(room.id, bob.id, seq) for seq in (3, 9, 1, 7, 2, 8, 4)))
    assert (await storage.member(room.id, bob.id)).last_read == 9


async def test_only_members_mark_what_they_read(storage, room, bob):
    for room_id in (room.id, ids.new_id()):
        with pytest.raises(NotAMember):
            await storage.mark_read(room_id, bob.id, 1)


async def test_membership_that_ended_is_known_afterwards(storage, ada, bob):
    room, other = await make_room(storage, ada, bob), await make_room(storage, ada)
    assert not await storage.was_member(room.id, bob.id), "they still are"
    await storage.remove_member(room.id, bob.id)
    assert await storage.was_member(room.id, bob.id)
    assert not await storage.was_member(other.id, bob.id)
    assert not await storage.was_member(room.id, ada.id)
    await storage.add_member(room.id, bob.id, at(9))
    assert await storage.was_member(room.id, bob.id)
    await storage.delete_room(room.id)
    assert not await storage.was_member(room.id, bob.id)
