"""Conformance: invitations to rooms. Each sentence of storage/base/rooms/invites.py, on every backend."""

import asyncio

import pytest

from domain import ids
from domain.errors.accounts import NotSignedIn
from domain.errors.moderation import Banned
from domain.errors.rooms import InviteNotFound, RoomFull, RoomNotFound, TooManyInvites
from domain.rooms import Member
from tests.support.factories import (
    actions,
    at,
    draft,
    make_invite,
    make_moderator,
    make_room,
    make_user,
    make_users,
    new_act,
    new_invite,
    new_room,
    new_user,
    post,
)


async def test_an_invitation_comes_back_as_kept(storage, room, ada):
    invite = new_invite(room, ada, uses=3)
    await storage.add_invite(invite, 10, new_act(room, ada, "invite-created"))
    assert await storage.invite_by_code(invite.code) == invite
    assert await storage.invites(room.id, at(5)) == [invite]


async def test_there_is_no_invitation_that_nobody_made(storage, room, ada):
    invite = await make_invite(storage, room, ada)
    for code in ("", "nonsense", invite.code.upper(), invite.code + "x", "%", "'; DROP TABLE invites; --"):
        assert await storage.invite_by_code(code) is None
    assert await storage.invites(ids.new_id(), at(5)) == []
    with pytest.raises(InviteNotFound):
        await storage.use_invite(new_invite(room, ada), ada.id, new_act(room, ada, "invite-used"))


async def test_no_invitation_leads_to_no_room(storage, room, ada):
    nowhere = new_room(ada)
    with pytest.raises(RoomNotFound):
        await storage.add_invite(new_invite(nowhere, ada), 10, new_act(nowhere, ada, "invite-created"))


async def test_those_that_work_are_listed_newest_first(storage, room, ada, bob):
    works = [await make_invite(storage, room, ada, uses=uses) for uses in (None, 2)]
    await make_invite(storage, room, ada, expires_at=at(50))
    used_up = await make_invite(storage, room, ada, uses=1)
    await storage.use_invite(used_up, bob.id, new_act(room, bob, "invite-used"))
    await make_invite(storage, await make_room(storage, ada), ada)
    assert await storage.invites(room.id, at(50)) == works[::-1]


async def test_a_room_has_only_so_many_invitations_that_work(storage, room, ada):
    first = await make_invite(storage, room, ada, expires_at=at(30))
    await make_invite(storage, room, ada)
    another = new_invite(room, ada)
    with pytest.raises(TooManyInvites):
        await storage.add_invite(another, 2, new_act(room, ada, "invite-created", when=29))
    await storage.add_invite(another, 2, new_act(room, ada, "invite-created", when=30))
    assert first not in await storage.invites(room.id, at(0)), "over ones need not be kept"
    assert len(await actions(storage, room)) == 3


async def test_an_invitation_makes_a_member_and_is_used_up_by_one(storage, ada, bob):
    room = await make_room(storage, ada, visibility="private")
    await post(storage, draft(room, ada))
    invite = await make_invite(storage, room, ada, uses=2)
    place, is_new = await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used", when=9))
    assert (place, is_new) == (Member(room.id, bob.id, "member", at(9), 1), True)
    assert await storage.member(room.id, bob.id) == place
    assert (await storage.room(room.id)).total_members == 2
    assert (await storage.invite_by_code(invite.code)).used == 1
    assert await actions(storage, room) == ["invite-created", "invite-used"]


async def test_who_is_a_member_uses_nothing_up(storage, ada, bob):
    room = await make_room(storage, ada, bob)
    invite = await make_invite(storage, room, ada, uses=1)
    place = await storage.member(room.id, bob.id)
    assert await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used")) == (place, False)
    assert await storage.invite_by_code(invite.code) == invite
    assert await actions(storage, room) == ["invite-created"]


async def test_an_invitation_used_up_over_or_revoked_lets_nobody_in(storage, room, ada, bob):
    eve = await make_user(storage, "Eve")
    used_up = await make_invite(storage, room, ada, uses=1)
    over = await make_invite(storage, room, ada, expires_at=at(20))
    revoked = await make_invite(storage, room, ada)
    await storage.use_invite(used_up, bob.id, new_act(room, bob, "invite-used"))
    await storage.delete_invite(room.id, revoked.id, new_act(room, ada, "invite-revoked"))
    for invite in (used_up, over, revoked):
        for user in (bob, eve):
            with pytest.raises(InviteNotFound):
                await storage.use_invite(invite, user.id, new_act(room, user, "invite-used", when=20))
    assert await storage.member(room.id, eve.id) is None
    assert (await storage.room(room.id)).total_members == 2


async def test_an_invitation_is_for_who_is_not_banned_and_for_a_place_that_is_free(storage, ada, bob):
    room = await make_room(storage, ada, capacity=1)
    invite = await make_invite(storage, room, ada, uses=1)
    with pytest.raises(RoomFull):
        await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used"))
    await storage.change_room(room.id, {"capacity": 5})
    await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
    with pytest.raises(Banned):
        await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used"))
    nobody = new_user()
    with pytest.raises(NotSignedIn):
        await storage.use_invite(invite, nobody.id, new_act(room, nobody, "invite-used"))
    assert await storage.invite_by_code(invite.code) == invite, "nothing of it was used up"
    await storage.delete_room(room.id)
    with pytest.raises((InviteNotFound, RoomNotFound)):
        await storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used"))


async def test_the_number_of_uses_is_exact_under_any_number_of_callers(storage, room, ada):
    invite = await make_invite(storage, room, ada, uses=5)
    users = await make_users(storage, 20)
    results = await asyncio.gather(
        *(storage.use_invite(invite, user.id, new_act(room, user, "invite-used")) for user in users * 2),
        return_exceptions=True,
    )
    assert [result[1] for result in results if isinstance(result, tuple)].count(True) == 5
    assert {type(result) for result in results} == {tuple, InviteNotFound}
    assert (await storage.invite_by_code(invite.code)).used == 5
    assert (await storage.room(room.id)).total_members == len(await storage.members(room.id, 100)) == 6
    assert await actions(storage, room) == ["invite-created", *["invite-used"] * 5]


async def test_somebody_who_uses_an_invitation_many_times_at_once_uses_it_once(storage, room, ada, bob):
    invite = await make_invite(storage, room, ada, uses=2)
    results = await asyncio.gather(
        *(storage.use_invite(invite, bob.id, new_act(room, bob, "invite-used")) for _ in range(20))
    )
    assert [is_new for _, is_new in results].count(True) == 1
    assert (await storage.invite_by_code(invite.code)).used == 1


async def test_capacity_is_exact_under_joins_invitations_and_bans_at_once(storage, ada):
    room = await make_room(storage, ada, capacity=12)
    invites = [await make_invite(storage, room, ada, uses=uses) for uses in (4, None)]
    users = await make_users(storage, 50)

    async def comes(number, user):
        match number % 5:
            case 0:
                return await storage.use_invite(invites[0], user.id, new_act(room, user, "invite-used"))
            case 1:
                return await storage.use_invite(invites[1], user.id, new_act(room, user, "invite-used"))
            case 2:
                await storage.add_member(room.id, user.id, at(5))
                return await storage.add_ban(room.id, user.id, "", new_act(room, ada, "member-banned", user))
            case _:
                return await storage.add_member(room.id, user.id, at(5))

    results = await asyncio.gather(*(comes(n, user) for n, user in enumerate(users)), return_exceptions=True)
    assert {type(result) for result in results} <= {Member, tuple, bool, RoomFull, InviteNotFound}
    kept = await storage.room(room.id)
    members = {member.id for member in await storage.members(room.id, 100)}
    assert kept.total_members == len(members) <= 12
    banned = {ban.user.id for ban in await storage.bans(room.id, 100)}
    assert not members & banned
    assert (await storage.invite_by_code(invites[0].code) or invites[0]).used <= 4
    filling = await asyncio.gather(
        *(storage.add_member(room.id, user.id, at(6)) for user in users), return_exceptions=True
    )
    assert {type(result) for result in filling} <= {Member, RoomFull, Banned}
    assert (await storage.room(room.id)).total_members == 12, "and no place is lost"


async def test_revoking_is_for_the_room_that_it_leads_to(storage, room, ada):
    invite, other = await make_invite(storage, room, ada), await make_room(storage, ada)
    assert await storage.delete_invite(other.id, invite.id, new_act(other, ada, "invite-revoked")) is False
    assert await storage.invite_by_code(invite.code) == invite
    assert await storage.delete_invite(room.id, invite.id, new_act(room, ada, "invite-revoked")) is True
    assert await storage.invite_by_code(invite.code) is None
    assert await storage.delete_invite(room.id, invite.id, new_act(room, ada, "invite-revoked")) is False
    assert await actions(storage, room) == ["invite-created", "invite-revoked"]
    assert await actions(storage, other) == []


@pytest.mark.parametrize("end", ["leaves", "is removed", "is banned", "is a mere member", "deletes the account"])
async def test_an_invitation_ends_with_what_its_maker_may_do(storage, ada, bob, end):
    room, other = await make_room(storage, ada, bob), await make_room(storage, bob, ada)
    await make_moderator(storage, room, bob)
    invite, hers = await make_invite(storage, room, bob), await make_invite(storage, room, ada)
    elsewhere = await make_invite(storage, other, bob)
    match end:
        case "leaves":
            await storage.remove_member(room.id, bob.id)
        case "is removed":
            await storage.remove_member(room.id, bob.id, new_act(room, ada, "member-removed", bob))
        case "is banned":
            await storage.add_ban(room.id, bob.id, "", new_act(room, ada, "member-banned", bob))
        case "is a mere member":
            await storage.set_role(room.id, bob.id, "member", new_act(room, ada, "role-changed", bob))
        case "deletes the account":
            await storage.transfer_room(other.id, bob.id, ada.id)
            await storage.delete_user(bob.id)
            assert await storage.invite_by_code(elsewhere.code) is None
    assert await storage.invite_by_code(invite.code) is None
    assert await storage.invites(room.id, at(5)) == [hers]
    if end != "deletes the account":
        assert await storage.invite_by_code(elsewhere.code) == elsewhere
