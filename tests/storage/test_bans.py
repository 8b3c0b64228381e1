"""Conformance: bans (storage/base/moderation/bans.py) and mutes (storage/base/rooms/members.py), on every backend."""

import asyncio

import pytest

from domain import ids
from domain.accounts import DELETED_NAME
from domain.errors.accounts import UserNotFound
from domain.errors.moderation import Banned, Muted
from domain.errors.rooms import NotAMember, RoomNotFound
from domain.messages import Message
from domain.moderation import Ban
from tests.support.factories import actions, at, draft, make_room, make_users, new_act, new_room, new_user, post


async def test_a_ban_ends_the_membership_and_keeps_out(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    assert await storage.is_banned(room.id, bob.id) is False
    assert await storage.add_ban(room.id, bob.id, "spam", new_act(room, ada, "member-banned", bob, when=7)) is True
    assert await storage.member(room.id, bob.id) is None
    assert (await storage.room(room.id)).total_members == 1
    assert await storage.is_banned(room.id, bob.id) is True
    assert await storage.bans(room.id, 10) == [Ban(bob.summary, ada.summary, "spam", at(7))]
    with pytest.raises(Banned):
        await storage.add_member(room.id, bob.id, at(8))
    assert await storage.rooms_of(bob.id, 10) == []
    [refused] = await storage.add_messages([draft(room, bob)])
    assert isinstance(refused, NotAMember)


async def test_somebody_who_is_no_member_is_banned_too(storage, room, ada, bob):
    assert await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob)) is False
    assert (await storage.room(room.id)).total_members == 1
    with pytest.raises(Banned):
        await storage.add_member(room.id, bob.id, at(8))


async def test_a_second_ban_is_the_one_that_counts(storage, room, ada, bob):
    for reason, when in (("spam", 5), ("more spam", 6)):
        await storage.add_ban(room.id, bob.id, reason, new_act(room, ada, "member-banned", bob, when=when))
    assert await storage.bans(room.id, 10) == [Ban(bob.summary, ada.summary, "more spam", at(6))]


async def test_the_latest_ban_comes_first(storage, room, ada):
    users = await make_users(storage, 4)
    for user, when in zip(users, (5, 9, 5, 1), strict=True):
        await storage.add_ban(room.id, user.id, "", new_act(room, ada, "member-banned", user, when=when))
    listed = [ban.user.id for ban in await storage.bans(room.id, 10)]
    assert listed == [users[1].id, *sorted([users[0].id, users[2].id], reverse=True), users[3].id]
    assert [ban.user.id for ban in await storage.bans(room.id, 1)] == [users[1].id]
    assert await storage.bans(ids.new_id(), 10) == []


async def test_a_ban_that_is_lifted_lets_in_again(storage, room, ada, bob):
    assert await storage.delete_ban(room.id, bob.id, new_act(room, ada, "member-unbanned", bob)) is False
    await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
    assert await storage.delete_ban(room.id, bob.id, new_act(room, ada, "member-unbanned", bob)) is True
    assert await storage.bans(room.id, 10) == []
    assert (await storage.add_member(room.id, bob.id, at(8))).role == "member"
    assert await actions(storage, room) == ["member-banned", "member-unbanned"]


async def test_nobody_is_banned_who_is_gone_or_from_what_is_gone(storage, room, ada, bob):
    nowhere = new_room(ada)
    with pytest.raises(RoomNotFound):
        await storage.add_ban(nowhere.id, bob.id, "", new_act(nowhere, ada, "member-banned", bob))
    await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
    await storage.delete_user(bob.id)
    assert [ban.user.name for ban in await storage.bans(room.id, 10)] == [DELETED_NAME]
    for gone in (bob, new_user()):
        with pytest.raises(UserNotFound):
            await storage.add_ban(room.id, gone.id, "", new_act(room, ada, "member-banned", gone, target_id=gone.id))
    assert await actions(storage, room) == ["member-banned"]


async def test_a_ban_and_joins_at_once_leave_no_member(storage, room, ada, bob):
    ban = new_act(room, ada, "member-banned", bob)
    await asyncio.gather(
        *(storage.add_member(room.id, bob.id, at(5)) for _ in range(10)),
        storage.add_ban(room.id, bob.id, "", ban),
        *(storage.add_member(room.id, bob.id, at(5)) for _ in range(10)),
        return_exceptions=True,
    )
    assert await storage.member(room.id, bob.id) is None
    assert (await storage.room(room.id)).total_members == 1


async def test_who_is_muted_says_nothing_until_it_is_over(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    said = draft(room, bob, "before", key="k", when=19)
    [before] = await post(storage, said)
    place = await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    assert place == await storage.member(room.id, bob.id)
    assert place.muted_until == at(60)
    assert {m.id: m.muted_until for m in await storage.members(room.id, 10)} == {ada.id: None, bob.id: at(60)}
    drafts = [draft(room, bob, when=when) for when in (21, 59.999, 60)]
    results = await storage.add_messages([drafts[0], draft(room, ada, "hers"), drafts[1], drafts[2], said])
    assert [type(result) for result in results] == [Muted, Message, Muted, Message, Message]
    assert results[0].until == at(60)
    assert [result.seq for result in results[1::2]] == [2, 3]
    assert results[4] == before, "a retry is the first message again"
    assert (await storage.member(room.id, bob.id)).last_read == 3
    [alone] = await storage.add_messages([draft(room, bob, when=30)])
    assert isinstance(alone, Muted)
    assert await storage.mark_read(room.id, bob.id, 2) == 0


async def test_a_mute_is_not_left_behind_by_leaving(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    await storage.remove_member(room.id, bob.id)
    assert (await storage.add_member(room.id, bob.id, at(30))).muted_until == at(60)
    assert (await storage.member(room.id, bob.id)).muted_until == at(60)
    await storage.remove_member(room.id, bob.id)
    assert (await storage.add_member(room.id, bob.id, at(60))).muted_until is None
    assert (await storage.member(room.id, bob.id)).muted_until is None


async def test_a_mute_is_lifted_also_from_somebody_who_left(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    for leaves in (False, True):
        await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
        if leaves:
            await storage.remove_member(room.id, bob.id)
        assert await storage.unmute_member(room.id, bob.id, new_act(room, ada, "member-unmuted", bob)) is True
        assert (await storage.add_member(room.id, bob.id, at(30))).muted_until is None
        assert (await storage.member(room.id, bob.id)).muted_until is None
        assert await storage.unmute_member(room.id, bob.id, new_act(room, ada, "member-unmuted", bob)) is False
    assert await actions(storage, room) == ["member-muted", "member-unmuted"] * 2


async def test_a_mute_that_is_over_is_none_to_lift(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    assert await storage.unmute_member(room.id, bob.id, new_act(room, ada, "member-unmuted", bob, when=60)) is False


async def test_the_last_mute_counts(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    for until in (60, 90, 30):
        await storage.mute_member(room.id, bob.id, at(until), new_act(room, ada, "member-muted", bob))
        assert (await storage.member(room.id, bob.id)).muted_until == at(until)
    await storage.remove_member(room.id, bob.id)
    assert (await storage.add_member(room.id, bob.id, at(25))).muted_until == at(30)


async def test_no_message_is_kept_after_the_mute_is(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    said = []

    async def talk():
        for _ in range(20):
            [result] = await storage.add_messages([draft(room, bob, when=30)])
            said.append(type(result))

    talking = asyncio.create_task(talk())
    while len(said) < 3:
        await asyncio.sleep(0)
    await storage.mute_member(room.id, bob.id, at(60), new_act(room, ada, "member-muted", bob))
    before = (await storage.room(room.id)).last_seq
    await talking
    assert (await storage.room(room.id)).last_seq == before
    assert said == [Message] * before + [Muted] * (20 - before)
