"""Conformance: deletion of a user, with messages, memberships, owned rooms and sessions, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.accounts import DELETED_NAME, UserSummary
from domain.errors.accounts import UserNotFound
from domain.errors.rooms import NotAMember, OwnerCannotLeave
from tests.support.factories import (
    at,
    draft,
    make_room,
    make_sign_in,
    make_user,
    make_users,
    new_room,
    new_sign_in,
    new_user,
    post,
    renewal,
    rotate,
)


async def test_a_deleted_user_is_gone(storage, ada):
    assert await storage.delete_user(ada.id) is True
    assert await storage.set_password(ada.id, "new hash", expected_hash=f"hash of {ada.id}") is False
    await storage.record_login(ada.id, at(7))
    assert await storage.user(ada.id) is None
    assert await storage.account(ada.id) is None
    assert await storage.account_by_email(ada.email) is None
    assert await storage.change_user(ada.id, {"bio": "Notes"}) is None
    assert await storage.delete_user(ada.id) is False


async def test_there_is_nobody_to_delete(storage):
    assert await storage.delete_user(ids.new_id()) is False


async def test_the_email_of_a_deleted_user_is_free_again(storage, ada):
    await storage.delete_user(ada.id)
    successor = await make_user(storage, "Eve", email=ada.email)
    assert (await storage.account_by_email(ada.email)).user == successor


async def test_two_users_can_be_deleted(storage, ada, bob):
    assert await storage.delete_user(ada.id)
    assert await storage.delete_user(bob.id)


async def test_the_messages_of_a_deleted_user_stay_without_their_name(storage, room, ada):
    bob = await make_user(storage, "Bob", avatar="/bob.png")
    await storage.add_member(room.id, bob.id, at(1))
    kept = await post(storage, draft(room, ada, "one"), draft(room, bob, "two"))
    await storage.delete_user(bob.id)
    after = await storage.messages_after(room.id, 0, 10)
    assert [(message.id, message.seq, message.content) for message in after] == [
        (message.id, message.seq, message.content) for message in kept
    ]
    assert [message.sender for message in after] == [ada.summary, UserSummary(bob.id, DELETED_NAME)]
    assert (await storage.recent_messages(ada.id, 1))[0].sender == UserSummary(bob.id, DELETED_NAME)


async def test_the_memberships_of_a_deleted_user_end(storage, ada, bob):
    first, second = await make_room(storage, ada, bob), await make_room(storage, ada, bob)
    await storage.delete_user(bob.id)
    for room in (first, second):
        assert (await storage.room(room.id)).total_members == 1
        assert await storage.member(room.id, bob.id) is None
        assert [member.id for member in await storage.members(room.id, 10)] == [ada.id]
        [refusal] = await storage.add_messages([draft(room, bob)])
        assert isinstance(refusal, NotAMember)
    assert await storage.rooms_of(bob.id, 10) == []


async def test_who_owns_a_room_is_not_deleted(storage, room, ada, bob):
    sign_in = await make_sign_in(storage, ada)
    with pytest.raises(OwnerCannotLeave):
        await storage.delete_user(ada.id)
    assert await storage.user(ada.id) == ada
    assert await storage.session(sign_in.id) == sign_in
    assert (await storage.member(room.id, ada.id)).role == "owner"
    assert (await storage.account_by_email(ada.email)).user == ada
    await storage.add_member(room.id, bob.id, at(5))
    await storage.transfer_room(room.id, ada.id, bob.id)
    assert await storage.delete_user(ada.id) is True


async def test_no_room_is_left_to_somebody_who_is_deleted_meanwhile(storage, ada):
    users = await make_users(storage, 5)
    given = [await make_room(storage, ada, user) for user in users]
    made = [new_room(user) for user in users]
    await asyncio.gather(
        *(storage.add_room(room) for room in made[:3]),
        *(storage.transfer_room(room.id, ada.id, user.id) for room, user in list(zip(given, users, strict=True))[3:]),
        *(storage.delete_user(user.id) for user in users),
        *(storage.add_room(room) for room in made[3:]),
        *(storage.transfer_room(room.id, ada.id, user.id) for room, user in list(zip(given, users, strict=True))[:3]),
        return_exceptions=True,
    )
    for room in (*given, *made):
        if await storage.room(room.id):
            [owner, *_] = await storage.members(room.id, 10)
            assert (owner.role, await storage.user(owner.id) is None) == ("owner", False)


async def test_the_sign_ins_of_a_deleted_user_are_deleted(storage, ada, bob):
    gone, stays = await make_sign_in(storage, ada), await make_sign_in(storage, bob)
    await storage.delete_user(ada.id)
    assert await storage.session(gone.id) is None
    assert await storage.session(stays.id) == stays
    assert await rotate(storage, gone.id, "first", renewal("second", at(2000))) is None


async def test_nobody_signs_in_who_is_gone(storage, ada):
    await storage.delete_user(ada.id)
    for sign_in in (new_sign_in(ada), new_sign_in(new_user())):
        with pytest.raises(UserNotFound):
            await storage.add_session(sign_in)
        assert await storage.session(sign_in.id) is None


async def test_owned_rooms_are_those_that_one_owns_by_id(storage, ada, bob):
    rooms = [await make_room(storage, ada) for _ in range(4)]
    await make_room(storage, bob, ada)
    await storage.add_member(rooms[1].id, bob.id, at(2))
    await storage.transfer_room(rooms[1].id, ada.id, bob.id)
    await storage.delete_room(rooms[2].id)
    assert await storage.owned_rooms(ada.id, 10) == [rooms[0], rooms[3]]
    assert await storage.owned_rooms(ada.id, 1) == [rooms[0]]
    assert await storage.owned_rooms(ids.new_id(), 10) == []
